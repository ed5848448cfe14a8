//! `SharedConnection`: one connection for all callers, replaced when it breaks.
//!
//! 1. One attempt to connect at a time, in a task of its own: a caller who gives up does not end it for the others.
//! 2. After an attempt that failed, calls fail with its reason for [`PAUSE`]: a server that is down is not stormed.
//! 3. A connection that broke is replaced at the next call, and a command that may be sent twice is sent again. So is any
//!    command that the server has refused because another one is responsible now.
//! 4. A connection on which a command was not answered in time is replaced: it may be dead without an error.
//! 5. Everything together takes no longer than the limit of the call.
//! 6. A command that must not be executed twice is not sent again when it is not known whether it was executed: the second
//!    answer would take the command's own effect for that of another caller. A cluster's client repeats commands by itself, so that
//!    such commands have a connection of their own, whose client does not; what it would do for a command that a node refused
//!    is done here.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use redis::{Cmd, FromRedisValue, PushKind};
use tokio::time::{Instant, timeout_at};

use crate::{
    connect::{Connection, Connector},
    failure::{Failure, Kind},
};

/// After an attempt to connect that failed.
const PAUSE: Duration = Duration::from_millis(200);
/// How often a command is sent, at most.
const ATTEMPTS: usize = 2;
/// The same for one that a cluster has refused, because a slot or a master is moving (rule 6).
const CLUSTER_ATTEMPTS: usize = 5;
/// Before the second attempt at a cluster; each further one waits twice as long.
const CLUSTER_PAUSE: Duration = Duration::from_millis(25);

/// Whether a command may be sent again when it is not known whether it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is the same as once.
    Harmless,
    /// A condition would be judged after the command's own effect.
    Never,
}

pub(crate) struct SharedConnection {
    pub(crate) connector: Connector,
    pub(crate) limit: Duration,
    state: Mutex<State>,
}

/// With the number of the attempt that led to it, so that a late report about an old connection ends no newer one.
enum State {
    Idle { last: u64 },
    Connecting { number: u64, outcome: Outcome },
    Connected { number: u64, connection: Connection },
    Failed { last: u64, until: Instant, failure: Failure },
}

type Outcome = Shared<BoxFuture<'static, Result<(u64, Connection), Failure>>>;

impl SharedConnection {
    pub(crate) fn new(connector: Connector, limit: Duration) -> Arc<Self> {
        Arc::new(Self { connector, limit, state: Mutex::new(State::Idle { last: 0 }) })
    }

    /// Rules 3 to 5.
    pub(crate) async fn query<T: FromRedisValue>(
        self: &Arc<Self>,
        command: &Cmd,
        repeat: Repeat,
        limit: Duration,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + limit;
        let too_late = |_| Failure::timeout(limit);
        let mut attempt = 1;
        loop {
            let (number, mut connection) = timeout_at(deadline, self.connection()).await.map_err(too_late)??;
            let answer = timeout_at(deadline, connection.query(command)).await;
            let failure = match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) => Failure::of_command(&error),
                Err(elapsed) => too_late(elapsed),
            };
            if failure.kind != Kind::Refused {
                self.discard(number, failure.kind);
            }
            let again = match failure.kind {
                Kind::WrongServer => true,
                Kind::Disconnected => repeat == Repeat::Harmless,
                Kind::Timeout | Kind::Refused => false,
            };
            let is_at_cluster = repeat == Repeat::Never && self.connector.is_cluster();
            if !again || attempt == if is_at_cluster { CLUSTER_ATTEMPTS } else { ATTEMPTS } {
                return Err(failure);
            }
            if is_at_cluster {
                let pause = CLUSTER_PAUSE * (1 << (attempt - 1));
                timeout_at(deadline, tokio::time::sleep(pause)).await.map_err(too_late)?;
            }
            attempt += 1;
        }
    }

    async fn connection(self: &Arc<Self>) -> Result<(u64, Connection), Failure> {
        let outcome = {
            let mut state = self.state();
            let last = match &*state {
                State::Connected { number, connection } => return Ok((*number, connection.clone())),
                State::Failed { until, failure, .. } if Instant::now() < *until => return Err(failure.clone()),
                State::Connecting { number, outcome } => Err((*number, outcome.clone())),
                State::Idle { last } | State::Failed { last, .. } => Ok(*last),
            };
            match last {
                Err(attempt) => attempt,
                Ok(last) => {
                    let number = last + 1;
                    let outcome = self.start(number);
                    *state = State::Connecting { number, outcome: outcome.clone() };
                    (number, outcome)
                }
            }
        };
        let (number, outcome) = outcome;
        let result = outcome.await;
        if let Err(failure) = &result {
            // The task has done that, unless its runtime has ended.
            self.settle(number, Err(failure.clone()));
        }
        result
    }

    /// Rule 1.
    fn start(self: &Arc<Self>, number: u64) -> Outcome {
        let (this, weak) = (Arc::clone(self), Arc::downgrade(self));
        let task = tokio::spawn(async move {
            let on_push = move |push: redis::PushInfo| {
                if push.kind == PushKind::Disconnection
                    && let Some(this) = weak.upgrade()
                {
                    this.discard(number, Kind::Disconnected);
                }
                Ok(())
            };
            let connected = tokio::time::timeout(this.limit, this.connector.connect(on_push)).await;
            let result = match connected {
                Ok(connected) => connected.map_err(|error| Failure::no_connection(&error)),
                Err(_) => Err(Failure::timeout(this.limit)),
            };
            this.settle(number, result.clone());
            result.map(|connection| (number, connection))
        });
        task.map(|outcome| outcome.unwrap_or_else(|_| Err(Failure::connecting_stopped()))).boxed().shared()
    }

    /// Rule 2.
    fn settle(&self, attempt: u64, result: Result<Connection, Failure>) {
        let mut state = self.state();
        if matches!(*state, State::Connecting { number, .. } if number == attempt) {
            *state = match result {
                Ok(connection) => State::Connected { number: attempt, connection },
                Err(failure) => State::Failed { last: attempt, until: Instant::now() + PAUSE, failure },
            };
        }
    }

    /// The next call connects again. The connection of a cluster looks after its nodes itself: it ends only when none of
    /// them is known any more.
    fn discard(&self, broken: u64, why: Kind) {
        if self.connector.is_cluster() && why != Kind::Disconnected {
            return;
        }
        let mut state = self.state();
        if matches!(*state, State::Connected { number, .. } if number == broken) {
            *state = State::Idle { last: broken };
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, and every state is a whole one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
