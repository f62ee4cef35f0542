//! A value is handed to everybody who asks, on any thread.

use std::rc::Rc;

use cubbyhole::{CacheError, cached};

pub struct Unique;

#[cached]
pub async fn unique(n: u32) -> Result<Unique, CacheError> {
    drop(n);
    Ok(Unique)
}

#[cached]
pub fn local(n: u32) -> Rc<u32> {
    Rc::new(n)
}

fn main() {}
