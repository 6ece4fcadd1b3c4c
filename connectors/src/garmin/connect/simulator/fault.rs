//! Every way in which Garmin fails.

use serde_json::json;

use super::Call;
use super::door::Given;

/// How the simulator behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As it should.
    Normal,
    /// The access token is refused.
    TokenRefused,
    /// The access token is refused as "not active", though it was just made.
    TokenInactive,
    /// The refresh token is dead.
    RefreshDead,
    /// A page of the bot protection, with 403.
    Challenge,
    /// A page with 200 where JSON belongs.
    PageInsteadOfData,
    /// The bot protection's ban of an address for too many calls.
    RateBan,
    /// Refused, in JSON.
    Forbidden,
    /// Not there.
    NotFound,
    /// 204.
    Empty,
    /// 429, with or without a time to wait in seconds.
    TooMany(Option<u32>),
    /// 503.
    Broken,
    /// JSON that is cut off in its middle, with 200.
    CutOff,
    /// A valid document of another shape.
    OtherShape,
    /// A redirect to the sign-in.
    Redirect,
    /// The sign-in: a captcha is wanted.
    Captcha,
    /// The sign-in: the account is locked.
    AccountLocked,
    /// The sign-in: 427, this kind of client is blocked.
    ClientBlocked,
    /// The sign-in: a refusal inside an answer of 200.
    RefusedInside,
}

impl Mode {
    /// Whether such a failure is one of that kind of call.
    const fn concerns(self, call: Call) -> bool {
        let signs_in = matches!(call, Call::Page | Call::SignIn | Call::Code);
        let tokens = matches!(call, Call::Ticket | Call::Refresh);
        match self {
            Self::Normal => false,
            Self::TokenRefused | Self::TokenInactive => !signs_in && !tokens,
            Self::RefreshDead => matches!(call, Call::Refresh),
            Self::Captcha | Self::AccountLocked | Self::ClientBlocked | Self::RefusedInside => {
                matches!(call, Call::SignIn)
            }
            Self::NotFound | Self::Empty | Self::OtherShape => !signs_in && !tokens,
            _ => true,
        }
    }

    /// What it answers in place of an answer; `None` where the call goes on. A cut answer is cut later.
    pub(super) fn instead(self, call: Call) -> Option<Given> {
        if !self.concerns(call) {
            return None;
        }
        let status = |kind: &str| {
            let word = json!({ "serviceURL": null, "serviceTicketId": null, "responseStatus": { "type": kind, "message": "" } });
            Given::json(200, &word)
        };
        Some(match self {
            Self::Normal | Self::CutOff => return None,
            Self::TokenRefused => {
                Given::json(401, &json!({ "message": "HTTP 401 Unauthorized", "error": "NotAuthorizedException" }))
            }
            Self::TokenInactive => Given::json(401, &json!({ "error": "invalid_token" }))
                .with("www-authenticate", "Bearer error=\"invalid_token\", error_description=\"Token is not active\""),
            Self::RefreshDead => invalid_grant(),
            Self::Challenge => {
                Given::page(403, "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>")
            }
            Self::PageInsteadOfData => {
                Given::page(200, "<!DOCTYPE html><html><head><title>Garmin Connect</title></head></html>")
            }
            Self::RateBan => Given::page(
                403,
                "<html><head><title>Access denied | Cloudflare</title></head><body>error code: 1015</body></html>",
            ),
            Self::Forbidden => {
                Given::json(403, &json!({ "message": "HTTP 403 Forbidden", "error": "ForbiddenException" }))
            }
            Self::NotFound => not_found(),
            Self::Empty => Given::empty(204),
            Self::TooMany(wait) => {
                let given = Given::json(429, &json!({ "message": "HTTP 429 Too Many Requests" }));
                match wait {
                    Some(seconds) => given.with("retry-after", seconds.to_string()),
                    None => given,
                }
            }
            Self::Broken => Given::json(503, &json!({ "message": "HTTP 503 Service Unavailable" })),
            Self::OtherShape => Given::json(200, &json!({ "surprise": true })),
            Self::Redirect => Given::empty(302).with("location", "/sso/signin"),
            Self::Captcha => status("CAPTCHA_REQUIRED"),
            Self::AccountLocked => status("ACCOUNT_LOCKED"),
            Self::ClientBlocked => Given::empty(427),
            Self::RefusedInside => Given::json(200, &json!({ "error": { "status-code": "429", "message": "" } })),
        })
    }
}

/// A refresh token or a ticket that is used up.
pub fn invalid_grant() -> Given {
    Given::json(400, &json!({ "error": "invalid_grant", "error_description": "Invalid refresh token" }))
}

/// Not there.
pub fn not_found() -> Given {
    Given::json(404, &json!({ "message": "HTTP 404 Not Found", "error": "NotFoundException" }))
}
