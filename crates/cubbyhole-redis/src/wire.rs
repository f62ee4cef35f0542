//! Reading and writing of the small binary texts that nodes exchange.

/// Writes a text with its length before it.
pub(crate) fn put_text(bytes: &mut Vec<u8>, text: &str) {
    // A text of 4 GiB is not sent: Redis takes 512 MiB at most.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
}

/// What is left to read.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, after) = self.0.split_first_chunk()?;
        self.0 = after;
        Some(*first)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = u32::from_be_bytes(self.array()?);
        let length = usize::try_from(length).ok()?;
        let (text, after) = self.0.split_at_checked(length)?;
        self.0 = after;
        std::str::from_utf8(text).ok()
    }

    /// Returns all the rest as text.
    pub(crate) fn rest(&mut self) -> Option<&'a str> {
        std::str::from_utf8(std::mem::take(&mut self.0)).ok()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
