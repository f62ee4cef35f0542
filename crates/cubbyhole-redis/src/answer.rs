//! What the scripts answer about a key.

use std::time::Duration;

use cubbyhole_core::TierError;
use redis::Value;

use crate::message::read_era;
use crate::stored::Stamp;

/// An answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// There is nothing.
    Nothing,
    /// The value, and what is left of its time; and how far the counter was, if it was asked.
    Value(Vec<u8>, Duration, Option<Stamp>),
    /// The lease is given; and how far the counter was, if it was asked.
    Leased(Option<Stamp>),
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
                let stamp = stamp(parts.next(), parts.next())?;
                Ok(Self::Value(bytes, millis(left), stamp))
            }
            (b"leased", era, seq) => Ok(Self::Leased(stamp(era, seq)?)),
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

/// Reads how far the counter is. Where it should be and is not, it is of no era.
fn stamp(era: Option<Value>, seq: Option<Value>) -> Result<Option<Stamp>, TierError> {
    let (Some(era), Some(seq)) = (era, seq) else {
        return Ok(None);
    };
    let (Value::BulkString(era), Value::BulkString(seq)) = (era, seq) else {
        return Err(Answer::misunderstood());
    };
    let [era, seq] = [era, seq].map(|text| String::from_utf8(text).unwrap_or_default());
    let stamp = read_era(&era).zip(seq.parse().ok());
    let (era, seq) = stamp.unwrap_or_default();
    Ok(Some(Stamp { era, seq }))
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
    use crate::stored::Stamp;

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
        assert!(
            matches!(read(value), Ok(Answer::Value(bytes, l, None)) if bytes == b"v" && l == left)
        );
        let leased = read(vec![word("leased"), word("000000000000000a"), word("7")]);
        let stamp = Stamp { era: 10, seq: 7 };
        assert!(matches!(leased, Ok(Answer::Leased(Some(known))) if known == stamp));
        assert!(matches!(
            read(vec![word("leased")]),
            Ok(Answer::Leased(None))
        ));
        let gone = read(vec![word("leased"), word(""), word("")]);
        assert!(matches!(
            gone,
            Ok(Answer::Leased(Some(Stamp { era: 0, seq: 0 })))
        ));
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
