//! Which crate may depend on which: the layers, lowest first.

/// What one crate may name in its normal and build dependencies.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Crates of this workspace; its tests are held to them too.
    pub(super) ours: Allowed,
    /// Crates from elsewhere, without their own dependencies.
    pub(super) external: Allowed,
}

/// A list of names, or no list at all.
#[derive(Debug)]
pub(super) enum Allowed {
    Only(&'static [&'static str]),
    Any,
}

use Allowed::{Any, Only};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "cubbyhole-policy",
        ours: Only(&[]),
        external: Only(&["serde", "thiserror"]),
    },
    Row {
        name: "cubbyhole-core",
        ours: Only(&["cubbyhole-policy"]),
        external: Only(&["async-trait", "hashbrown", "thiserror"]),
    },
    Row {
        name: "cubbyhole-scope",
        ours: Only(&["cubbyhole-policy"]),
        external: Only(&["hashbrown", "pin-project-lite", "thiserror", "tokio"]),
    },
    Row {
        name: "cubbyhole-lru",
        ours: CORE,
        external: ONE_CACHE,
    },
    Row {
        name: "cubbyhole-ttl",
        ours: CORE,
        external: ONE_CACHE,
    },
    Row {
        name: "cubbyhole-keep-all",
        ours: CORE,
        external: ONE_CACHE,
    },
    Row {
        name: "cubbyhole-format",
        ours: Only(&["cubbyhole-core"]),
        external: Only(&["crc32fast", "rmp-serde", "serde", "zstd"]),
    },
    Row {
        name: "cubbyhole-macros",
        ours: Only(&["cubbyhole-policy"]),
        external: Only(&["proc-macro2", "quote", "serde", "syn"]),
    },
    Row {
        name: "cubbyhole-testkit",
        ours: Only(&["cubbyhole-core", "cubbyhole-policy", "cubbyhole-scope"]),
        external: Only(&[
            "async-trait",
            "futures-util",
            "hashbrown",
            "proptest",
            "tokio",
        ]),
    },
    Row {
        name: "cubbyhole-redis",
        ours: Only(&["cubbyhole-core", "cubbyhole-policy", "cubbyhole-testkit"]),
        external: Only(&[
            "async-trait",
            "futures-core",
            "hashbrown",
            "hmac",
            "redis",
            "rustls",
            "serde",
            "sha2",
            "thiserror",
            "tokio",
        ]),
    },
    Row {
        name: "cubbyhole-store",
        ours: Only(&[
            "cubbyhole-core",
            "cubbyhole-keep-all",
            "cubbyhole-lru",
            "cubbyhole-policy",
            "cubbyhole-scope",
            "cubbyhole-ttl",
        ]),
        external: Only(&[
            "async-trait",
            "hashbrown",
            "serde",
            "thiserror",
            "tokio",
            "tracing",
        ]),
    },
    Row {
        name: "cubbyhole-metrics",
        ours: Only(&[
            "cubbyhole-core",
            "cubbyhole-policy",
            "cubbyhole-scope",
            "cubbyhole-store",
        ]),
        external: Only(&["metrics"]),
    },
    Row {
        name: "cubbyhole-snapshot",
        ours: Only(&[
            "cubbyhole-core",
            "cubbyhole-format",
            "cubbyhole-policy",
            "cubbyhole-scope",
            "cubbyhole-store",
        ]),
        external: Only(&["crc32fast", "thiserror", "tokio"]),
    },
    Row {
        name: "cubbyhole-tower",
        ours: Only(&[
            "cubbyhole-core",
            "cubbyhole-policy",
            "cubbyhole-scope",
            "cubbyhole-store",
        ]),
        external: Only(&[
            "axum-core",
            "bytes",
            "hmac",
            "http",
            "http-body",
            "pin-project-lite",
            "sha2",
            "thiserror",
            "tower-layer",
            "tower-service",
        ]),
    },
    Row {
        name: "cubbyhole-inspect",
        ours: Only(&[
            "cubbyhole-core",
            "cubbyhole-policy",
            "cubbyhole-scope",
            "cubbyhole-store",
        ]),
        external: Only(&[
            "axum",
            "getrandom",
            "hmac",
            "http-body",
            "serde",
            "serde_json",
            "sha2",
            "tokio",
        ]),
    },
    Row {
        name: "cubbyhole",
        ours: Only(&[
            "cubbyhole-core",
            "cubbyhole-inspect",
            "cubbyhole-format",
            "cubbyhole-keep-all",
            "cubbyhole-lru",
            "cubbyhole-macros",
            "cubbyhole-metrics",
            "cubbyhole-policy",
            "cubbyhole-redis",
            "cubbyhole-scope",
            "cubbyhole-snapshot",
            "cubbyhole-store",
            "cubbyhole-tower",
            "cubbyhole-ttl",
        ]),
        external: Only(&[]),
    },
    // For its tests alone: its library sees none of ours, see `problem_with_ours`.
    Row {
        name: "cubbyhole-fleet",
        ours: Only(&["cubbyhole"]),
        external: Only(&["redis", "tokio"]),
    },
    Row {
        name: "cubbyhole-dashboard",
        ours: Only(&["cubbyhole"]),
        external: Any,
    },
    Row {
        name: "cubbyhole-guide",
        ours: Only(&["cubbyhole", "cubbyhole-testkit"]),
        external: Any,
    },
    Row {
        name: "cubbyhole-bench",
        ours: Any,
        external: Any,
    },
    Row {
        name: "xtask",
        ours: Only(&[]),
        external: Only(&["serde_json"]),
    },
];

const CORE: Allowed = Only(&["cubbyhole-core", "cubbyhole-policy"]);
const ONE_CACHE: Allowed = Only(&["async-trait", "hashbrown"]);
