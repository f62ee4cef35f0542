//! SPDX licence expressions, and the older `MIT/Apache-2.0`.
//!
//! `WITH` binds tighter than `AND`, and `AND` tighter than `OR` (SPDX specification, annex
//! "License expressions"). A slash is an `OR`.

use std::collections::BTreeSet;

/// Whether the licences of `allowed` are enough to use what `expression` covers.
///
/// A licence with an exception is one name: `Apache-2.0 WITH LLVM-exception`.
pub(super) fn is_satisfied(expression: &str, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let mut parser = Parser {
        tokens: tokens(expression),
        next: 0,
        allowed,
    };
    let satisfied = parser.any()?;
    match parser.take() {
        None => Ok(satisfied),
        Some(token) => Err(format!("`{token}` is not expected here")),
    }
}

fn tokens(expression: &str) -> Vec<String> {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    spaced.split_whitespace().map(ToOwned::to_owned).collect()
}

struct Parser<'a> {
    tokens: Vec<String>,
    next: usize,
    allowed: &'a BTreeSet<String>,
}

impl Parser<'_> {
    /// `all OR all OR …`
    fn any(&mut self) -> Result<bool, String> {
        let mut satisfied = self.all()?;
        while self.take_if("OR") {
            satisfied |= self.all()?;
        }
        Ok(satisfied)
    }

    /// `one AND one AND …`
    fn all(&mut self) -> Result<bool, String> {
        let mut satisfied = self.one()?;
        while self.take_if("AND") {
            satisfied &= self.one()?;
        }
        Ok(satisfied)
    }

    /// `( any )`, `license` or `license WITH exception`
    fn one(&mut self) -> Result<bool, String> {
        if self.take_if("(") {
            let satisfied = self.any()?;
            return if self.take_if(")") {
                Ok(satisfied)
            } else {
                Err("a `)` is missing".to_owned())
            };
        }
        let license = self.name()?;
        if self.take_if("WITH") {
            let exception = self.name()?;
            return Ok(self
                .allowed
                .contains(&format!("{license} WITH {exception}")));
        }
        Ok(self.allowed.contains(&license))
    }

    fn name(&mut self) -> Result<String, String> {
        match self.take() {
            Some(token) if !matches!(token.as_str(), "OR" | "AND" | "WITH" | "(" | ")") => {
                Ok(token)
            }
            Some(token) => Err(format!("`{token}` stands where a name should be")),
            None => Err("it ends where a name should be".to_owned()),
        }
    }

    fn take(&mut self) -> Option<String> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn take_if(&mut self, wanted: &str) -> bool {
        let found = self
            .tokens
            .get(self.next)
            .is_some_and(|token| token == wanted);
        self.next += usize::from(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::is_satisfied;

    fn satisfied(expression: &str) -> Result<bool, String> {
        let allowed = [
            "MIT",
            "Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "Unicode-3.0",
        ];
        is_satisfied(expression, &allowed.map(str::to_owned).into())
    }

    #[test]
    fn single_license() {
        assert_eq!(satisfied("MIT"), Ok(true));
        assert_eq!(satisfied("GPL-3.0-only"), Ok(false));
    }

    #[test]
    fn one_side_of_or_is_enough() {
        assert_eq!(satisfied("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(
            satisfied("MIT OR LGPL-2.1-or-later OR Apache-2.0"),
            Ok(true)
        );
        assert_eq!(satisfied("GPL-3.0-only OR MPL-2.0"), Ok(false));
    }

    #[test]
    fn both_sides_of_and_are_needed() {
        assert_eq!(satisfied("MIT AND Apache-2.0"), Ok(true));
        assert_eq!(satisfied("MIT AND GPL-3.0-only"), Ok(false));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert_eq!(satisfied("MIT OR Apache-2.0 AND GPL-3.0-only"), Ok(true));
        assert_eq!(satisfied("GPL-3.0-only AND MIT OR Apache-2.0"), Ok(true));
        assert_eq!(satisfied("GPL-3.0-only AND (MIT OR Apache-2.0)"), Ok(false));
    }

    #[test]
    fn parentheses_group() {
        assert_eq!(satisfied("(MIT OR Apache-2.0) AND Unicode-3.0"), Ok(true));
        assert_eq!(
            satisfied("((MIT)OR(GPL-3.0-only))AND(Unicode-3.0)"),
            Ok(true)
        );
    }

    #[test]
    fn exception_is_part_of_the_name() {
        assert_eq!(satisfied("Apache-2.0 WITH LLVM-exception"), Ok(true));
        assert_eq!(satisfied("MIT WITH LLVM-exception"), Ok(false));
        assert_eq!(
            satisfied("GPL-2.0-only WITH Classpath-exception-2.0 OR MIT"),
            Ok(true)
        );
        assert_eq!(
            satisfied("Apache-2.0 WITH LLVM-exception AND GPL-3.0-only"),
            Ok(false)
        );
    }

    #[test]
    fn slash_is_an_or() {
        assert_eq!(satisfied("GPL-3.0-only/MIT"), Ok(true));
        assert_eq!(satisfied("MIT / Apache-2.0"), Ok(true));
        assert_eq!(satisfied("GPL-3.0-only/MPL-2.0"), Ok(false));
    }

    #[test]
    fn or_later_is_another_name() {
        assert_eq!(satisfied("Apache-2.0+"), Ok(false));
    }

    #[test]
    fn nonsense_is_an_error() {
        for expression in [
            "",
            "OR",
            "MIT OR",
            "MIT MIT",
            "(MIT",
            "MIT)",
            "MIT WITH",
            "AND MIT",
            "MIT WITH (MIT)",
        ] {
            assert!(satisfied(expression).is_err(), "{expression:?} was read");
        }
    }
}
