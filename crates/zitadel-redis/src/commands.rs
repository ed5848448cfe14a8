//! The commands. Each names one key, or is `MGET`, which the client of a cluster splits by slots.

use std::time::Duration;

use redis::{Cmd, cmd};

/// `SET` if the value is the expected one. Redis 8.4 has `SET … IFEQ`; a script does the same on every version. One that is
/// sent whole (`EVAL`) needs no second round trip on a server that does not know it, as after a failover.
const COMPARE_AND_SWAP: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
  return 1
end
return 0";

/// `SET`, then `PUBLISH`: a script is not interrupted, so that a subscriber can read the value when the message comes.
const PUT_AND_ANNOUNCE: &str = "\
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1";

pub(crate) fn get(key: &str) -> Cmd {
    with_key("GET", key)
}

pub(crate) fn get_many(keys: &[String]) -> Cmd {
    let mut command = cmd("MGET");
    command.arg(keys);
    command
}

pub(crate) fn put(key: &str, value: &[u8], ttl: Duration) -> Cmd {
    let mut command = with_key("SET", key);
    command.arg(value).arg("EX").arg(seconds(ttl));
    command
}

pub(crate) fn put_if_absent(key: &str, value: &[u8], ttl: Duration) -> Cmd {
    let mut command = put(key, value, ttl);
    command.arg("NX");
    command
}

pub(crate) fn compare_and_swap(key: &str, expected: &[u8], value: &[u8], ttl: Duration) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(COMPARE_AND_SWAP).arg(1).arg(key).arg(expected).arg(value).arg(seconds(ttl));
    command
}

pub(crate) fn put_and_announce(key: &str, value: &[u8], ttl: Duration, channel: &str, message: &[u8]) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(PUT_AND_ANNOUNCE).arg(1).arg(key).arg(value).arg(seconds(ttl)).arg(channel).arg(message);
    command
}

pub(crate) fn remove(key: &str) -> Cmd {
    with_key("DEL", key)
}

pub(crate) fn publish(channel: &str, message: &[u8]) -> Cmd {
    let mut command = cmd("PUBLISH");
    command.arg(channel).arg(message);
    command
}

fn with_key(name: &'static str, key: &str) -> Cmd {
    let mut command = cmd(name);
    command.arg(key);
    command
}

/// Up to the next whole second, at least one: nothing is forgotten early.
fn seconds(ttl: Duration) -> u64 {
    ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_rounded_up_to_seconds_and_never_zero() {
        for (milliseconds, expected) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (600_000, 600)] {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), expected, "{milliseconds}");
        }
    }
}
