//! Methods that do not say what `self` is to the key.

use cubbyhole_macros::cached;

struct Repository;

impl Repository {
    #[cached]
    fn borrowed(&self, id: u32) -> u32 {
        id
    }

    #[cached(max_size = 5)]
    async fn owned(self, id: u32) -> u32 {
        id
    }

    #[cached(skip(self))]
    fn changed(&mut self, id: u32) -> u32 {
        id
    }

    #[cached]
    fn returned(id: u32) -> Result<Self, String> {
        Err(id.to_string())
    }
}

fn main() {}
