//! Who is there: names, sessions and what each person likes.

mod leavers;
mod name;
mod sessions;
mod tastes;
mod token;

pub(crate) use self::leavers::Leavers;
pub(crate) use self::name::UserName;
pub(crate) use self::sessions::{Identity, SessionId, Sessions};
pub(crate) use self::tastes::{Tastes, TooManyTastes};
pub(crate) use self::token::Token;
