//! What carries the scope from one task or thread to another, and what does not.

use std::pin::Pin;

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt, scope};
use tokio::task::{JoinSet, yield_now};

use crate::support::{current, nobody, session, user, who, who_twice};

fn ada() -> ScopeContext {
    user("ada").session("s1")
}

#[tokio::test]
async fn c1_plain_spawn_has_no_scope() {
    let work = async {
        tokio::spawn(async {
            let context = current();
            assert_eq!(context, nobody());
            for cache_type in [CacheType::User, CacheType::Session] {
                assert_eq!(
                    context.resolve(cache_type).unwrap_err().cache_type(),
                    cache_type
                );
            }
            assert_eq!(context.resolve(CacheType::Global), Ok(CacheScope::Global));
        })
        .await
    };
    work.in_scope(ada()).await.unwrap();
}

#[tokio::test]
async fn plain_spawn_blocking_has_no_scope() {
    let work = async { tokio::task::spawn_blocking(current).await };
    assert_eq!(work.in_scope(ada()).await.unwrap(), nobody());
}

#[tokio::test]
async fn plain_thread_has_no_scope() {
    let work = async { std::thread::spawn(current).join().unwrap() };
    assert_eq!(work.in_scope(ada()).await, nobody());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawn_carries_the_scope() {
    let work = async { scope::spawn(who_twice()).await };
    assert_eq!(work.in_scope(ada()).await.unwrap(), [ada(), ada()]);
}

#[tokio::test]
async fn spawn_carries_through_many_tasks() {
    fn deep(levels: u32) -> Pin<Box<dyn Future<Output = ScopeContext> + Send>> {
        Box::pin(async move {
            match levels {
                0 => current(),
                _ => scope::spawn(deep(levels - 1)).await.unwrap(),
            }
        })
    }
    assert_eq!(deep(5).in_scope(ada()).await, ada());
}

#[tokio::test]
async fn spawned_task_keeps_its_scope_when_its_parent_is_gone() {
    let task = ada().enter(|| {
        scope::spawn(async {
            for _ in 0..3 {
                yield_now().await;
            }
            current()
        })
    });
    assert_eq!(current(), nobody());
    assert_eq!(task.await.unwrap(), ada());
}

#[tokio::test]
async fn spawn_by_nobody_is_nobody() {
    assert_eq!(scope::spawn(who()).await.unwrap(), nobody());
    assert_eq!(scope::spawn_blocking(current).await.unwrap(), nobody());
}

#[tokio::test]
async fn spawn_carries_no_dropped_identity() {
    let work = async { scope::spawn(who()).await.unwrap() };
    let seen = work
        .in_scope(ScopeContext::anonymous())
        .in_scope(ada())
        .await;
    assert_eq!(seen, nobody());
}

#[tokio::test]
async fn spawn_blocking_carries_the_scope() {
    let work = async {
        let blocking = || (current(), session("s2").enter(current));
        scope::spawn_blocking(blocking).await
    };
    let seen = work.in_scope(ada()).await.unwrap();
    assert_eq!(seen, (ada(), user("ada").session("s2")));
}

#[test]
fn blocking_thread_forgets_whom_it_worked_for() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let work = async { scope::spawn_blocking(current).await };
        assert_eq!(work.in_scope(ada()).await.unwrap(), ada());
        let panics = async { scope::spawn_blocking(|| panic!("as ada")).await };
        assert!(panics.in_scope(ada()).await.unwrap_err().is_panic());
        assert_eq!(
            tokio::task::spawn_blocking(current).await.unwrap(),
            nobody()
        );
    });
}

#[tokio::test]
async fn join_set_carries_what_is_made_in_current_scope() {
    let work = async {
        let mut tasks = JoinSet::new();
        tasks.spawn(who().in_current_scope());
        tasks.spawn(who().in_current_scope());
        tasks.join_all().await
    };
    assert_eq!(work.in_scope(ada()).await, [ada(), ada()]);
}

#[tokio::test]
async fn thread_carries_the_scope_with_enter() {
    let work = async {
        let context = current();
        let thread = std::thread::spawn(move || {
            let inside = context.enter(current);
            (inside, current())
        });
        thread.join().unwrap()
    };
    assert_eq!(work.in_scope(ada()).await, (ada(), nobody()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_moving_between_workers_keep_their_scope() {
    let tasks: JoinSet<_> = (0..64)
        .map(|number| {
            let own = user(format!("user {number}"));
            let work = async move {
                let id = format!("user {number}");
                for _ in 0..50 {
                    assert_eq!(current(), user(&id));
                    yield_now().await;
                    assert_eq!(scope::spawn(who()).await.unwrap(), user(&id));
                }
            };
            work.in_scope(own)
        })
        .collect();
    tasks.join_all().await;
}

#[test]
fn runtime_given_a_scoped_future_keeps_its_other_tasks_out_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let work = async {
        let other = tokio::spawn(who_twice());
        (who_twice().await, other.await.unwrap())
    };
    let (own, other) = runtime.block_on(work.in_scope(ada()));
    assert_eq!((own, other), ([ada(), ada()], [nobody(), nobody()]));
}

#[test]
fn local_set_given_a_scoped_future_keeps_its_other_tasks_out_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let tasks = tokio::task::LocalSet::new();
    let work = async {
        let other = tokio::task::spawn_local(who_twice());
        (who_twice().await, other.await.unwrap())
    };
    let (own, other) = runtime.block_on(tasks.run_until(work.in_scope(ada())));
    assert_eq!((own, other), ([ada(), ada()], [nobody(), nobody()]));
}
