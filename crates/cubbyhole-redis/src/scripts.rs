//! The steps that Redis takes as one.
//!
//! The keys of each script are on one server of a cluster: those of a cell share a hash tag, and so do those of the
//! control. Every script can be repeated when its answer was lost.

use redis::aio::ConnectionLike;
use redis::{RedisResult, Script};

/// The scripts, hashed once.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub(crate) get: Script,
    pub(crate) acquire: Script,
    pub(crate) publish: Script,
    pub(crate) delete: Script,
    pub(crate) release: Script,
    pub(crate) renew: Script,
    pub(crate) mark: Script,
    pub(crate) load: Script,
    pub(crate) erase: Script,
}

impl Scripts {
    pub(crate) fn new() -> Self {
        Self {
            get: Script::new(include_str!("scripts/get.lua")),
            acquire: Script::new(include_str!("scripts/acquire.lua")),
            publish: Script::new(include_str!("scripts/publish.lua")),
            delete: Script::new(include_str!("scripts/delete.lua")),
            release: Script::new(include_str!("scripts/release.lua")),
            renew: Script::new(include_str!("scripts/renew.lua")),
            mark: Script::new(include_str!("scripts/mark.lua")),
            load: Script::new(include_str!("scripts/load.lua")),
            erase: Script::new(include_str!("scripts/erase.lua")),
        }
    }

    /// Sees to it that Redis knows all of them: what has to be sent again comes out of order.
    ///
    /// # Errors
    ///
    /// As Redis says.
    pub(crate) async fn load(&self, connection: &mut impl ConnectionLike) -> RedisResult<()> {
        let Self {
            get,
            acquire,
            publish,
            delete,
            release,
            renew,
            mark,
            load,
            erase,
        } = self;
        for script in [
            get, acquire, publish, delete, release, renew, mark, load, erase,
        ] {
            script.prepare_invoke().load_async(connection).await?;
        }
        Ok(())
    }
}
