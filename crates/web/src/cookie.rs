//! The cookie that stands for the token in a browser.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

use crate::{Token, TokenError};

/// A cookie of this run of the server: no script reads it, and no page from elsewhere sends it.
pub(crate) struct SessionCookie {
    name: String,
    value: Token,
}

impl SessionCookie {
    /// One that nobody knows yet. Cookies do not tell ports apart, so its name does: two catalogs may be served.
    pub(crate) fn new(port: u16) -> Result<Self, TokenError> {
        Ok(Self { name: format!("resight_{port}"), value: Token::random()? })
    }

    /// How it is given.
    pub(crate) fn set(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.name, self.value.reveal())
    }

    /// How it is taken away.
    pub(crate) fn unset(&self) -> String {
        format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", self.name)
    }

    /// Whether a request brings it.
    pub(crate) fn is_in(&self, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.name && self.value.is(value))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_is_of_this_run() {
        let (cookie, other) = (SessionCookie::new(8157).unwrap(), SessionCookie::new(8157).unwrap());
        let bring = |text: String| HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&text).unwrap())]);
        let pair = |of: &SessionCookie| of.set().split(';').next().unwrap().to_owned();
        assert!(cookie.is_in(&bring(format!("theme=dark; {}", pair(&cookie)))));
        assert!(!cookie.is_in(&bring(pair(&other))) && !cookie.is_in(&HeaderMap::new()));
        assert!(!SessionCookie::new(80).unwrap().is_in(&bring(pair(&cookie))));
    }
}
