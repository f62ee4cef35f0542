//! What the scripts answer about a key.

use std::time::Duration;

use cubbyhole_core::TierError;
use redis::Value;

/// An answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// There is nothing.
    Nothing,
    /// The value, and what is left of its time.
    Value(Vec<u8>, Duration),
    /// The lease is given.
    Leased,
    /// Somebody else has the lease, for so long.
    Busy(Duration),
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// [`TierError::TooLarge`] for a value with more than `most` bytes; [`TierError::Refused`] for what is no answer.
    pub(crate) fn read(answer: Value, most: usize) -> Result<Self, TierError> {
        let parts = match answer {
            Value::Nil => return Ok(Self::Nothing),
            Value::Array(parts) => parts,
            _ => return Err(Self::misunderstood()),
        };
        let mut parts = parts.into_iter();
        let Some(Value::BulkString(word)) = parts.next() else {
            return Err(Self::misunderstood());
        };
        match (&*word, parts.next(), parts.next()) {
            (b"value", Some(Value::BulkString(bytes)), Some(Value::Int(left))) => {
                Ok(Self::Value(bytes, millis(left)))
            }
            (b"leased", None, None) => Ok(Self::Leased),
            (b"busy", Some(Value::Int(left)), None) => Ok(Self::Busy(millis(left))),
            (b"large", Some(Value::Int(bytes)), None) => {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                Err(TierError::TooLarge { bytes, most })
            }
            _ => Err(Self::misunderstood()),
        }
    }

    pub(crate) fn misunderstood() -> TierError {
        TierError::Refused("the answer is not understood".to_owned())
    }
}

/// Less than zero is said of what has no time, or is gone: then there is none left.
fn millis(left: i64) -> Duration {
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cubbyhole_core::TierError;
    use redis::Value;

    use super::Answer;

    fn word(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    fn read(parts: Vec<Value>) -> Result<Answer, TierError> {
        Answer::read(Value::Array(parts), 10)
    }

    #[test]
    fn answers_are_read() {
        let left = Duration::from_millis(5);
        let value = vec![word("value"), word("v"), Value::Int(5)];
        assert!(matches!(read(value), Ok(Answer::Value(bytes, l)) if bytes == b"v" && l == left));
        assert!(matches!(read(vec![word("leased")]), Ok(Answer::Leased)));
        let busy = vec![word("busy"), Value::Int(-2)];
        assert!(matches!(read(busy), Ok(Answer::Busy(Duration::ZERO))));
        assert!(matches!(Answer::read(Value::Nil, 10), Ok(Answer::Nothing)));
        let large = read(vec![word("large"), Value::Int(11)]);
        assert!(matches!(
            large,
            Err(TierError::TooLarge {
                bytes: 11,
                most: 10
            })
        ));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for answer in [
            Value::Okay,
            Value::Int(1),
            Value::Array(vec![]),
            word("leased"),
        ] {
            assert!(matches!(
                Answer::read(answer, 10),
                Err(TierError::Refused(_))
            ));
        }
        for parts in [
            vec![word("value")],
            vec![word("other")],
            vec![Value::Int(1)],
        ] {
            assert!(matches!(read(parts), Err(TierError::Refused(_))));
        }
    }
}
