//! nginx: started for one test and stopped with it, without root.
//!
//! The program is that of the variable `NGINX`, or found in `PATH`.

use std::{
    fs,
    net::Ipv4Addr,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use behaviours::Port;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

const MAX_WAIT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running nginx.
pub(crate) struct Nginx {
    _process: Child,
    folder: PathBuf,
    _ports: Vec<Port>,
}

impl Nginx {
    /// Passes what arrives at each port on to the port beside it. Nothing else is set; the folders and the log are in a
    /// folder of this test, and there is one process, because the defaults need root.
    pub(crate) async fn start(servers: Vec<(Port, u16)>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("behaviours-nginx-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut configuration =
            "daemon off; master_process off; pid nginx.pid; events {}\nhttp {\naccess_log off;\n".to_owned();
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            configuration.push_str(&format!("{kind}_temp_path {kind};\n"));
        }
        for (port, to) in &servers {
            let server =
                format!("listen 127.0.0.1:{}; location / {{ proxy_pass http://127.0.0.1:{to}; }}", port.number());
            configuration.push_str(&format!("server {{ {server} }}\n"));
        }
        configuration.push('}');
        fs::write(folder.join("nginx.conf"), configuration).unwrap();
        let process = Command::new(std::env::var_os("NGINX").unwrap_or_else(|| "nginx".into()))
            // nginx takes it for the sockets of a parent.
            .env_remove("NGINX")
            .arg("-p")
            .arg(&folder)
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("nginx is not installed: apt-get install nginx");
        let ports: Vec<_> = servers.into_iter().map(|(port, _)| port).collect();
        let nginx = Self { _process: process, folder, _ports: ports };
        nginx.wait_until_it_listens().await;
        nginx
    }

    async fn wait_until_it_listens(&self) {
        let started_at = Instant::now();
        for port in &self._ports {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port.number())).await.is_err() {
                assert!(started_at.elapsed() < MAX_WAIT, "nginx does not listen: {}", self.errors());
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    /// Its log of errors, such as a response whose headers are too large.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(self.folder.join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        drop(fs::remove_dir_all(&self.folder));
    }
}
