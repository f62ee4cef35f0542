//! Scopes are typed, and nobody prints an id.

use std::hash::{BuildHasher, RandomState};

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{CacheScope, MissingScope, ScopeContext, ScopeFutureExt, ScopeId};
use proptest::prelude::*;

/// Any text, often one that a joined or reserved key would stumble over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("global".to_owned()),
        prop::sample::select(vec![
            "user",
            "session",
            "Global",
            "user:ada",
            "session:ada",
            "user/ada",
            ":",
            "::",
            "/",
            "|",
            "\0",
            "ada\0",
            "\0ada",
            "\u{1f}",
            "\n",
            " ",
            "ada",
            "ada ",
            "None",
            "null",
            "*",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn d12_scopes_are_typed_and_never_collide(a in text(), b in text()) {
        let one = [CacheScope::Global, CacheScope::user(&*a), CacheScope::session(&*a)];
        let other = [CacheScope::Global, CacheScope::user(&*b), CacheScope::session(&*b)];
        let hasher = RandomState::new();
        for (kind, left) in one.iter().enumerate() {
            for (other_kind, right) in other.iter().enumerate() {
                let same = kind == other_kind && (kind == 0 || a == b);
                prop_assert_eq!(left == right, same);
                if same {
                    prop_assert_eq!(left.hash64(), right.hash64());
                    prop_assert_eq!(hasher.hash_one(left), hasher.hash_one(right));
                } else if a == b {
                    prop_assert!(kind == 0 || other_kind == 0 || left.hash64() != right.hash64());
                }
            }
        }
        prop_assert_eq!(one[1].id().map(ScopeId::as_str), Some(&*a));
        prop_assert_eq!(one[2].id().map(ScopeId::as_str), Some(&*a));
    }

    #[test]
    fn d12_a_context_resolves_to_its_own_scopes_and_no_others(
        user in proptest::option::of(text()),
        session in proptest::option::of(text()),
    ) {
        let mut context = ScopeContext::new();
        if let Some(id) = &user {
            context = context.user(id.clone());
        }
        if let Some(id) = &session {
            context = context.session(id.clone());
        }
        let resolve = |cache_type| {
            let scope = context.resolve(cache_type);
            assert_eq!(context.resolve_ref(cache_type).cloned(), scope);
            scope.map_err(|missing| missing.cache_type())
        };
        prop_assert_eq!(resolve(CacheType::Global), Ok(CacheScope::Global));
        prop_assert_eq!(resolve(CacheType::User), user.map(CacheScope::user).ok_or(CacheType::User));
        prop_assert_eq!(
            resolve(CacheType::Session),
            session.map(CacheScope::session).ok_or(CacheType::Session)
        );
    }

    #[test]
    fn ids_are_compared_byte_for_byte(a in text(), b in text()) {
        let (left, right) = (ScopeId::from(&*a), ScopeId::from(&*b));
        prop_assert_eq!(left == right, a == b);
        prop_assert_eq!(left.cmp(&right), a.cmp(&b));
    }

    #[test]
    fn c6_ids_never_appear_in_debug_display_or_errors(user in text(), session in text()) {
        // Whatever the ids, the output is the same, once the tags are blotted out.
        let expected = printed("ada", "s1", &["#####"; 2]);
        prop_assert_eq!(printed(&user, &session, &["#####"; 2]), expected);
    }

    #[test]
    fn c6_no_part_of_a_long_id_appears(user in "[G-Z]{8,20}", session in "[G-Z]{8,20}") {
        for line in printed(&user, &session, &[]) {
            prop_assert!(!line.contains(&user) && !line.contains(&session), "{line}");
        }
    }
}

/// Everything that this crate prints about the two ids; their tags are replaced, if asked to.
fn printed(user: &str, session: &str, blots: &[&str]) -> Vec<String> {
    let ids = [ScopeId::from(user), ScopeId::from(session)];
    let [user, session] = ids.clone();
    let scopes = [
        CacheScope::User(user.clone()),
        CacheScope::Session(session.clone()),
    ];
    let context = ScopeContext::new().user(user).session(session);
    let inner = ScopeContext::new().enter(|| context.enter(ScopeContext::current));
    let missing: Vec<MissingScope> = [CacheType::User, CacheType::Session]
        .iter()
        .filter_map(|cache_type| {
            let without = context.clone().without_user().without_session();
            without.resolve(*cache_type).err()
        })
        .collect();
    assert_eq!(missing.len(), 2);

    let mut lines = vec![
        format!("{context:?} {context:#?}"),
        format!("{inner:?} {inner:#?}"),
        format!("{:?}", std::future::ready(()).in_scope(context.clone())),
        format!(
            "{:?}",
            context.enter(|| std::future::ready(()).in_current_scope())
        ),
    ];
    lines.extend(ids.iter().map(|id| format!("{id} {id:?} {id:#?}")));
    lines.extend(
        scopes
            .iter()
            .map(|scope| format!("{scope} {scope:?} {scope:#?} {:?}", scope.memo())),
    );
    lines.extend(
        missing
            .iter()
            .map(|error| format!("{error} {error:?} {error:#?}")),
    );
    for (id, blot) in ids.iter().zip(blots) {
        let tag = id.to_string();
        lines = lines
            .into_iter()
            .map(|line| line.replace(&tag, blot))
            .collect();
    }
    lines
}

#[test]
fn c6_output_shows_kinds_and_tags() {
    let (ada, s1) = (ScopeId::from("ada"), ScopeId::from("s1"));
    let context = ScopeContext::new().user(ada.clone()).session(s1.clone());
    assert_eq!(
        format!("{context:?}"),
        format!("ScopeContext {{ user: User(ScopeId({ada})), session: Session(ScopeId({s1})) }}")
    );
    let context = ScopeContext::new().without_user();
    assert_eq!(
        format!("{context:?}"),
        "ScopeContext { user: nobody, session: inherited }"
    );
}
