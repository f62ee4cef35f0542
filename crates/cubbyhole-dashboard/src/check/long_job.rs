//! The long job: everybody starts it, everybody waits, it runs once.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::task::JoinSet;

use super::samples::Sample;
use super::{Browser, CheckError, Claims, Samples};
use crate::App;
use crate::client::ClientError;

pub(super) async fn wait(
    app: &App,
    crowd: &[Browser],
    samples: &mut Samples,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let Some(somebody) = crowd.first() else {
        return Ok(());
    };
    let before = somebody.ask(JOB).await?;
    claims.equal(
        "a job that nobody started is not waited for",
        &before.status,
        &StatusCode::NOT_FOUND,
    );
    for started in all(crowd, |browser| async move { browser.post(JOB).await }).await? {
        claims.equal(
            "everybody can start the job",
            &started.status,
            &StatusCode::ACCEPTED,
        );
    }
    let meanwhile = somebody.ask(JOB).await?;
    claims.equal(
        "who does not want to wait is told that it runs",
        &meanwhile.status,
        &StatusCode::ACCEPTED,
    );

    let waiting = tokio::spawn(all_owned(crowd.to_vec()));
    everybody_waits(somebody, crowd.len()).await?;
    app.release_jobs();
    let answers = waiting.await??;

    for answer in &answers {
        claims.equal(
            "everybody who waited got the answer",
            &answer.status,
            &StatusCode::OK,
        );
        claims.equal(
            "and had waited for it",
            &answer.source,
            &"waited".to_owned(),
        );
    }
    let numbers: BTreeSet<Option<u64>> = answers.iter().map(|answer| answer.computation).collect();
    claims.equal(
        "all starts and all waits were one computation",
        &numbers.len(),
        &1,
    );
    let after = somebody.ask(JOB).await?;
    claims.equal(
        "who comes later finds it in the cache",
        &after.source,
        &"cached".to_owned(),
    );
    samples.add(answers);
    samples.add([after]);
    Ok(())
}

/// Everybody does the same at the same time.
pub(super) async fn all<F, R, T>(crowd: &[Browser], act: F) -> Result<Vec<T>, CheckError>
where
    F: Fn(Browser) -> R,
    R: Future<Output = Result<T, ClientError>> + Send + 'static,
    T: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for browser in crowd {
        tasks.spawn(act(browser.clone()));
    }
    let mut done = Vec::new();
    while let Some(result) = tasks.join_next().await {
        done.push(result??);
    }
    Ok(done)
}

async fn all_owned(crowd: Vec<Browser>) -> Result<Vec<Sample>, CheckError> {
    all(&crowd, |browser| async move { browser.ask(WAIT).await }).await
}

/// Looks until as many requests wait as there are sessions.
async fn everybody_waits(browser: &Browser, all: usize) -> Result<(), CheckError> {
    let mut waiting = 0;
    let look = async {
        while waiting < all as u64 {
            let store = browser.client.get("/api/store").await?.json();
            waiting = store["waiting"].as_u64().unwrap_or_default();
            tokio::task::yield_now().await;
        }
        Ok::<(), ClientError>(())
    };
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(looked) => Ok(looked?),
        Err(_) => Err(CheckError::NobodyWaits { waiting, all }),
    }
}

const JOB: &str = "/api/trend?measure=max-temperature";
const WAIT: &str = "/api/trend?measure=max-temperature&wait=yes";
const PATIENCE: Duration = Duration::from_secs(20);
