//! Why a policy was refused.

use std::time::Duration;

use crate::cache_type::CacheType;
use crate::field::Field;
use crate::kind::PolicyKind;
use crate::nearest::nearest;

/// A policy that cannot be: the message names what was given and says what is allowed.
///
/// The constructors return it as it is. A deserializer passes on its message inside an error of the
/// format, which usually adds the position.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A cache type by an unknown name.
    #[error("unknown cache type {given:?}: expected {}", CacheType::allowed())]
    UnknownCacheType {
        /// The name as it was given.
        given: String,
    },

    /// A policy by an unknown name.
    #[error("unknown policy {given:?}: expected {}", PolicyKind::allowed())]
    UnknownPolicy {
        /// The name as it was given.
        given: String,
    },

    /// A bare string in place of a policy that is not a cache type.
    #[error(
        "a policy cannot be {given:?}: expected a map with the field \"policy\", \
         or a cache type ({}) for an lru of that type",
        CacheType::allowed()
    )]
    UnknownShorthand {
        /// The string as it was given.
        given: String,
    },

    /// A serialized policy without the name of the policy.
    #[error("missing field \"policy\": expected {}", PolicyKind::allowed())]
    MissingPolicy,

    /// A serialized ttl policy without its ttl.
    #[error("missing field \"ttl\": expected {DURATION_FORMS}")]
    MissingTtl,

    /// A field that no policy has.
    #[error("unknown field {given:?}{}: {FIELDS}", suggestion(given))]
    UnknownField {
        /// The name of the field as it was given.
        given: String,
    },

    /// A field that belongs to another policy.
    #[error("policy {policy:?} does not take {field:?}: {FIELDS}")]
    MisplacedField {
        /// The name of the policy that was given the field.
        policy: &'static str,
        /// The name of the field.
        field: &'static str,
    },

    /// A field that occurs twice.
    #[error("duplicate field {field:?}: expected each field at most once")]
    DuplicateField {
        /// The name of the field.
        field: &'static str,
    },

    /// A `max_size` that is zero, negative, fractional, or beyond the address space.
    #[error(
        "max_size cannot be {given}: expected a whole number from 1 to {}",
        usize::MAX
    )]
    InvalidMaxSize {
        /// The number as it was given.
        given: String,
    },

    /// A `max_size` other than 1 for a policy that keeps one value.
    #[error(
        "max_size of policy \"most-recent\" cannot be {given}: \
         expected 1 or no max_size, or policy \"lru\" to keep more"
    )]
    InvalidMostRecentMaxSize {
        /// The number as it was given.
        given: usize,
    },

    /// A `max_computations` that is zero, negative, fractional, or beyond the address space.
    #[error(
        "max_computations cannot be {given}: expected a whole number from 1 to {}",
        usize::MAX
    )]
    InvalidMaxComputations {
        /// The number as it was given.
        given: String,
    },

    /// A duration that is zero, negative, not a number, or too long.
    #[error(
        "{field} cannot be {given}: expected at least 1 nanosecond and less than 2^64 seconds, \
         as {DURATION_FORMS}"
    )]
    InvalidDuration {
        /// The name of the field.
        field: &'static str,
        /// The duration as it was given; in quotes if it was text.
        given: String,
    },

    /// A duration given as text that is not one.
    #[error(
        "{field} cannot be {given:?}, which {problem}: expected numbers with units \
         from the longest to the shortest, such as \"90s\" or \"1h30m\" (units: {UNITS})"
    )]
    UnreadableDuration {
        /// The name of the field.
        field: &'static str,
        /// The text as it was given.
        given: String,
        /// What is wrong with it, such as "has an unknown unit".
        problem: &'static str,
    },

    /// An option that has no meaning without another one, which was not given.
    #[error(
        "{field} of policy {policy:?} cannot be {given:?}: expected {} beside it, or no {field}",
        one_of(required)
    )]
    UnmetRequirement {
        /// The name of the policy.
        policy: &'static str,
        /// The name of the option.
        field: &'static str,
        /// The value of the option.
        given: Duration,
        /// The names of the options of which it needs at least one.
        required: Vec<&'static str>,
    },

    /// An option that is not shorter than another one allows.
    #[error(
        "{field} of policy {policy:?} cannot be {given:?}: expected less than {limit:?} ({limited_by})"
    )]
    TooLong {
        /// The name of the policy.
        policy: &'static str,
        /// The name of the option.
        field: &'static str,
        /// The value of the option.
        given: Duration,
        /// What it must be shorter than.
        limit: Duration,
        /// Where the limit comes from, such as "ttl" or "ttl - refresh_after".
        limited_by: &'static str,
    },

    /// A valid policy in a place that takes only another one.
    #[error(
        "policy cannot be {given:?} here: expected {expected:?}{}",
        shorthand_note(given)
    )]
    OtherPolicy {
        /// The name of the policy that was given.
        given: &'static str,
        /// The name of the policy that the place takes.
        expected: &'static str,
    },
}

/// Writes names as `"a", "b" or "c"`.
pub(crate) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Asks whether a field that is known was meant.
fn suggestion(given: &str) -> String {
    nearest(given, &Field::ALL.map(Field::name))
        .map(|name| format!(" (did you mean {name:?}?)"))
        .unwrap_or_default()
}

/// Explains where an lru may have come from when nobody wrote one.
fn shorthand_note(given: &str) -> &'static str {
    if given == PolicyKind::Lru.name() {
        " (a bare cache type means \"lru\")"
    } else {
        ""
    }
}

const FIELDS: &str = r#"every policy takes "policy", "cache_type", "refresh_after", "retry_after", "negative_ttl", "hard_timeout" and "max_computations"; all but "keep-all" also take "ttl", "time_to_idle", "jitter", "stale_if_error" and "soft_timeout"; "lru" also takes "max_size""#;
const DURATION_FORMS: &str = r#"a number of seconds, or text such as "90s" or "1h30m""#;
const UNITS: &str = "w, d, h, m, s, ms, us, ns";
