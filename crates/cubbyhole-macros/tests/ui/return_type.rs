//! Return types that cannot be kept.

use std::borrow::Cow;

use cubbyhole_macros::cached;

#[cached]
fn nothing(n: u32) {
    drop(n);
}

#[cached]
fn generic<T: Clone>(value: T) -> Result<Vec<T>, String> {
    Ok(vec![value])
}

#[cached]
fn opaque(n: u32) -> impl Clone {
    n
}

#[cached]
fn borrowed(text: &str) -> &str {
    text
}

#[cached]
async fn perhaps_borrowed(text: &str) -> Result<Cow<'_, str>, String> {
    Ok(Cow::Borrowed(text))
}

fn main() {}
