//! Methods and associated functions.

use std::sync::Arc;

use cubbyhole::cached;

use crate::support::{Problem, Runs};

#[derive(Clone, Debug)]
struct Repository {
    id: u32,
    runs: Arc<Runs>,
}

impl Repository {
    fn new(id: u32) -> Self {
        let runs = Arc::new(Runs::new());
        Self { id, runs }
    }

    #[cached(skip(self))]
    async fn shared(&self, name: &str) -> Result<String, Problem> {
        Ok(format!("{} {name} {}", self.id, self.runs.count()))
    }

    #[cached(key = format!("{} {name}", self.id), tags = [format!("repository:{}", self.id)])]
    async fn own(self: Arc<Self>, name: &str) -> Result<String, Problem> {
        Ok(format!("{} {name} {}", self.id, self.runs.count()))
    }

    #[cached(key = self.id)]
    fn plain(&self) -> u32 {
        self.id * 10 + self.runs.count()
    }

    #[cached(associated)]
    async fn of_nobody(n: u32) -> Result<String, Problem> {
        Ok(format!("repository {n}"))
    }
}

#[tokio::test]
async fn one_instance_answers_for_all_if_self_is_skipped() {
    let (a, b) = (Repository::new(1), Repository::new(2));
    assert_eq!(a.shared("x").await.unwrap(), "1 x 1");
    assert_eq!(b.shared("x").await.unwrap(), "1 x 1");
    Repository::shared_invalidate("x").await.unwrap();
    assert_eq!(b.shared("x").await.unwrap(), "2 x 1");
    assert_eq!(a.shared_refresh("x").await.unwrap(), "1 x 2");
    assert_eq!(a.shared_uncached("x").await.unwrap(), "1 x 3");
}

#[tokio::test]
async fn c14_each_instance_answers_for_itself_if_the_key_says_so() {
    let (a, b) = (Arc::new(Repository::new(1)), Arc::new(Repository::new(2)));
    for _ in 0..2 {
        assert_eq!(Arc::clone(&a).own("x").await.unwrap(), "1 x 1");
        assert_eq!(Arc::clone(&b).own("x").await.unwrap(), "2 x 1");
    }
    assert_eq!(a.own_invalidate("x").await.unwrap().unwrap(), "1 x 1");
}

#[test]
fn plain_methods_borrow_self() {
    let (a, b) = (Repository::new(1), Repository::new(2));
    assert_eq!((a.plain(), a.plain(), b.plain()), (11, 11, 21));
    assert_eq!(a.plain_refresh(), 12);
    assert_eq!(a.plain(), 12);
}

struct Archive;

impl Archive {
    #[cached(associated)]
    async fn of_nobody(n: u32) -> Result<String, Problem> {
        Ok(format!("archive {n}"))
    }
}

#[tokio::test]
async fn two_types_with_functions_of_one_name_do_not_meet() {
    for _ in 0..2 {
        assert_eq!(Repository::of_nobody(1).await.unwrap(), "repository 1");
        assert_eq!(Archive::of_nobody(1).await.unwrap(), "archive 1");
    }
    let uids = [
        Repository::of_nobody_entry().store_key(),
        Archive::of_nobody_entry().store_key(),
    ];
    assert_ne!(uids[0], uids[1]);
}

trait Named: Clone + Send + Sync + 'static {
    const NAME: &'static str;
}

#[derive(Clone, Debug)]
struct Cats;

#[derive(Clone, Debug)]
struct Dogs;

impl Named for Cats {
    const NAME: &'static str = "cats";
}

impl Named for Dogs {
    const NAME: &'static str = "dogs";
}

#[derive(Clone, Debug)]
struct Shelf<T>(T);

impl<T: Named> Shelf<T> {
    #[cached(skip(self))]
    async fn label(&self, n: u32) -> Result<String, Problem> {
        let _ = &self.0;
        Ok(format!("{n} {}", T::NAME))
    }
}

#[tokio::test]
async fn the_types_of_a_generic_type_do_not_meet() {
    for _ in 0..2 {
        assert_eq!(Shelf(Cats).label(2).await.unwrap(), "2 cats");
        assert_eq!(Shelf(Dogs).label(2).await.unwrap(), "2 dogs");
    }
}
