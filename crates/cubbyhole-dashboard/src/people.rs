//! Who is there: names, sessions, roles and what each person likes.

mod digest;
mod fleet;
mod known;
mod leavers;
mod name;
mod role;
mod sessions;
mod settings;
mod token;

pub(crate) use self::fleet::{Fleet, REMEMBERED};
pub(crate) use self::known::{ChangeError, Found, People};
pub(crate) use self::leavers::Leavers;
pub(crate) use self::name::UserName;
pub(crate) use self::role::{Role, UnknownRole};
pub(crate) use self::sessions::{Identity, SessionId, Sessions, TooManySessions};
pub(crate) use self::settings::{Roles, Tastes, TooManySettings};
pub(crate) use self::token::{Token, draw};
