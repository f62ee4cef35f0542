//! Names for people and sessions that say nothing of them, for what leaves the process.

use sha2::{Digest, Sha256};

/// The SHA-256 of what something is and of its bytes, as text.
pub(super) fn digest(what: &str, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(what);
    // No `what` has a zero in it, so that no two pairs meet.
    hash.update([0]);
    hash.update(bytes);
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_another_digest() {
        let ada = digest("user", b"ada");
        assert_eq!((ada.len(), &ada), (64, &digest("user", b"ada")));
        for other in [digest("user", b"Ada"), digest("session", b"ada")] {
            assert_ne!(ada, other);
        }
        assert!(!ada.contains("ada"));
    }
}
