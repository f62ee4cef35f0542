//! A reader of PromQL: as much of it as the dashboard uses. What it does not know is an error, not a guess.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

/// A metric that a query asks for, and what the query does with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    pub(crate) metric: String,
    /// Label, operator, value.
    pub(crate) matchers: Vec<(String, String, String)>,
    pub(crate) range: Option<String>,
    /// The labels that it is grouped by, if it is.
    pub(crate) groups: BTreeSet<String>,
    pub(crate) functions: Vec<String>,
}

/// Reads a query, and returns what it asks for.
pub(crate) fn read(query: &str) -> Result<Vec<Selector>, String> {
    let mut reader = Reader {
        tokens: tokens(query)?.into_iter().peekable(),
        selectors: Vec::new(),
    };
    reader.expression()?;
    match reader.tokens.next() {
        None => Ok(reader.selectors),
        Some(token) => Err(format!("unexpected {token:?} in {query}")),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Number(String),
    Text(String),
    Range(String),
    Sign(String),
}

fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let mut rest = query.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                let (word, after) = while_chars(rest, |c| c.is_ascii_alphanumeric() || c == '_');
                (Token::Word(word), after)
            }
            '0'..='9' => {
                let (number, after) = while_chars(rest, |c| c.is_ascii_digit() || c == '.');
                (Token::Number(number), after)
            }
            '"' => {
                let (text, after) = rest[1..].split_once('"').ok_or("a text without an end")?;
                (Token::Text(text.to_owned()), after)
            }
            '[' => {
                let (range, after) = rest[1..].split_once(']').ok_or("a range without an end")?;
                (Token::Range(range.to_owned()), after)
            }
            _ => {
                let signs = [
                    "=~", "!~", "!=", "=", "(", ")", "{", "}", ",", "+", "-", "*", "/",
                ];
                let mut found = signs.into_iter().filter(|sign| rest.starts_with(sign));
                let sign = found.next().ok_or_else(|| format!("what is `{first}`?"))?;
                (Token::Sign(sign.to_owned()), &rest[sign.len()..])
            }
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn while_chars(text: &str, belongs: impl Fn(char) -> bool) -> (String, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

struct Reader {
    tokens: Peekable<IntoIter<Token>>,
    selectors: Vec<Selector>,
}

impl Reader {
    fn expression(&mut self) -> Result<(), String> {
        self.operand()?;
        while ["+", "-", "*", "/"]
            .into_iter()
            .any(|sign| self.takes(sign))
        {
            self.operand()?;
        }
        Ok(())
    }

    fn operand(&mut self) -> Result<(), String> {
        if self.takes("(") {
            self.expression()?;
            return self.expect(")");
        }
        match self.tokens.next() {
            Some(Token::Number(_)) => Ok(()),
            Some(Token::Word(word)) if AGGREGATIONS.contains(&&*word) => self.aggregation(&word),
            Some(Token::Word(word)) if FUNCTIONS.contains(&&*word) => self.function(&word),
            Some(Token::Word(word)) => self.selector(word),
            other => Err(format!("a query cannot begin with {other:?}")),
        }
    }

    fn aggregation(&mut self, name: &str) -> Result<(), String> {
        let first = self.selectors.len();
        let groups = self.groups()?;
        self.arguments()?;
        for selector in &mut self.selectors[first..] {
            selector.groups.extend(groups.iter().cloned());
            selector.functions.push(name.to_owned());
        }
        Ok(())
    }

    fn groups(&mut self) -> Result<Vec<String>, String> {
        if self.tokens.peek() != Some(&Token::Word("by".to_owned())) {
            return Ok(Vec::new());
        }
        self.tokens.next();
        self.expect("(")?;
        let mut groups = vec![self.word()?];
        while self.takes(",") {
            groups.push(self.word()?);
        }
        self.expect(")")?;
        Ok(groups)
    }

    fn function(&mut self, name: &str) -> Result<(), String> {
        let first = self.selectors.len();
        self.arguments()?;
        for selector in &mut self.selectors[first..] {
            selector.functions.push(name.to_owned());
        }
        Ok(())
    }

    fn arguments(&mut self) -> Result<(), String> {
        self.expect("(")?;
        self.expression()?;
        while self.takes(",") {
            self.expression()?;
        }
        self.expect(")")
    }

    fn selector(&mut self, metric: String) -> Result<(), String> {
        if self.tokens.peek() == Some(&Token::Sign("(".to_owned())) {
            return Err(format!("no function `{metric}` is known"));
        }
        let mut selector = Selector {
            metric,
            ..Selector::default()
        };
        if self.takes("{") {
            while !self.takes("}") {
                selector.matchers.push(self.matcher()?);
                self.takes(",");
            }
        }
        if let Some(Token::Range(range)) = self.tokens.peek() {
            selector.range = Some(range.clone());
            self.tokens.next();
        }
        self.selectors.push(selector);
        Ok(())
    }

    fn matcher(&mut self) -> Result<(String, String, String), String> {
        let label = self.word()?;
        match (self.tokens.next(), self.tokens.next()) {
            (Some(Token::Sign(sign)), Some(Token::Text(value))) => Ok((label, sign, value)),
            other => Err(format!("{label} cannot be followed by {other:?}")),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(format!("a name was expected, and not {other:?}")),
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_next = self.tokens.peek() == Some(&Token::Sign(sign.to_owned()));
        if is_next {
            self.tokens.next();
        }
        is_next
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(format!(
            "`{sign}` was expected, and not {:?}",
            self.tokens.peek()
        ))
    }
}

const AGGREGATIONS: [&str; 2] = ["sum", "max"];
const FUNCTIONS: [&str; 3] = ["rate", "increase", "histogram_quantile"];

#[test]
fn a_query_is_read() {
    let query =
        r#"histogram_quantile(0.9, sum by (le, uid) (rate(a_bucket{uid=~"$uid",by!="x"}[5m])))"#;
    let selectors = read(query).unwrap();
    assert_eq!(selectors.len(), 1);
    let selector = &selectors[0];
    assert_eq!(selector.metric, "a_bucket");
    assert_eq!(selector.range.as_deref(), Some("5m"));
    assert_eq!(selector.functions, ["rate", "sum", "histogram_quantile"]);
    assert_eq!(selector.groups, ["le", "uid"].map(str::to_owned).into());
    let matcher = ["by", "!=", "x"].map(str::to_owned);
    assert_eq!(<[String; 3]>::from(selector.matchers[1].clone()), matcher);
    let ratio = read("sum(a) / (sum by (by) (b) + max(c))").unwrap();
    let metrics: Vec<&str> = ratio.iter().map(|selector| &*selector.metric).collect();
    assert_eq!(metrics, ["a", "b", "c"]);
    assert!(ratio[0].groups.is_empty() && ratio[1].groups.contains("by"));
}

#[test]
fn what_is_not_understood_is_an_error() {
    for query in [
        "",
        "sum(",
        "sum by (a) b",
        "fate(a[5m])",
        "a{b}",
        "a{b=}",
        "a b",
        "a{b=\"c}",
        "a[5m",
        "a > 1",
        "a offset 5m",
        "sum by () (a)",
    ] {
        assert!(read(query).is_err(), "{query}");
    }
}
