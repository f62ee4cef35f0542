//! What is claimed, how often it was looked at, and where it did not hold.

use std::fmt;

/// Claims in the order in which they were first made.
#[derive(Debug, Default)]
pub struct Claims {
    claims: Vec<Claim>,
}

#[derive(Debug)]
struct Claim {
    text: &'static str,
    cases: usize,
    violations: Vec<String>,
}

impl Claims {
    /// Looks at one case of a claim; `case` says which, if it does not hold.
    pub(super) fn claim(&mut self, text: &'static str, holds: bool, case: impl FnOnce() -> String) {
        let claim = self.find(text);
        claim.cases += 1;
        if !holds {
            claim.violations.push(case());
        }
    }

    /// Looks at one case of a claim that two things are equal.
    pub(super) fn equal<T: fmt::Debug + PartialEq>(
        &mut self,
        text: &'static str,
        found: &T,
        expected: &T,
    ) {
        self.claim(text, found == expected, || {
            format!("{found:?} instead of {expected:?}")
        });
    }

    /// Returns every case in which a claim did not hold.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let claims = self.claims.iter();
        let violations = claims.flat_map(|claim| {
            claim
                .violations
                .iter()
                .map(move |case| format!("{}: {case}", claim.text))
        });
        violations.collect()
    }

    fn find(&mut self, text: &'static str) -> &mut Claim {
        let index = self
            .claims
            .iter()
            .position(|claim| claim.text == text)
            .unwrap_or_else(|| {
                self.claims.push(Claim {
                    text,
                    cases: 0,
                    violations: Vec::new(),
                });
                self.claims.len() - 1
            });
        &mut self.claims[index]
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for claim in &self.claims {
            let mark = if claim.violations.is_empty() {
                "ok  "
            } else {
                "FAIL"
            };
            writeln!(f, "{mark} {:>5}  {}", claim.cases, claim.text)?;
            for case in claim.violations.iter().take(MOST_SHOWN) {
                writeln!(f, "             {case}")?;
            }
        }
        let cases: usize = self.claims.iter().map(|claim| claim.cases).sum();
        let violations = self.violations().len();
        let claims = self.claims.len();
        write!(
            f,
            "\n{claims} claims, {cases} cases, {violations} violations"
        )
    }
}

/// Of the violations of one claim.
const MOST_SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_holds_if_every_case_does() {
        let mut claims = Claims::default();
        claims.equal("sums are right", &2, &2);
        claims.equal("sums are right", &4, &5);
        claims.claim("water is wet", true, || unreachable!());
        assert_eq!(claims.violations(), ["sums are right: 4 instead of 5"]);
        let text = claims.to_string();
        assert!(text.contains("FAIL     2  sums are right"));
        assert!(text.contains("ok       1  water is wet"));
        assert!(text.ends_with("2 claims, 3 cases, 1 violations"));
    }
}
