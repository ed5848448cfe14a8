//! `Replicated`: a master and a replica, and three sentinels that look after them.

use crate::{Server, until};

/// The permissions that the store needs.
pub const ACL: &str =
    "user app on >hunter2/@ ~zitadel:* &zitadel:* +get +mget +set +del +eval +publish +subscribe +select";
/// The same user in a URL.
pub const USER: &str = "app:hunter2%2F%40";

/// A master and a replica, and three sentinels that look after them.
#[derive(Debug)]
pub struct Replicated {
    /// Until it is killed.
    pub master: Server,
    /// The new master, after that.
    pub replica: Server,
    /// Three.
    pub sentinels: Vec<Server>,
}

impl Replicated {
    /// Returns when the replica has the data of the master, and the sentinels know both.
    pub async fn start() -> Self {
        let secured = format!("requirepass hunter2\nmasterauth hunter2\nrepl-diskless-sync-delay 0\n{ACL} +role");
        let master = Server::start(&secured).await;
        let replica = Server::start(&format!("{secured}\nreplicaof 127.0.0.1 {}", master.port())).await;
        let monitor = format!(
            "sentinel monitor main 127.0.0.1 {} 2\nsentinel auth-pass main hunter2\n\
             sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 4000\nrequirepass hunter3",
            master.port()
        );
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            sentinels.push(Server::start_sentinel(&monitor).await);
        }
        let all = Self { master, replica, sentinels };
        for sentinel in &all.sentinels {
            until(async || {
                let known: String = sentinel.with_password("hunter3").ask("INFO sentinel").await.map_err(drop)?;
                if known.contains("slaves=1,sentinels=3") { Ok(()) } else { Err(()) }
            })
            .await;
        }
        until(async || {
            let state: String = all.replica.with_password("hunter2").ask("INFO replication").await.map_err(drop)?;
            if state.contains("master_link_status:up") { Ok(()) } else { Err(()) }
        })
        .await;
        all
    }

    /// The value of `SESSION_STORE`, with this password for the sentinels, which is `hunter3`.
    #[must_use]
    pub fn url(&self, password: &str) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(Server::address).collect();
        format!("redis+sentinel://{USER}@{}/main/1?sentinel_password={password}", hosts.join(","))
    }
}
