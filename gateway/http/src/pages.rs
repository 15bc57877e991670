//! The signing pages: the one door for people without a certificate, on a listener of its own that serves nothing else.
//!
//! The secret in a link is all that opens a form. So no path of this door is logged, no page names its client or leads
//! anywhere else, nothing stays in the browser, and whatever is wrong with a link, the answer is the same.

mod filled;
mod html;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use consent::Language;
use gateway_exchange::Gateway;
use gateway_exchange::consents::{LinkSecret, NoPage, Opened, Signing, ToSign};
use tower_http::catch_panic::CatchPanicLayer;

use self::filled::{Fault, Filled};
use crate::extract::read_bytes;
use crate::state::Doors;

/// The largest form sent back, in bytes: a drawing, percent-encoded, and a few names.
const MOST_SENT: usize = 256 << 10;
/// What is read of a larger one, so that a browser that is still sending hears why instead of a broken connection.
const MOST_READ: usize = 512 << 10;
const STYLE: &str = include_str!("pages/page.css");
const SCRIPT: &str = include_str!("pages/page.js");
/// No page needs more than what stands in it, our own style and our own script.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("x-robots-tag"),
        "noindex, nofollow, noarchive",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Where the pages are, seen from outside.
#[derive(Clone, Debug)]
pub struct Pages {
    origin: String,
    leave_to: String,
}

/// Not what is wanted of the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// The origin.
    #[error("`address`: `https://` and a host, with a port if need be, are wanted, and nothing after them")]
    Origin,
    /// Where the way out leads.
    #[error("`leave_to`: an `https://` address without quotes or blanks is wanted")]
    LeaveTo,
}

impl Pages {
    /// The pages at `origin`, such as `https://sign.county.example`; whoever has to leave one fast is led to `leave_to`.
    ///
    /// # Errors
    /// [`NotAnAddress`].
    pub fn new(origin: &str, leave_to: &str) -> Result<Self, NotAnAddress> {
        let host = origin.strip_prefix("https://").ok_or(NotAnAddress::Origin)?;
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "-.:[]".contains(sign);
        if host.is_empty() || !host.chars().all(plain) || host.chars().any(|sign| sign.is_ascii_uppercase()) {
            return Err(NotAnAddress::Origin);
        }
        let fits = |sign: char| sign.is_ascii_graphic() && !"\"'<>\\`".contains(sign);
        let known = leave_to
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty());
        if !known || !leave_to.chars().all(fits) {
            return Err(NotAnAddress::LeaveTo);
        }
        Ok(Self {
            origin: origin.to_owned(),
            leave_to: leave_to.to_owned(),
        })
    }

    pub(crate) fn link(&self, secret: &LinkSecret) -> String {
        format!("{}/sign/{}", self.origin, secret.reveal())
    }
}

/// What the handlers of this door share.
#[derive(Clone)]
struct PageDoor {
    doors: Doors,
    pages: Arc<Pages>,
}

impl PageDoor {
    fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.doors.gateway)
    }
}

/// The signing pages, and nothing else.
pub fn router(doors: Doors, pages: Pages) -> Router {
    let door = PageDoor {
        doors,
        pages: Arc::new(pages),
    };
    Router::new()
        .route(
            "/page.css",
            axum::routing::get(async || asset("text/css; charset=utf-8", STYLE)),
        )
        .route(
            "/page.js",
            axum::routing::get(async || asset("text/javascript; charset=utf-8", SCRIPT)),
        )
        // By hand, since what a router says of a path that does not fit can be logged.
        .fallback(answer)
        .layer(middleware::from_fn(guard))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a signing page panicked");
            protected(html::later(StatusCode::INTERNAL_SERVER_ERROR))
        }))
        .with_state(door)
}

fn asset(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}

/// Adds what keeps a page to itself, and one line of log: that something was asked and how it ended, never what.
async fn guard(request: Request, next: Next) -> Response {
    let (method, begun) = (request.method().clone(), Instant::now());
    let response = protected(next.run(request).await);
    tracing::info!(
        %method,
        route = "signing page",
        status = response.status().as_u16(),
        micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

fn protected(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What somebody does at a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Look,
    Review,
    Back,
    Yes,
    Done,
}

/// What a request means: at which link, what. `None`: nothing of ours.
fn meant<'a>(method: &Method, uri: &'a Uri) -> Option<(&'a str, Act)> {
    let mut parts = uri.path().strip_prefix("/sign/")?.splitn(2, '/');
    let secret = parts.next()?;
    let act = match (method, parts.next()) {
        (&Method::GET | &Method::HEAD, None) => Act::Look,
        (&Method::POST, Some("review")) => Act::Review,
        (&Method::POST, Some("back")) => Act::Back,
        (&Method::POST, Some("yes")) => Act::Yes,
        (&Method::POST, Some("done")) => Act::Done,
        _ => return None,
    };
    Some((secret, act))
}

async fn answer(State(door): State<PageDoor>, request: Request) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    // What means nothing is looked up too, so that it takes as long.
    let (secret, act) = meant(&method, &uri).unwrap_or(("", Act::Look));
    let page = match act {
        Act::Look => look(&door, secret, &uri).await,
        _ if !is_from_our_page(&door.pages, request.headers()) => Err(NoPage::Gone),
        act => sent(&door, secret, act, request).await,
    };
    page.unwrap_or_else(|fault| match fault {
        NoPage::Gone => html::gone(),
        NoPage::Unavailable => html::later(StatusCode::SERVICE_UNAVAILABLE),
    })
}

/// Whether a browser says that what is sent comes from a page of ours. With `no-referrer` its `Origin` is `null`; whether
/// it is the same site, `Sec-Fetch-Site` tells. One that says neither is let pass: the secret is what opens.
fn is_from_our_page(pages: &Pages, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = matches!(said("origin"), None | Some("null")) || said("origin") == Some(&pages.origin);
    let site = matches!(said("sec-fetch-site"), None | Some("same-origin"));
    origin && site
}

/// The page of a link: the form, or the copy of it once it is signed.
async fn look(door: &PageDoor, secret: &str, uri: &Uri) -> Result<Response, NoPage> {
    Ok(match door.gateway().open_signing_link(secret).await? {
        Opened::Signed(copy) => html::copy(&door.pages, secret, &copy),
        Opened::ToSign(form) => {
            let wanted = uri.query().and_then(|query| query.strip_prefix("language="));
            let language = wanted.and_then(Language::from_tag).unwrap_or(form.language());
            html::form(&door.pages, secret, &form, &Filled::empty(language), &[])
        }
    })
}

async fn sent(door: &PageDoor, secret: &str, act: Act, request: Request) -> Result<Response, NoPage> {
    let gateway = door.gateway();
    if act == Act::Done {
        gateway.close_copy(secret).await?;
        return Ok(html::gone());
    }
    let form = match gateway.open_signing_link(secret).await? {
        // Sent twice, or in a second window: here is what was signed.
        Opened::Signed(_) => return Ok(to_the_page(secret)),
        Opened::ToSign(form) => form,
    };
    let patience = door.doors.limits.patience.min(Duration::from_secs(30));
    let read = read_bytes(request, MOST_READ, patience).await;
    let Some(bytes) = read.ok().filter(|bytes| bytes.len() <= MOST_SENT) else {
        let nothing = Filled::empty(form.language());
        return Ok(html::form(
            &door.pages,
            secret,
            &form,
            &nothing,
            &[Fault::Drawing],
        ));
    };
    let filled = Filled::read(&bytes, form.language());
    let signing = match (act, filled.signing(&form)) {
        (Act::Back, _) => return Ok(html::form(&door.pages, secret, &form, &filled, &[])),
        (_, Err(faults)) => return Ok(html::form(&door.pages, secret, &form, &filled, &faults)),
        (_, Ok(signing)) => signing,
    };
    if act == Act::Review {
        return Ok(html::review(&door.pages, secret, &form, &filled, &signing));
    }
    sign(door, secret, &form, signing).await
}

async fn sign(door: &PageDoor, secret: &str, form: &ToSign, signing: Signing) -> Result<Response, NoPage> {
    if signing.shown != form.digest() {
        return Err(NoPage::Gone);
    }
    let (gateway, owned) = (door.gateway(), secret.to_owned());
    door.doors
        .to_the_end(async move { gateway.sign_by_link(&owned, &signing).await })
        .await
        .map_err(|_| NoPage::Unavailable)??;
    Ok(to_the_page(secret))
}

fn to_the_page(secret: &str) -> Response {
    // Of what is in the path nothing but a secret of ours is repeated.
    if secret.bytes().all(|byte| byte.is_ascii_hexdigit())
        && let Ok(place) = HeaderValue::from_str(&format!("/sign/{secret}"))
    {
        (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
    } else {
        html::gone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_whole_and_plain() {
        let out = "https://weather.example/today";
        for origin in [
            "https://sign.county.example",
            "https://10.0.0.1:8444",
            "https://[::1]:8444",
        ] {
            assert!(Pages::new(origin, out).is_ok(), "{origin}");
        }
        for origin in [
            "http://sign.example",
            "https://",
            "https://Sign.example",
            "https://a/b",
            "https://a\"b",
        ] {
            assert_eq!(
                Pages::new(origin, out).unwrap_err(),
                NotAnAddress::Origin,
                "{origin}"
            );
        }
        for out in [
            "http://weather.example",
            "https://",
            "javascript:alert(1)",
            "https://a\"onclick=",
            "https://a b",
        ] {
            let outcome = Pages::new("https://a.example", out);
            assert_eq!(outcome.unwrap_err(), NotAnAddress::LeaveTo, "{out}");
        }
    }

    #[test]
    fn only_what_our_page_sends_is_taken() {
        let pages = Pages::new("https://sign.example", "https://weather.example").unwrap();
        for (origin, site, taken) in [
            (None, None, true),
            (Some("https://sign.example"), Some("same-origin"), true),
            (Some("null"), Some("same-origin"), true),
            (Some("https://evil.example"), None, false),
            (Some("http://sign.example"), Some("same-origin"), false),
            (Some("null"), Some("cross-site"), false),
            (None, Some("same-site"), false),
            (None, Some("none"), false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(is_from_our_page(&pages, &headers), taken, "{origin:?} {site:?}");
        }
    }

    #[test]
    fn a_look_is_a_get_and_everything_else_a_post() {
        let meant = |method: &Method, path: &str| {
            meant(method, &path.parse::<Uri>().unwrap()).map(|(secret, act)| (secret.to_owned(), act))
        };
        assert!(meant(&Method::GET, "/sign/ab") == Some(("ab".into(), Act::Look)));
        assert!(meant(&Method::POST, "/sign/ab/yes") == Some(("ab".into(), Act::Yes)));
        for (method, path) in [
            (Method::GET, "/sign/ab/yes"),
            (Method::GET, "/sign/ab/"),
            (Method::POST, "/sign/ab"),
            (Method::PUT, "/sign/ab/yes"),
            (Method::GET, "/v1/consents"),
            (Method::GET, "/"),
        ] {
            assert!(meant(&method, path).is_none(), "{method} {path}");
        }
    }
}
