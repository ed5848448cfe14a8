//! Command-line program: `cargo run -p zitadel-emulator`.

use std::{
    env, io,
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use zitadel_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr().lock(), "zitadel-emulator: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let port = match env_var("PORT") {
        Some(port) => port
            .parse()
            .map_err(|_| invalid_input("PORT is not a port number; use 1 to 65535, or 0 for a free port"))?,
        None => 8080,
    };
    let host = match env_var("HOST").as_deref() {
        None | Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(host) => host.parse().map_err(|_| invalid_input("HOST is not an IP address; use 127.0.0.1 or ::1"))?,
    };
    let application = env_var("APP_URL").unwrap_or_else(|| "http://localhost:3000".to_owned());
    let settings = Emulator::builder().address(SocketAddr::new(host, port)).application(&application);
    let emulator = Emulator::start_with(settings).await?;

    let mut output = io::stdout().lock();
    writeln!(
        output,
        "{}\n  environment of the application (set APP_URL to change its address):\n",
        emulator.banner(&application)
    )?;
    for (name, value) in emulator.env_for(&application) {
        // Do not print secrets to the terminal.
        let value = if name.contains("SECRET") { "<32 or more characters of your own>".to_owned() } else { value };
        writeln!(output, "    {name}={value}")?;
    }
    writeln!(output)?;
    drop(output);

    stop_signal().await?;
    emulator.stop().await;
    Ok(())
}

/// Waits for a stop signal: SIGINT, or SIGTERM on Unix.
async fn stop_signal() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn env_var(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn invalid_input(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
