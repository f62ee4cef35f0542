//! What nodes tell each other on the channel of the prefix.

use crate::place::Digest;
use crate::thing::Thing;
use crate::token::Token;
use crate::wire::{Reader, put_text};

/// The first byte: how the rest is laid out.
const LAYOUT: u8 = b'1';

/// A message: who sent it, and what it says. The token is a number of the message, for those who hear it twice.
#[derive(Debug, PartialEq)]
pub(crate) struct Message<'a> {
    pub(crate) from: Token,
    pub(crate) says: Says<'a>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Says<'a> {
    /// About one key of a cell.
    Key {
        cell: Digest,
        key: &'a str,
        what: KeyEvent<'a>,
    },
    /// Something was invalidated, as number `seq` of its era.
    Marked {
        thing: Thing,
        why: Why,
        era: u64,
        seq: u64,
    },
    /// The counter has begun a new life.
    Reset { era: u64 },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyEvent<'a> {
    Set,
    Deleted,
    /// A lease was given back.
    Released,
    /// A lease was given back because the value could not be computed.
    Failed(&'a str),
}

/// Why something was invalidated.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Why {
    Asked,
    Dropped,
    Epoch,
}

/// Writes a message about a key.
pub(crate) fn about_key(from: Token, cell: Digest, key: &str, what: KeyEvent<'_>) -> Vec<u8> {
    let (letter, more) = match what {
        KeyEvent::Set => (b'S', ""),
        KeyEvent::Deleted => (b'D', ""),
        KeyEvent::Released => (b'R', ""),
        KeyEvent::Failed(message) => (b'F', message),
    };
    let mut bytes = head(from, letter);
    bytes.extend(cell);
    put_text(&mut bytes, key);
    put_text(&mut bytes, more);
    bytes
}

/// Writes what a script completes with the era and the number.
pub(crate) fn about_mark(from: Token, thing: &Thing, why: Why) -> Vec<u8> {
    let letter = match why {
        Why::Asked => b'a',
        Why::Dropped => b'd',
        Why::Epoch => b'e',
    };
    let mut bytes = head(from, letter);
    thing.put(&mut bytes);
    bytes
}

/// Writes what a script completes with the era.
pub(crate) fn about_reset(from: Token) -> Vec<u8> {
    head(from, b'0')
}

fn head(from: Token, letter: u8) -> Vec<u8> {
    let mut bytes = vec![LAYOUT];
    bytes.extend(from.node.to_be_bytes());
    bytes.extend(from.count.to_be_bytes());
    bytes.push(letter);
    bytes
}

impl<'a> Message<'a> {
    /// Reads a message; `None` if it is none, or of a later version.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let layout = reader.byte()?;
        let from = Token {
            node: reader.number()?,
            count: reader.number()?,
        };
        let letter = reader.byte()?;
        let says = Says::read(letter, &mut reader)?;
        (layout == LAYOUT && reader.is_empty()).then_some(Self { from, says })
    }
}

impl<'a> Says<'a> {
    fn read(letter: u8, reader: &mut Reader<'a>) -> Option<Self> {
        match letter {
            b'S' | b'D' | b'R' | b'F' => Self::read_key(letter, reader),
            b'a' => Self::read_mark(Why::Asked, reader),
            b'd' => Self::read_mark(Why::Dropped, reader),
            b'e' => Self::read_mark(Why::Epoch, reader),
            b'0' => Some(Self::Reset {
                era: read_era(reader.rest()?)?,
            }),
            _ => None,
        }
    }

    fn read_key(letter: u8, reader: &mut Reader<'a>) -> Option<Self> {
        let cell = reader.array()?;
        let key = reader.text()?;
        let more = reader.text()?;
        let what = match letter {
            b'S' => KeyEvent::Set,
            b'D' => KeyEvent::Deleted,
            b'R' => KeyEvent::Released,
            _ => KeyEvent::Failed(more),
        };
        Some(Self::Key { cell, key, what })
    }

    /// The scripts put the era in sixteen digits, and after it the number.
    fn read_mark(why: Why, reader: &mut Reader<'a>) -> Option<Self> {
        let thing = Thing::read(reader)?;
        let (era, seq) = reader.rest()?.split_at_checked(16)?;
        Some(Self::Marked {
            thing,
            why,
            era: read_era(era)?,
            seq: seq.parse().ok()?,
        })
    }
}

/// An era, as the scripts have it.
pub(crate) fn era_text(era: u64) -> String {
    format!("{era:016x}")
}

/// Reads what [`era_text`] wrote.
pub(crate) fn read_era(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{KeyEvent, Message, Says, Why, about_key, about_mark, about_reset, era_text};
    use crate::thing::tests::things;
    use crate::token::Token;

    fn tokens() -> impl Strategy<Value = Token> {
        (any::<u64>(), any::<u64>()).prop_map(|(node, count)| Token { node, count })
    }

    proptest! {
        #[test]
        fn messages_about_keys_are_read_back(from in tokens(), cell: [u8; 16], key: String, more: String) {
            for what in [KeyEvent::Set, KeyEvent::Deleted, KeyEvent::Released, KeyEvent::Failed(&more)] {
                let bytes = about_key(from, cell, &key, what);
                let says = Says::Key { cell, key: &key, what };
                prop_assert_eq!(Message::read(&bytes), Some(Message { from, says }));
            }
        }

        #[test]
        fn messages_about_marks_are_read_back(from in tokens(), thing in things(), era: u64, seq: u64) {
            for why in [Why::Asked, Why::Dropped, Why::Epoch] {
                let mut bytes = about_mark(from, &thing, why);
                bytes.extend(format!("{}{seq}", era_text(era)).bytes());
                let says = Says::Marked { thing: thing.clone(), why, era, seq };
                prop_assert_eq!(Message::read(&bytes), Some(Message { from, says }));
            }
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Message::read(&bytes);
        }
    }

    #[test]
    fn other_layouts_are_no_messages() {
        let from = Token { node: 1, count: 2 };
        let mut bytes = about_reset(from);
        bytes.extend(era_text(3).bytes());
        let says = Says::Reset { era: 3 };
        assert_eq!(Message::read(&bytes), Some(Message { from, says }));
        bytes[0] = b'2';
        assert_eq!(Message::read(&bytes), None);
    }
}
