//! Requests in numbers.

use std::{
    cell::Cell,
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::task::LocalSet;

use crate::http_client::Connection;

/// Connections that send as fast as they are answered.
const CONNECTIONS: usize = 32;

/// A set of connections to one port.
pub(crate) struct Pool(Vec<Connection>);

impl Pool {
    pub(crate) fn new(port: u16) -> Self {
        Self((0..CONNECTIONS).map(|_| Connection::new(port)).collect())
    }

    /// Sends this request for a while; gives the number of responses, which must be 200.
    pub(crate) async fn run(&mut self, request: Rc<[u8]>, duration: Duration) -> io::Result<u64> {
        let end = Instant::now() + duration;
        self.each(move |mut connection| {
            let request = Rc::clone(&request);
            async move {
                let mut responses = 0;
                while Instant::now() < end {
                    let status = connection.send(&request).await?.status;
                    if status != 200 {
                        return Err(io::Error::other(format!("status {status}")));
                    }
                    responses += 1;
                }
                Ok((connection, responses))
            }
        })
        .await
    }

    /// Sends requests that `make` makes from their numbers, each once, whatever the response; stops at the deadline.
    pub(crate) async fn send_each(
        &mut self,
        numbers: std::ops::Range<u64>,
        deadline: Instant,
        make: Rc<dyn Fn(u64) -> Vec<u8>>,
    ) -> io::Result<u64> {
        let (next, end) = (Rc::new(Cell::new(numbers.start)), numbers.end);
        self.each(move |mut connection| {
            let (next, make) = (Rc::clone(&next), Rc::clone(&make));
            async move {
                let mut responses = 0;
                while next.get() < end && Instant::now() < deadline {
                    let number = next.replace(next.get() + 1);
                    connection.send(&make(number)).await?;
                    responses += 1;
                }
                Ok((connection, responses))
            }
        })
        .await
    }

    async fn each<F>(&mut self, work: impl Fn(Connection) -> F) -> io::Result<u64>
    where
        F: Future<Output = io::Result<(Connection, u64)>> + 'static,
    {
        let local = LocalSet::new();
        let tasks: Vec<_> = self.0.drain(..).map(|connection| local.spawn_local(work(connection))).collect();
        local
            .run_until(async {
                let mut total = 0;
                for task in tasks {
                    let (connection, responses) = task.await.map_err(io::Error::other)??;
                    self.0.push(connection);
                    total += responses;
                }
                Ok(total)
            })
            .await
    }
}

/// Sends this request on as many connections at the same moment; gives the statuses.
pub(crate) async fn simultaneous(port: u16, count: usize, request: Rc<[u8]>) -> io::Result<Vec<u16>> {
    let mut connections = Vec::new();
    for _ in 0..count {
        let mut connection = Connection::new(port);
        connection.open().await?;
        connections.push(connection);
    }
    let local = LocalSet::new();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let request = Rc::clone(&request);
            local.spawn_local(async move { connection.send(&request).await.map(|response| response.status) })
        })
        .collect();
    local
        .run_until(async {
            let mut statuses = Vec::new();
            for task in tasks {
                statuses.push(task.await.map_err(io::Error::other)??);
            }
            Ok(statuses)
        })
        .await
}

/// Latencies of a request that is sent at a fixed pace for a while, and beside it, if there are any, other requests.
pub(crate) async fn paced(
    port: u16,
    request: Rc<[u8]>,
    duration: Duration,
    beside: Option<Rc<dyn Fn(u64) -> Vec<u8>>>,
    count: u64,
) -> io::Result<Vec<Duration>> {
    let local = LocalSet::new();
    let start = Instant::now();
    if let Some(make) = beside {
        // Eight connections, so that one slow answer does not hold the others up.
        for part in 0..8 {
            let make = Rc::clone(&make);
            local.spawn_local(async move {
                let mut connection = Connection::new(port);
                for number in (part..count).step_by(8) {
                    let share = u32::try_from(count).unwrap_or(u32::MAX);
                    let due = start + duration / share * u32::try_from(number).unwrap_or(u32::MAX);
                    tokio::time::sleep_until(due.into()).await;
                    let _ = connection.send(&make(number)).await;
                }
            });
        }
    }
    let measured = async {
        let mut connection = Connection::new(port);
        let mut latencies = Vec::new();
        let mut pace = tokio::time::interval(Duration::from_millis(1));
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while start.elapsed() < duration {
            pace.tick().await;
            let sent = Instant::now();
            let status = connection.send(&request).await?.status;
            if status != 200 {
                return Err(io::Error::other(format!("status {status}")));
            }
            latencies.push(sent.elapsed());
        }
        Ok(latencies)
    };
    local.run_until(measured).await
}
