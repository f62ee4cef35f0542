//! Cookies signed with HMAC-SHA256, and those who forge them.

use cubbyhole_scope::ScopeContext;
use cubbyhole_tower::{HmacCookie, SignError, VerifyCookie};

const KEY: [u8; 32] = [0x0b; 32];

fn session(payload: &str) -> Option<ScopeContext> {
    Some(ScopeContext::new().session(payload))
}

fn cookies() -> HmacCookie<fn(&str) -> Option<ScopeContext>> {
    HmacCookie::new(&KEY, session as fn(&str) -> _).unwrap()
}

#[test]
fn signed_cookie_is_accepted() {
    for payload in ["s1", "", "a.b.c", "user=ada&until=9"] {
        let value = cookies().sign("id", payload).unwrap();
        assert_eq!(
            cookies().verify("id", &value),
            session(payload),
            "{payload}"
        );
    }
}

#[test]
fn signature_is_that_of_the_standard() {
    // From another implementation: `hmac.new(bytes([11] * 32), b"id=s1", "sha256").hexdigest()` of Python.
    let value = cookies().sign("id", "s1").unwrap();
    assert_eq!(value, format!("s1.{TAG}"));
}

const TAG: &str = "75ec2b60bcb11093ef2fd500568e2642675241a0cc4d2e4edf977bdddced5e89";

#[test]
fn forged_cookie_is_refused() {
    let other = HmacCookie::new(&[0x0c; 32], session).unwrap();
    let value = other.sign("id", "s1").unwrap();
    assert_eq!(cookies().verify("id", &value), None, "another key");

    let genuine = cookies().sign("id", "s1").unwrap();
    let signature = genuine.strip_prefix("s1.").unwrap();
    for payload in ["s2", "", "S1", "s1 ", "s1.", "=s1"] {
        let forged = format!("{payload}.{signature}");
        assert_eq!(cookies().verify("id", &forged), None, "{forged}");
    }
    let zeros = format!("s1.{}", "0".repeat(64));
    assert_eq!(cookies().verify("id", &zeros), None);
}

#[test]
fn truncated_and_damaged_cookies_are_refused() {
    let genuine = cookies().sign("id", "s1").unwrap();
    for length in 0..genuine.len() {
        assert_eq!(cookies().verify("id", &genuine[..length]), None, "{length}");
    }
    for place in 0..genuine.len() {
        let mut bytes = genuine.clone().into_bytes();
        bytes[place] ^= 1;
        let damaged = String::from_utf8(bytes).unwrap();
        assert_eq!(cookies().verify("id", &damaged), None, "{damaged}");
    }
    for longer in [
        format!("{genuine}0"),
        format!("{genuine}00"),
        format!("{genuine}."),
    ] {
        assert_eq!(cookies().verify("id", &longer), None, "{longer}");
    }
}

#[test]
fn signature_has_one_spelling() {
    let genuine = cookies().sign("id", "s1").unwrap();
    let (payload, signature) = genuine.rsplit_once('.').unwrap();
    let capital = format!("{payload}.{}", signature.to_uppercase());
    assert_ne!(capital, genuine);
    assert_eq!(cookies().verify("id", &capital), None);
}

#[test]
fn cookie_does_not_pass_under_another_name() {
    let value = cookies().sign("id", "s1").unwrap();
    assert_eq!(cookies().verify("admin", &value), None);
    // Where the name and the payload meet cannot be moved either.
    let value = cookies().sign("id", "a=s1").unwrap();
    let signature = value.strip_prefix("a=s1.").unwrap();
    assert_eq!(cookies().verify("id=a", &format!("s1.{signature}")), None);
    assert_eq!(cookies().sign("id=a", "s1"), Err(SignError::Unsendable));
}

#[test]
fn genuine_payload_that_is_not_good_any_more_is_refused() {
    let revoking = HmacCookie::new(&KEY, |payload: &str| {
        session(payload).filter(|_| payload != "s1")
    });
    let revoking = revoking.unwrap();
    let value = revoking.sign("id", "s1").unwrap();
    assert_eq!(revoking.verify("id", &value), None);
    let value = revoking.sign("id", "s2").unwrap();
    assert_eq!(revoking.verify("id", &value), session("s2"));
}

#[test]
fn closure_never_sees_what_is_not_genuine() {
    let trap = HmacCookie::new(&KEY, |payload: &str| panic!("asked about {payload}")).unwrap();
    for value in ["", ".", "s1", "s1.", "s1.00", ".00"] {
        assert_eq!(trap.verify("id", value), None);
    }
}

#[test]
fn former_key_verifies_and_does_not_sign() {
    let new_key = [0x0c; 32];
    let old_value = cookies().sign("id", "s1").unwrap();
    let exchanged = HmacCookie::new(&new_key, session).unwrap();
    assert_eq!(exchanged.verify("id", &old_value), None);
    let exchanged = exchanged.with_former_key(&KEY).unwrap();
    assert_eq!(exchanged.verify("id", &old_value), session("s1"));
    let value = exchanged.sign("id", "s1").unwrap();
    assert_ne!(value, old_value);
    assert_eq!(exchanged.verify("id", &value), session("s1"));
}

#[test]
fn short_keys_and_unsendable_cookies_are_refused() {
    assert_eq!(
        HmacCookie::new(&KEY[..31], session).unwrap_err(),
        SignError::ShortKey
    );
    assert_eq!(
        cookies().with_former_key(b"").unwrap_err(),
        SignError::ShortKey
    );
    for (name, payload) in [
        ("", "x"),
        ("i d", "x"),
        ("id", "a;b"),
        ("id", "a b"),
        ("id", "ä"),
        ("id", "a\r\nb"),
    ] {
        assert_eq!(
            cookies().sign(name, payload),
            Err(SignError::Unsendable),
            "{name} {payload}"
        );
    }
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", cookies());
    assert_eq!(shown, "HmacCookie { .. }");
}
