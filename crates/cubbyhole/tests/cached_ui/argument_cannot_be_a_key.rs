//! An argument that has no serialized form, and one that cannot be made owned.

use cubbyhole::{CacheError, cached};

#[derive(Clone)]
pub struct Client;

pub struct Connection;

#[cached]
pub fn unspeakable(client: &Client, n: u32) -> Result<u32, CacheError> {
    let _ = client;
    Ok(n)
}

#[cached(skip(connection))]
pub async fn not_cloned(connection: &Connection, n: u32) -> Result<u32, CacheError> {
    let _ = connection;
    Ok(n)
}

fn main() {}
