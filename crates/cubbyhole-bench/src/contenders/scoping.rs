//! Designs of peers: how a cache that knows no scopes is used where there are.

use std::future::Future;
use std::sync::Arc;

use super::{BigCache, Contender, TextCache, World};
use crate::workload::Value;

tokio::task_local! {
    /// Who is asking, for those who have no scopes of their own.
    static SCOPE: Arc<str>;
}

/// Calls `f` with who is asking.
#[inline]
pub(super) fn with_scope<R>(f: impl FnOnce(&Arc<str>) -> R) -> R {
    SCOPE.with(f)
}

/// Runs a request as `scope`.
pub(super) fn within<F: Future>(scope: Arc<str>, request: F) -> impl Future<Output = F::Output> {
    SCOPE.scope(scope, request)
}

/// Design A: one cache for everybody.
pub(crate) struct OneCache<C>(C);

impl<C: BigCache> Contender for OneCache<C> {
    type Scope = Arc<str>;

    fn name() -> String {
        if C::NAME == super::reference::NAME {
            C::NAME.to_owned()
        } else {
            format!("{}/A", C::NAME)
        }
    }

    fn how() -> &'static str {
        C::HOW
    }

    fn build(world: &World) -> Self {
        Self(C::build(world))
    }

    fn scope(id: &str) -> Arc<str> {
        id.into()
    }

    async fn within<F>(scope: Arc<str>, request: F) -> F::Output
    where
        F: Future + Send,
        F::Output: Send,
    {
        within(scope, request).await
    }

    #[inline]
    async fn get(&self, entry: usize, key: &str) -> Option<Value> {
        let entry = entry as u32;
        match with_scope(|scope| self.0.get_now(entry, scope, key)) {
            Some(answer) => answer,
            None => self.0.get(entry, with_scope(Arc::clone), key).await,
        }
    }

    #[inline]
    async fn set(&self, entry: usize, key: &str, value: Value) {
        let entry = entry as u32;
        if let Some(value) = with_scope(|scope| self.0.set_now(entry, scope, key, value)) {
            let scope = with_scope(Arc::clone);
            self.0.set(entry, scope, key, value).await;
        }
    }

    async fn drop_scope(&self, scope: &Arc<str>) -> bool {
        self.0.drop_scope(scope).await
    }

    fn is_loaded(&self) {
        self.0.is_loaded();
    }

    async fn len(&self) -> usize {
        self.0.len().await
    }
}

/// No scopes: one cache whose keys are texts.
pub(crate) struct Shared<C>(C);

impl<C: TextCache> Contender for Shared<C> {
    type Scope = Arc<str>;

    fn name() -> String {
        C::NAME.to_owned()
    }

    fn how() -> &'static str {
        C::HOW
    }

    fn build(world: &World) -> Self {
        Self(C::build(world.total(), false))
    }

    fn scope(id: &str) -> Arc<str> {
        id.into()
    }

    async fn within<F>(scope: Arc<str>, request: F) -> F::Output
    where
        F: Future + Send,
        F::Output: Send,
    {
        within(scope, request).await
    }

    #[inline]
    async fn get(&self, _entry: usize, key: &str) -> Option<Value> {
        match self.0.get_now(key) {
            Some(answer) => answer,
            None => self.0.get(key).await,
        }
    }

    #[inline]
    async fn set(&self, _entry: usize, key: &str, value: Value) {
        if let Some(value) = self.0.set_now(key, value) {
            self.0.set(key, value).await;
        }
    }

    async fn drop_scope(&self, _scope: &Arc<str>) -> bool {
        false
    }

    fn is_loaded(&self) {
        self.0.is_loaded();
    }

    async fn len(&self) -> usize {
        self.0.len().await
    }
}
