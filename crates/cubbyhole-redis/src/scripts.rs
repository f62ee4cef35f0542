//! The steps that Redis takes as one.
//!
//! The keys of each script are on one server of a cluster: those of a cell share a hash tag, and so do those of the
//! control. Every script can be repeated when its answer was lost.

use redis::Script;

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
}
