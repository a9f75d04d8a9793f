//! Orders from this shop's own pages alone, against forms on other sites.

use highper::prelude::*;

/// Refuses what changes something and comes from a page of another site (cross-site request forgery). Browsers
/// tell where a request comes from; programs that are none say nothing, and have no cookies to be abused.
pub(crate) struct SameOrigin;

impl Middleware for SameOrigin {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        if request.method().is_safe() || is_own(&request) {
            return next.call(request).await;
        }
        Error::forbidden("this comes from a page of another site: use the page of the shop")
            .with_code("cross_origin")
            .into_response()
    }
}

/// Browsers leave `Sec-Fetch-Site` out where a page came without TLS, but for that of this machine.
fn is_own(request: &Request) -> bool {
    match (request.header("sec-fetch-site"), request.header("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin.to_str().is_ok_and(|origin| has_host(origin, request)),
        (None, None) => true,
    }
}

/// Neither has a port where it is that of the scheme.
fn has_host(origin: &str, request: &Request) -> bool {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.zip(request.authority()).is_some_and(|(host, own)| host.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(site: Option<&'static str>, origin: Option<&'static str>) -> bool {
        let mut request = Request::post("/live/orders", "").with_header("host", "shop.example:81");
        for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
            if let Some(value) = value {
                request = request.with_header(name, value);
            }
        }
        is_own(&request)
    }

    #[test]
    fn own_pages_and_programs_may_order() {
        assert!(order(None, None));
        assert!(order(Some("same-origin"), Some("http://shop.example:81")));
        assert!(order(Some("none"), None));
        assert!(order(None, Some("http://shop.example:81")));
        assert!(order(None, Some("https://SHOP.example:81")));
    }

    #[test]
    fn pages_of_other_sites_may_not() {
        for site in ["cross-site", "same-site", ""] {
            assert!(!order(Some(site), None), "{site}");
            assert!(!order(Some(site), Some("http://shop.example:81")), "{site}");
        }
        for origin in
            ["null", "", "http://shop.example", "http://evil.example:81", "shop.example:81"]
        {
            assert!(!order(None, Some(origin)), "{origin}");
        }
    }
}
