//! The pages as HTML: whatever people wrote is escaped by the templates.

mod card;
mod controls;
mod dashboard;
mod document;
mod message;
mod sign_in;

pub(crate) use self::card::{CardView, provenance_line, table};
pub(crate) use self::controls::{hidden_fields, option, select_measure, select_year};
pub(crate) use self::dashboard::{DashboardView, dashboard};
pub(crate) use self::document::{Document, STYLE};
pub(crate) use self::message::message;
pub(crate) use self::sign_in::sign_in;
