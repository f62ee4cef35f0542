//! What the compiler would not mention: the traits that a policy and its error have.

use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;

use cubbyhole_policy::{
    CachePolicy, CacheType, KeepAllPolicy, LruPolicy, MostRecentPolicy, PolicyError, PolicyOptions,
    TtlPolicy,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn plain_data<T>()
where
    T: Clone + Debug + DeserializeOwned + Eq + Hash + Send + Serialize + Sync + Unpin + 'static,
{
}

fn policy<T: Into<CachePolicy> + TryFrom<CachePolicy>>() {}

fn options<T: Copy + Debug + Default + Eq + Hash + Send + Sync + Unpin + 'static>() {}

fn error<T: Clone + Eq + Error + Send + Sync + 'static>() {}

#[test]
fn every_type_has_its_traits() {
    plain_data::<CachePolicy>();
    plain_data::<CacheType>();
    plain_data::<LruPolicy>();
    plain_data::<MostRecentPolicy>();
    plain_data::<KeepAllPolicy>();
    plain_data::<TtlPolicy>();

    policy::<LruPolicy>();
    policy::<MostRecentPolicy>();
    policy::<KeepAllPolicy>();
    policy::<TtlPolicy>();

    options::<PolicyOptions>();
    error::<PolicyError>();
}

#[test]
fn infallible_policies_are_constants() {
    const SHARED: CachePolicy = CachePolicy::keep_all();
    const OWN: MostRecentPolicy = MostRecentPolicy::new().with_cache_type(CacheType::User);
    const FEW: PolicyOptions = PolicyOptions::new().with_max_computations(4);
    assert_eq!(FEW.max_computations(), Some(4));
    assert_eq!(SHARED.name(), "keep-all");
    assert_eq!(OWN.cache_type(), CacheType::User);
}
