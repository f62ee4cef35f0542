//! What the arguments of a function can be, and how they make the key.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use cubbyhole::{CacheError, cached};
use serde::{Serialize, Serializer};

use crate::support::{Problem, Runs};

/// Neither a key nor cheap: something that answers do not depend on.
#[derive(Clone, Debug, Default)]
struct Client(Arc<Runs>);

static BORROWED: Runs = Runs::new();

#[cached(skip(client))]
async fn borrowed<'a>(
    client: &'a Client,
    text: &'a str,
    list: &[u8],
    perhaps: Option<&str>,
    path: &Path,
    constant: &'static str,
) -> Result<String, Problem> {
    client.0.count();
    BORROWED.count();
    Ok(format!(
        "{text} {list:?} {perhaps:?} {} {constant}",
        path.display()
    ))
}

#[tokio::test]
async fn what_is_borrowed_is_made_owned_and_borrowed_again() {
    let client = Client::default();
    for _ in 0..2 {
        let (text, list) = (String::from("a"), vec![1, 2]);
        let answer = borrowed(&client, &text, &list, Some(&text), Path::new("p"), "c").await;
        assert_eq!(answer.unwrap(), r#"a [1, 2] Some("a") p c"#);
    }
    assert_eq!((BORROWED.get(), client.0.get()), (1, 1));
    let stranger = Client::default();
    let other = borrowed(&stranger, "a", &[1, 2], Some("a"), Path::new("p"), "c");
    other.await.unwrap();
    assert_eq!(BORROWED.get(), 1, "the client does not count");
    let none = borrowed(&client, "a", &[1, 2], None, Path::new("p"), "c").await;
    assert_eq!(none.unwrap(), "a [1, 2] None p c");
}

#[cached]
async fn joined(a: &str, b: &str) -> Result<String, Problem> {
    Ok(format!("{a}|{b}"))
}

#[cached]
async fn swapped(b: &str, a: &str) -> Result<String, Problem> {
    Ok(format!("{a}|{b}"))
}

#[tokio::test]
async fn c8_two_lists_of_arguments_and_two_functions_never_meet() {
    for (a, b) in [("a:b", ""), ("a", "b"), ("", "a:b"), ("b", "a"), ("", "")] {
        assert_eq!(joined(a, b).await.unwrap(), format!("{a}|{b}"));
        assert_eq!(swapped(b, a).await.unwrap(), format!("{a}|{b}"));
    }
}

#[derive(Clone, Debug, Serialize)]
struct Window {
    from: i32,
    to: Option<i32>,
}

#[cached]
async fn by_value(window: Window, names: Vec<String>, _nothing: ()) -> Result<String, Problem> {
    Ok(format!("{window:?} {names:?}"))
}

#[tokio::test]
async fn arguments_by_value_need_not_be_simple() {
    let window = Window { from: -1, to: None };
    let names = vec!["a".to_owned()];
    let answer = by_value(window.clone(), names.clone(), ()).await.unwrap();
    assert_eq!(answer, by_value_uncached(window, names, ()).await.unwrap());
}

static GENERIC: Runs = Runs::new();

#[cached]
async fn generic<T, const N: usize>(
    value: T,
    list: &[u8],
    name: impl AsRef<str> + Clone + Send + Serialize + 'static,
) -> Result<String, Problem>
where
    T: Clone + Debug + Send + Serialize + 'static,
{
    GENERIC.count();
    Ok(format!("{value:?} {N} {} {}", list.len(), name.as_ref()))
}

#[tokio::test]
async fn generic_types_and_constants_are_part_of_the_key() {
    for _ in 0..2 {
        let answers = [
            generic::<u8, 1>(7, &[], "n").await,
            generic::<u8, 2>(7, &[], "n").await,
            generic::<Byte, 1>(Byte(7), &[], "n").await,
            generic::<u8, 1>(7, &[], "n".to_owned()).await,
        ];
        let answers: Vec<String> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, ["7 1 0 n", "7 2 0 n", "byte 7 1 0 n", "7 1 0 n"]);
    }
    assert_eq!(GENERIC.get(), 4);
}

/// Serializes as a `u8` does, and is another type.
#[derive(Clone)]
struct Byte(u8);

impl Debug for Byte {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "byte {}", self.0)
    }
}

impl Serialize for Byte {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Has no serialized form.
#[derive(Clone)]
struct Unspeakable;

impl Serialize for Unspeakable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it has no words"))
    }
}

#[cached]
async fn speak(secret: Unspeakable) -> Result<u32, Problem> {
    let _ = secret;
    Ok(1)
}

static MUMBLED: Runs = Runs::new();

#[cached]
fn mumble(secret: &Unspeakable) -> u32 {
    let _ = secret;
    MUMBLED.count()
}

#[tokio::test]
async fn what_cannot_be_serialized_is_an_error_or_passes_the_cache() {
    let Err(Problem::Cache(error)) = speak(Unspeakable).await else {
        panic!("there is no key");
    };
    assert!(matches!(error, CacheError::Failed { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("the argument `secret` cannot be part of a key"),
        "{error}"
    );
    assert!(speak_invalidate(Unspeakable).await.is_err());
    assert_eq!((mumble(&Unspeakable), mumble(&Unspeakable)), (1, 2));
}

static KEYED: Runs = Runs::new();

#[cached(key = format!("{}/{days}", city.to_lowercase()))]
async fn keyed(client: &Client, city: &str, days: u32) -> Result<u32, Problem> {
    client.0.count();
    Ok(100 * u32::from(city.is_ascii()) + 10 * days + KEYED.count())
}

#[tokio::test]
async fn a_key_replaces_the_arguments() {
    let client = Client::default();
    let first = keyed(&client, "Bern", 2).await.unwrap();
    assert_eq!(keyed(&client, "BERN", 2).await.unwrap(), first);
    let store = cubbyhole::CacheStore::global();
    assert_eq!(
        store.get(keyed_entry(), "bern/2").await.unwrap(),
        Some(first)
    );
    assert_eq!(keyed_invalidate("bern", 2).await.unwrap(), Some(first));
    assert_eq!(
        (first, keyed(&client, "Bern", 2).await.unwrap()),
        (121, 122)
    );
    assert_eq!(client.0.get(), 2);
}
