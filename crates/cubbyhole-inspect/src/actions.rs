//! What can be done to a store from the page.

use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::CacheScope;
use cubbyhole_store::{CacheStore, OverrideError, StoreKey, UnknownEntry};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::redaction::Private;
use crate::watch::View;

/// What was done, and what the application shows of what was asked for.
#[derive(Serialize)]
pub(crate) struct Done {
    done: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
}

/// What somebody wants done. None of it is ever shown: it may name a person.
pub(crate) enum Action {
    Look(Value),
    Delete(Value),
    InvalidateTag(InvalidateTag),
    DropScope(Scope),
    ClearEntry(Entry),
    SetPolicy(SetPolicy),
    Clear(Everything),
}

/// The value of a key, of an entry, in a scope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Value {
    kind: String,
    uid: String,
    key: String,
    /// Whose value it is; left out if it is everybody's.
    id: Option<String>,
}

/// All values with a tag, or those of one scope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvalidateTag {
    tag: String,
    scope: Option<Scope>,
}

/// A scope, by its type and id; the global one has none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    r#type: CacheType,
    id: Option<String>,
}

/// An entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    kind: String,
    uid: String,
}

/// Another policy for an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPolicy {
    kind: String,
    uid: String,
    policy: serde_json::Value,
}

/// Nothing more to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Everything {}

impl Action {
    /// Reads an action: its name from the path, the rest from the body.
    pub(crate) fn read(name: &str, body: &[u8]) -> Result<Self, Problem> {
        const VALUE: &str = "kind, uid, key and, unless the entry is global, id";
        match name {
            "look" => fields(body, VALUE).map(Self::Look),
            "delete" => fields(body, VALUE).map(Self::Delete),
            "invalidate-tag" => {
                fields(body, "tag and, if it is for one scope, scope").map(Self::InvalidateTag)
            }
            "drop-scope" => {
                fields(body, "type and, unless that is global, id").map(Self::DropScope)
            }
            "clear-entry" => fields(body, "kind and uid").map(Self::ClearEntry),
            "set-policy" => fields(body, "kind, uid and policy").map(Self::SetPolicy),
            "clear" => fields(body, "nothing: {}").map(Self::Clear),
            _ => Err(Problem::missing("there is no such action")),
        }
    }

    /// Does it, and says what was done.
    pub(crate) async fn perform(self, view: &View) -> Result<Done, Problem> {
        let store = &view.store;
        let done = match self {
            Self::Look(value) => return value.look(view),
            Self::Delete(value) => value.delete(store).await?,
            Self::InvalidateTag(invalidate) => invalidate.perform(store)?,
            Self::DropScope(scope) => {
                store.drop_scope(&scope.named()?).await;
                "the scope is forgotten"
            }
            Self::ClearEntry(Entry { kind, uid }) => {
                store.clear_entry(&StoreKey::new(kind, uid)).await?;
                "the entry is empty"
            }
            Self::SetPolicy(set) => set.perform(store)?,
            Self::Clear(Everything {}) => {
                store.clear().await;
                "the store is empty"
            }
        };
        Ok(Done { done, shown: None })
    }
}

impl Value {
    /// Shows what the application shows in place of a value.
    fn look(self, view: &View) -> Result<Done, Problem> {
        if !view.redaction.is_there() {
            return Err(Problem::missing(
                "values are hidden: the application has not said what to show in their place",
            ));
        }
        let (entry, scope) = self.place(&view.store)?;
        let found = view.store.peek_in(&entry, &scope, &self.key)?;
        let Some(value) = found else {
            let done = "there is no value that can be looked at";
            return Ok(Done { done, shown: None });
        };
        let (entry, value) = (&entry, &*value);
        let shown = view.redaction.show(Private::Value { entry, value });
        let done = match shown {
            Some(_) => "there is a value",
            None => "there is a value, and the application does not show it",
        };
        Ok(Done { done, shown })
    }

    async fn delete(self, store: &CacheStore) -> Result<&'static str, Problem> {
        let (entry, scope) = self.place(store)?;
        Ok(if store.delete_in(&entry, &scope, &self.key).await? {
            "the value is removed"
        } else {
            "there was no value that could be removed; what was on its way to this key is not kept"
        })
    }

    /// Returns the entry, and whose value it is.
    fn place(&self, store: &CacheStore) -> Result<(StoreKey, CacheScope), Problem> {
        let entry = StoreKey::new(&*self.kind, &*self.uid);
        let known = store.entries().into_iter().find(|(key, _)| *key == entry);
        let Some((_, policy)) = known else {
            // Nobody has anything in it; asking says which entries there are.
            store.peek_in(&entry, &CacheScope::Global, &self.key)?;
            return Ok((entry, CacheScope::Global));
        };
        let (r#type, id) = (policy.cache_type(), self.id.clone());
        Ok((entry, Scope { r#type, id }.named()?))
    }
}

impl InvalidateTag {
    fn perform(self, store: &CacheStore) -> Result<&'static str, Problem> {
        match self.scope {
            None => store.invalidate_tag(&self.tag),
            Some(scope) => store.invalidate_tag_in(&scope.named()?, &self.tag),
        }
        Ok("every value with the tag is invalid")
    }
}

impl Scope {
    fn named(self) -> Result<CacheScope, Problem> {
        let id = self.id.filter(|id| !id.is_empty());
        match (self.r#type, id) {
            (CacheType::Global, None) => Ok(CacheScope::Global),
            (CacheType::User, Some(id)) => Ok(CacheScope::user(id)),
            (CacheType::Session, Some(id)) => Ok(CacheScope::session(id)),
            (CacheType::Global, Some(_)) => Err(Problem::unusable(
                "the global scope has no id: leave it out",
            )),
            (CacheType::User | CacheType::Session, None) => Err(Problem::unusable(
                "the values are somebody's: say whose, by id",
            )),
        }
    }
}

impl SetPolicy {
    fn perform(self, store: &CacheStore) -> Result<&'static str, Problem> {
        let policy: CachePolicy = serde_json::from_value(self.policy)
            .map_err(|error| Problem::unusable(format!("the policy cannot be used: {error}")))?;
        store.set_policy_of(&StoreKey::new(self.kind, self.uid), policy)?;
        Ok("the policy is exchanged")
    }
}

/// Reads the fields of a body. What is wrong with it is not quoted: that could be an id.
fn fields<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_quotes_the_body| {
        Problem::unusable(format!("the body must be a JSON object with {expected}"))
    })
}

impl From<UnknownEntry> for Problem {
    fn from(error: UnknownEntry) -> Self {
        Self::missing(error.to_string())
    }
}

impl From<OverrideError> for Problem {
    fn from(error: OverrideError) -> Self {
        match error {
            OverrideError::Unknown(error) => error.into(),
            error => Self::unusable(error.to_string()),
        }
    }
}
