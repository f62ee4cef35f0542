//! One person in one session.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::samples::Sample;
use crate::client::{Client, ClientError, Reply};

/// A client, and who it is signed in as.
#[derive(Clone, Debug)]
pub(super) struct Browser {
    pub(super) client: Client,
    pub(super) user: String,
    pub(super) session: String,
}

impl Browser {
    /// Gets an answer, and measures it.
    pub(super) async fn ask(&self, path: &str) -> Result<Sample, ClientError> {
        let begun = Instant::now();
        let reply = self.client.get(path).await?;
        Ok(self.sample(path, &reply, begun))
    }

    /// Posts for an answer, and measures it.
    pub(super) async fn post(&self, path: &str) -> Result<Sample, ClientError> {
        let begun = Instant::now();
        let reply = self.client.post(path).await?;
        Ok(self.sample(path, &reply, begun))
    }

    fn sample(&self, path: &str, reply: &Reply, begun: Instant) -> Sample {
        let body = reply.json();
        Sample {
            user: self.user.clone(),
            session: self.session.clone(),
            path: path.to_owned(),
            status: reply.status,
            source: text(&body["provenance"]["source"]),
            scope: text(&body["provenance"]["scope"]),
            owner: body["answer"]["owner"].clone(),
            computation: body["answer"]["computation"].as_u64(),
            taste: body["answer"]["value"]["taste"]["warm_from"].as_f64(),
            took: begun.elapsed(),
            inside: Duration::from_nanos(
                body["provenance"]["took_ns"].as_u64().unwrap_or_default(),
            ),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
