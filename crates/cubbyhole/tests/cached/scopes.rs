//! Whose an answer is: the user and the session are never arguments.

use cubbyhole::{CacheError, CacheScope, ScopeContext, ScopeFutureExt, cached, scope};

use crate::support::{Problem, Runs, user, who};

static RUNS: Runs = Runs::new();

#[cached(cache_type = "user")]
async fn balance(currency: &str) -> Result<(String, Option<CacheScope>), Problem> {
    RUNS.count();
    Ok((currency.to_owned(), who()))
}

#[tokio::test]
async fn each_user_has_answers_of_their_own() {
    for _ in 0..2 {
        for name in ["ada", "bob"] {
            let answer = balance("EUR").in_scope(user(name)).await.unwrap();
            assert_eq!(answer, ("EUR".to_owned(), Some(CacheScope::user(name))));
        }
    }
    assert_eq!(RUNS.get(), 2);
    let spawned = async { scope::spawn(balance("EUR")).await.unwrap() };
    assert_eq!(
        spawned.in_scope(user("ada")).await.unwrap().1,
        Some(CacheScope::user("ada"))
    );
    assert_eq!(RUNS.get(), 2);
}

#[tokio::test]
async fn nobody_gets_an_error_and_not_what_is_anothers() {
    let error = balance("USD").await.unwrap_err();
    assert!(
        matches!(error, Problem::Cache(CacheError::MissingScope { .. })),
        "{error}"
    );
}

static SESSIONS: Runs = Runs::new();

#[cached(cache_type = "session", max_size = 1)]
fn basket() -> Result<u32, Problem> {
    Ok(SESSIONS.count())
}

#[test]
fn plain_functions_have_the_scope_of_their_thread() {
    let session = |id: &str| ScopeContext::new().session(id);
    assert_eq!(session("a").enter(basket).unwrap(), 1);
    assert_eq!(session("b").enter(basket).unwrap(), 2);
    assert_eq!(session("a").enter(basket).unwrap(), 1);
    assert!(basket().is_err());
}
