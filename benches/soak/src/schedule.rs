//! What fails when. It follows from the options alone.

use std::{fmt, time::Duration};

use crate::{options::Options, random::Random};

/// What fails, and is repaired after its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `redis-server` is killed, and started again.
    Redis,
    /// A replica is killed, and started again.
    Replica(usize),
    /// The network between a replica and Redis is cut.
    Network(usize),
    /// The provider answers errors, late, or not at all.
    Provider,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) fault: Fault,
    pub(crate) at: Duration,
    pub(crate) lasts: Duration,
}

/// One outage after the other: what several at a time do depends on the order in which they end.
pub(crate) fn outages(options: &Options) -> Vec<Outage> {
    let mut random = Random::new(options.seed, 0);
    let mut faults = vec![Fault::Redis, Fault::Redis, Fault::Provider];
    faults.extend((0..options.replicas).map(Fault::Replica));
    faults.push(Fault::Network(random.below(options.replicas)));
    random.shuffle(&mut faults);
    let total = options.duration;
    // Logins come first.
    let (first, slots) = (total.mul_f64(0.08), u32::try_from(faults.len()).unwrap_or(u32::MAX));
    let slot = total.mul_f64(0.88) / slots;
    let starts = (0..slots).map(|number| first + slot * number);
    let outage = |(at, fault)| Outage { fault, at, lasts: lasts(fault, total).min(slot.mul_f64(0.85)) };
    starts.zip(faults).map(outage).collect()
}

fn lasts(fault: Fault, total: Duration) -> Duration {
    match fault {
        Fault::Redis => total / 60,
        Fault::Replica(_) => total / 120,
        Fault::Network(_) => total / 30,
        Fault::Provider => total / 10,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redis => f.write_str("Redis killed"),
            Self::Replica(number) => write!(f, "replica {number} killed"),
            Self::Network(number) => write!(f, "network between replica {number} and Redis cut"),
            Self::Provider => f.write_str("provider faulty"),
        }
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6.1} s for {:4.1} s: {}", self.at.as_secs_f64(), self.lasts.as_secs_f64(), self.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(seed: u64) -> Options {
        Options { duration: Duration::from_secs(600), browsers: 200, replicas: 3, seed }
    }

    #[test]
    fn everything_fails_as_often_as_it_should_and_one_at_a_time() {
        for seed in 0..50 {
            let outages = outages(&options(seed));
            let count = |wanted: &dyn Fn(Fault) -> bool| outages.iter().filter(|outage| wanted(outage.fault)).count();
            assert_eq!(count(&|fault| fault == Fault::Redis), 2);
            assert_eq!(count(&|fault| matches!(fault, Fault::Network(_))), 1);
            for replica in 0..3 {
                assert_eq!(count(&|fault| fault == Fault::Replica(replica)), 1);
            }
            let provider = outages.iter().find(|outage| outage.fault == Fault::Provider).unwrap();
            assert_eq!(provider.lasts, Duration::from_secs(60));
            assert!(outages.windows(2).all(|pair| pair[0].at + pair[0].lasts < pair[1].at));
            assert!(outages.iter().all(|outage| outage.at + outage.lasts < Duration::from_secs(600)));
        }
    }

    #[test]
    fn it_follows_from_the_seed() {
        assert_eq!(outages(&options(7)), outages(&options(7)));
        assert!((0..10).any(|seed| outages(&options(seed)) != outages(&options(7))));
    }
}
