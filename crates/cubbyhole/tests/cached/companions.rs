//! The functions beside the function.

use cubbyhole::{CachePolicy, CacheStore, CacheType, cached};

use crate::support::{Problem, Runs};

static COUNTED: Runs = Runs::new();

#[cached(cache_type = "global", max_size = 3, kind = "Counter", uid = "counted")]
async fn counted(n: u32) -> Result<u32, Problem> {
    Ok(n + COUNTED.count())
}

#[tokio::test]
async fn answers_are_deleted_made_anew_and_passed_by() {
    assert_eq!(counted_invalidate(10).await.unwrap(), None);
    assert_eq!(counted(10).await.unwrap(), 11);
    assert_eq!(counted_invalidate(10).await.unwrap(), Some(11));
    assert_eq!(counted(10).await.unwrap(), 12);
    assert_eq!(counted_uncached(10).await.unwrap(), 13);
    assert_eq!(counted(10).await.unwrap(), 12);
    assert_eq!(counted_refresh(10).await.unwrap(), 14);
    assert_eq!(counted(10).await.unwrap(), 14);
}

#[test]
fn the_entry_is_what_the_attribute_says() {
    let policy = CachePolicy::lru(3)
        .unwrap()
        .with_cache_type(CacheType::Global);
    assert_eq!(*counted_entry().policy(), policy);
    let key = counted_entry().store_key();
    assert_eq!((key.kind(), key.uid()), ("Counter", "counted"));
}

#[cached]
async fn named() -> Result<u32, Problem> {
    Ok(1)
}

#[test]
fn an_entry_has_the_path_of_its_function() {
    fn nested() -> String {
        #[cached]
        fn named() -> u32 {
            1
        }
        assert_eq!(named(), 1);
        named_entry().store_key().uid().to_owned()
    }
    let key = named_entry().store_key();
    assert_eq!(key.kind(), "function");
    assert_eq!(key.uid(), concat!(module_path!(), "::named"));
    assert!(nested().ends_with("::nested::named"), "{}", nested());
}

static TAGGED: Runs = Runs::new();

#[cached(tags = ["weather", format!("city:{city}")])]
async fn tagged(city: String) -> Result<u32, Problem> {
    drop(city);
    Ok(TAGGED.count())
}

#[tokio::test]
async fn answers_go_with_their_tags() {
    let ask = |city: &str| tagged(city.to_owned());
    assert_eq!(
        (ask("Bern").await.unwrap(), ask("Rome").await.unwrap()),
        (1, 2)
    );
    CacheStore::global().invalidate_tag("city:Bern");
    assert_eq!(
        (ask("Bern").await.unwrap(), ask("Rome").await.unwrap()),
        (3, 2)
    );
    CacheStore::global().invalidate_tag("weather");
    assert_eq!(
        (ask("Bern").await.unwrap(), ask("Rome").await.unwrap()),
        (4, 5)
    );
}
