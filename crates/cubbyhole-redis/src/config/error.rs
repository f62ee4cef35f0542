//! What can be wrong with a configuration.

/// What is wrong with a configuration. Its message shows no secret, nor the part of a URL where one would be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisConfigError {
    /// A field has a value that it cannot have.
    #[error("{field} is {given}; allowed: {allowed}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The URL cannot be read.
    #[error("the url {problem}; allowed: {forms}", forms = FORMS)]
    Url {
        /// What is wrong.
        problem: String,
    },
    /// What was asked for is not compiled in.
    #[error("{what} needs the feature `{feature}` of cubbyhole-redis")]
    Feature {
        /// What was asked for.
        what: &'static str,
        /// The feature.
        feature: &'static str,
    },
    /// A file cannot be read.
    #[error("{field} cannot be read from {path}: {problem}")]
    File {
        /// The field.
        field: &'static str,
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// TLS is asked for, and the process has not chosen who provides its cryptography.
    #[error(
        "TLS needs a provider of cryptography: choose one for the process before, for example with \
         `rustls::crypto::ring::default_provider().install_default()`"
    )]
    NoCryptography,
    /// There is no tokio runtime whose timers are running.
    #[error("a tier needs a running tokio runtime; make it inside of one")]
    NoRuntime,
}

const FORMS: &str = "redis://, rediss://, valkey://, valkeys://, unix://, redis-cluster://, rediss-cluster://, \
                     redis-sentinel:// and rediss-sentinel://, each as the documentation of RedisConfig shows it";

impl RedisConfigError {
    pub(crate) const fn invalid(field: &'static str, given: String, allowed: &'static str) -> Self {
        Self::Invalid {
            field,
            given,
            allowed,
        }
    }

    pub(crate) fn url(problem: impl Into<String>) -> Self {
        Self::Url {
            problem: problem.into(),
        }
    }
}
