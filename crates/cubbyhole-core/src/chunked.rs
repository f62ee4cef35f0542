//! A vector that never pauses to grow: it is in chunks.

use std::ops::{Index, IndexMut};

/// A vector that moves some hundreds of elements at most when it grows, however long it is.
///
/// It is a plain vector up to the length of a chunk, and a list of chunks beyond.
#[derive(Debug)]
pub(crate) enum ChunkedVec<T> {
    One(Vec<T>),
    Many(Box<Chunks<T>>),
}

/// Chunks of one length, all of them full but the last that is not empty. There may be an empty one behind it.
#[derive(Debug)]
pub(crate) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
    len: usize,
}

/// What may have an element at a place: either form of the vector, for code that looks at many elements and does not
/// want to ask which form it is each time.
pub(crate) trait Places<T> {
    fn at(&self, place: usize) -> Option<&T>;

    fn at_mut(&mut self, place: usize) -> Option<&mut T>;
}

impl<T> ChunkedVec<T> {
    const CHUNK: usize = Chunks::<T>::CHUNK;

    /// Makes an empty vector. Allocates nothing.
    pub(crate) const fn new() -> Self {
        Self::One(Vec::new())
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(elements) => elements.len(),
            Self::Many(chunks) => chunks.len,
        }
    }

    /// Returns for how many elements there is memory. O(n / 1000).
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.chunks().iter().map(Vec::capacity).sum()
    }

    #[inline(always)] // One caller, and what is not in line is out of line below.
    pub(crate) fn push(&mut self, element: T) {
        match self {
            Self::One(elements) if elements.len() < Self::CHUNK => {
                let len = elements.len();
                if len == elements.capacity() {
                    elements.reserve_exact(len.max(4).min(Self::CHUNK - len));
                }
                elements.push(element);
            }
            Self::One(elements) => {
                let chunks = vec![std::mem::take(elements), Vec::with_capacity(Self::CHUNK)];
                let mut chunks = Chunks {
                    chunks,
                    len: Self::CHUNK,
                };
                chunks.push(element);
                *self = Self::Many(Box::new(chunks));
            }
            Self::Many(chunks) => chunks.push(element),
        }
    }

    /// Removes an element, whose place the last one takes. There MUST be one.
    ///
    /// Memory is given back when three quarters are unused, or a chunk and a half.
    #[inline(always)] // As `push`.
    pub(crate) fn swap_remove(&mut self, place: usize) -> T {
        match self {
            Self::One(elements) => {
                let element = elements.swap_remove(place);
                shrink(elements);
                element
            }
            Self::Many(chunks) => {
                let element = chunks.swap_remove(place);
                if let Some(only) = chunks.shrink() {
                    *self = Self::One(only);
                }
                element
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks().iter().flatten()
    }

    pub(crate) fn into_elements(self) -> impl Iterator<Item = T> {
        let (one, many) = match self {
            Self::One(elements) => (elements, Vec::new()),
            Self::Many(chunks) => (Vec::new(), chunks.chunks),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Verifies the structure, for tests.
    pub(crate) fn check(&self) -> Result<(), String> {
        let len: usize = self.chunks().iter().map(Vec::len).sum();
        if len != self.len() {
            return Err("the chunks and the number of elements differ".to_owned());
        }
        if let Self::Many(chunks) = self
            && chunks.chunks.len() * Self::CHUNK - len >= 2 * Self::CHUNK
        {
            return Err(format!("{} chunks for {len}", chunks.chunks.len()));
        }
        Ok(())
    }

    fn chunks(&self) -> &[Vec<T>] {
        match self {
            Self::One(elements) => std::slice::from_ref(elements),
            Self::Many(chunks) => &chunks.chunks,
        }
    }
}

impl<T> Chunks<T> {
    /// How long a chunk is.
    const CHUNK: usize = block_len(size_of::<T>());

    #[inline]
    pub(crate) fn slices(&self) -> &[Vec<T>] {
        &self.chunks
    }

    #[inline]
    pub(crate) fn slices_mut(&mut self) -> &mut [Vec<T>] {
        &mut self.chunks
    }

    fn push(&mut self, element: T) {
        let chunk = self.len / Self::CHUNK;
        if chunk == self.chunks.len() {
            self.chunks.push(Vec::with_capacity(Self::CHUNK));
        }
        self.chunks[chunk].push(element);
        self.len += 1;
    }

    fn swap_remove(&mut self, place: usize) -> T {
        self.len -= 1;
        let last = self.chunks[self.len / Self::CHUNK].swap_remove(self.len % Self::CHUNK);
        match self.chunks.at_mut(place) {
            Some(element) => std::mem::replace(element, last),
            None => last,
        }
    }

    /// Frees a chunk if more than that is unused. Returns the last chunk if there is no other.
    fn shrink(&mut self) -> Option<Vec<T>> {
        if self.chunks.len() * Self::CHUNK - self.len < Self::CHUNK + Self::CHUNK / 2 {
            return None;
        }
        self.chunks.pop();
        if self.chunks.len() > 1 {
            shrink(&mut self.chunks);
            return None;
        }
        self.chunks.pop()
    }
}

impl<T> Places<T> for [T] {
    #[inline]
    fn at(&self, place: usize) -> Option<&T> {
        self.get(place)
    }

    #[inline]
    fn at_mut(&mut self, place: usize) -> Option<&mut T> {
        self.get_mut(place)
    }
}

impl<T> Places<T> for [Vec<T>] {
    #[inline]
    fn at(&self, place: usize) -> Option<&T> {
        let chunk = self.get(place / Chunks::<T>::CHUNK)?;
        chunk.get(place % Chunks::<T>::CHUNK)
    }

    #[inline]
    fn at_mut(&mut self, place: usize) -> Option<&mut T> {
        let chunk = self.get_mut(place / Chunks::<T>::CHUNK)?;
        chunk.get_mut(place % Chunks::<T>::CHUNK)
    }
}

impl<T> Index<usize> for ChunkedVec<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: usize) -> &T {
        match self {
            Self::One(elements) => &elements[place],
            Self::Many(chunks) => &chunks.chunks[place / Self::CHUNK][place % Self::CHUNK],
        }
    }
}

impl<T> IndexMut<usize> for ChunkedVec<T> {
    #[inline]
    fn index_mut(&mut self, place: usize) -> &mut T {
        match self {
            Self::One(elements) => &mut elements[place],
            Self::Many(chunks) => &mut chunks.chunks[place / Self::CHUNK][place % Self::CHUNK],
        }
    }
}

/// Gives memory back if three quarters are unused.
fn shrink<T>(elements: &mut Vec<T>) {
    let len = elements.len();
    if len == 0 || elements.capacity() > 16 && len < elements.capacity() / 4 {
        elements.shrink_to(len * 2);
    }
}

/// Returns how many elements of a size are allocated together: 1024, fewer if they are large, always a power of two.
pub(crate) const fn block_len(size: usize) -> usize {
    const ABOUT: usize = 64 * 1024;
    if cfg!(test) {
        return 32;
    }
    match ABOUT.checked_div(size) {
        None | Some(1024..) => 1024,
        Some(fitting @ 128..) => 1 << fitting.ilog2(),
        _ => 128,
    }
}

#[cfg(test)]
mod tests;
