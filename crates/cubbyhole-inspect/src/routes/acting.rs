//! Actions: who may, whether they mean it, and what they want.

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;

use super::{Inspected, json};
use crate::actions::Action;
use crate::csrf::{TOKEN, Visitor};
use crate::inspector::Acting;
use crate::origin;
use crate::problem::Problem;

/// Whether a visitor may act, and what they need for it.
#[derive(Serialize)]
struct Session {
    may_act: bool,
    /// Whether the application says what to show in place of a value.
    may_look: bool,
    token: Option<String>,
}

/// Begins a session: says whether the visitor may act, and hands out a token.
pub(super) async fn session(
    State(inspected): State<Inspected>,
    request: Request,
) -> Result<Response, Problem> {
    let acting = acting(&inspected)?;
    let (parts, _) = request.into_parts();
    if !origin::is_own(&parts, &acting.origins) {
        return Err(Problem::forbidden(ELSEWHERE));
    }
    if !acting.guard.allows(&parts) {
        let session = Session {
            may_act: false,
            may_look: false,
            token: None,
        };
        return Ok(json(&session));
    }
    let may_look = inspected.watch.view().redaction.is_there();
    welcome(acting, &parts, may_look)
        .ok_or_else(|| Problem::internal("there are no random numbers here"))
}

/// Returns a token for a visitor, who is made one if they were none.
fn welcome(acting: &Acting, request: &Parts, may_look: bool) -> Option<Response> {
    let known = Visitor::of(&request.headers);
    let visitor = known.clone().or_else(Visitor::new)?;
    let mut response = json(&Session {
        may_act: true,
        may_look,
        token: Some(acting.tokens.issue(&visitor)?),
    });
    if known.is_none() {
        response.headers_mut().insert(SET_COOKIE, visitor.cookie()?);
    }
    Some(response)
}

/// Does what somebody wants done, if the page asked for it and they may.
pub(super) async fn act(
    State(inspected): State<Inspected>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let acting = acting(&inspected)?;
    let (parts, body) = request.into_parts();
    check(acting, &parts)?;
    let body = Bytes::from_request(Request::from_parts(parts, body), &()).await;
    let body = body.map_err(|_why| Problem::unusable("the body is too long, or did not come"))?;
    let action = Action::read(&name, &body)?;
    let done = action.perform(inspected.watch.view()).await?;
    Ok(json(&done))
}

fn acting(inspected: &Inspected) -> Result<&Acting, Problem> {
    let acting = inspected.acting.as_deref();
    acting.ok_or_else(|| Problem::missing("there are no actions"))
}

/// Checks that a request was made by the page, in the name of somebody who may. The guard comes last: what it has
/// allowed happens.
fn check(acting: &Acting, request: &Parts) -> Result<(), Problem> {
    if !origin::is_own(request, &acting.origins) {
        return Err(Problem::forbidden(ELSEWHERE));
    }
    if !has_token(acting, request) {
        return Err(Problem::forbidden(
            "the token is missing, old or not yours: ask api/session for one, and send it with its cookie",
        ));
    }
    let media_type = request.headers.get(CONTENT_TYPE);
    if media_type.is_none_or(|media_type| media_type != "application/json") {
        return Err(Problem::of_media_type("the body must be application/json"));
    }
    if acting.guard.allows(request) {
        Ok(())
    } else {
        Err(Problem::forbidden("you may not act here"))
    }
}

fn has_token(acting: &Acting, request: &Parts) -> bool {
    let mut tokens = request.headers.get_all(TOKEN).iter();
    let token = tokens.next().filter(|_| tokens.next().is_none());
    let token = token.and_then(|token| token.to_str().ok());
    let visitor = Visitor::of(&request.headers);
    visitor
        .zip(token)
        .is_some_and(|(visitor, token)| acting.tokens.accepts(&visitor, token))
}

const ELSEWHERE: &str = "the request was made by a page of another origin; if that is this one behind a proxy, name it \
                         with Inspector::origin";
