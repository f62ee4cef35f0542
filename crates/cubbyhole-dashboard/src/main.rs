//! Serves the dashboard, checks it, or loads it.
#![allow(
    clippy::print_stderr,
    reason = "a program tells whoever started it what went wrong"
)]

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use cubbyhole::{RedisConfigError, Secret, SharedTier, TierState};
use cubbyhole_dashboard::check::check;
use cubbyhole_dashboard::load::load;
use cubbyhole_dashboard::{App, Command, Pace, Running, ServeError, redis, serve};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cubbyhole-dashboard: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    match Command::read(std::env::args().skip(1))? {
        Command::Help => say(Command::HELP)?,
        Command::Check => {
            let report = check(Pace::of_this_build()).await?;
            say(&report.to_string())?;
            return Ok(ExitCode::from(u8::from(!report.passed())));
        }
        Command::Load(plan) => {
            let findings = load(plan).await?;
            say(&findings.to_string())?;
            return Ok(ExitCode::from(u8::from(!findings.passed())));
        }
        Command::Serve { port, redis } => {
            let app = match redis {
                None => App::new(Pace::Full)?,
                Some(url) => App::in_fleet(Pace::Full, &join_fleet(url).await?)?,
            };
            let running = serve_on(&app, port).await?;
            let text = format!(
                "Seattle, day by day: http://{}\n(press Ctrl+C to stop)",
                running.address()
            );
            // It serves whether or not anybody reads where.
            drop(say(&text));
            tokio::signal::ctrl_c().await?;
            tokio::select! {
                stopped = running.stop() => stopped?,
                // Who presses it twice does not want to wait for those who are being answered.
                again = tokio::signal::ctrl_c() => again?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Connects to the Redis of a fleet, and says so if that has to wait.
async fn join_fleet(url: Secret) -> Result<Arc<dyn SharedTier>, RedisConfigError> {
    let tier = redis::join(url).await?;
    if tier.status().state == TierState::Away {
        eprintln!(
            "cubbyhole-dashboard: Redis cannot be reached: on its own until it can, and trying"
        );
    }
    Ok(Arc::new(tier))
}

/// On the port that was chosen; else on the usual one, or any that is free if that is taken.
async fn serve_on(app: &App, port: Option<u16>) -> Result<Running, ServeError> {
    match (serve(app, port.unwrap_or(USUAL_PORT)).await, port) {
        (Err(error), None) if error.is_taken() => serve(app, 0).await,
        (served, _) => served,
    }
}

/// Says something; an error, and no panic, if nobody listens any more.
fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

const USUAL_PORT: u16 = 8080;
