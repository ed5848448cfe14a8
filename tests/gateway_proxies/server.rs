//! nginx and Caddy: started for one test with the sample configuration, and stopped with it, without root.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
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

const MAX_WAIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A proxy with a sample configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

/// A running proxy.
pub(crate) struct Proxy {
    _process: Child,
    folder: PathBuf,
    _port: Port,
}

impl Proxy {
    /// At `port`, with these two gateways and this application. Nothing else of the sample is changed but where files are.
    pub(crate) async fn start(kind: Kind, port: Port, gateways: [u16; 2], application: u16) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("behaviours-gateway-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let sample = match kind {
            Kind::Nginx => "nginx.conf",
            Kind::Caddy => "Caddyfile",
        };
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/zitadel-gateway/proxies");
        let mut text = fs::read_to_string(samples.join(sample)).unwrap();
        let listen = match kind {
            Kind::Nginx => [("listen 8080;", format!("listen 127.0.0.1:{};", port.number()))],
            Kind::Caddy => [(":8080 {", format!("http://:{} {{\n\tbind 127.0.0.1", port.number()))],
        };
        let addresses = [
            ("127.0.0.1:8000", format!("127.0.0.1:{}", gateways[0])),
            ("127.0.0.1:8001", format!("127.0.0.1:{}", gateways[1])),
            ("127.0.0.1:9000", format!("127.0.0.1:{application}")),
        ];
        for (of_sample, of_test) in listen.into_iter().chain(addresses) {
            assert!(text.contains(of_sample), "{of_sample}");
            text = text.replace(of_sample, &of_test);
        }
        if kind == Kind::Nginx {
            let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
            let paths: String = folders.iter().map(|kind| format!("{kind}_temp_path {kind};\n")).collect();
            text = text.replacen("http {", &format!("http {{\naccess_log off;\n{paths}"), 1);
        }
        fs::write(folder.join(sample), text).unwrap();
        let process = command(kind, &folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("output.log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .expect("not installed: apt-get install nginx caddy");
        let proxy = Self { _process: process, folder, _port: port };
        proxy.wait_until_it_listens().await;
        proxy
    }

    async fn wait_until_it_listens(&self) {
        let started_at = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self._port.number())).await.is_err() {
            assert!(started_at.elapsed() < MAX_WAIT, "the proxy does not listen: {}", self.log());
            sleep(POLL_INTERVAL).await;
        }
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        read("error.log") + &read("output.log")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn command(kind: Kind, folder: &Path) -> Command {
    let (variable, name) = match kind {
        Kind::Nginx => ("NGINX", "nginx"),
        Kind::Caddy => ("CADDY", "caddy"),
    };
    let mut command = Command::new(std::env::var_os(variable).unwrap_or_else(|| name.into()));
    match kind {
        Kind::Nginx => command
            // nginx takes it for the sockets of a parent.
            .env_remove("NGINX")
            .arg("-p")
            .arg(folder)
            // One process, because the defaults need root.
            .args(["-c", "nginx.conf", "-e", "error.log", "-g", "daemon off; master_process off; pid nginx.pid;"]),
        Kind::Caddy => command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(folder.join("Caddyfile"))
            .env("HOME", folder)
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_CONFIG_HOME", folder.join("config")),
    };
    command
}
