//! No secret is in any answer, whatever goes wrong and whoever asks.

use highper_core::http::{HeaderName, HeaderValue};
use highper_core::{Error, Request};
use highper_mvc::{DebugRenderer, Mask};
use proptest::prelude::*;

use crate::{BROWSER, render};

/// Part of every planted secret.
const CANARY: &str = "canary7f3e";

/// As a deployment would have them: in the environment, the configuration and addresses.
fn renderer() -> DebugRenderer {
    DebugRenderer::new()
        // The planted secrets stand in the source of this test.
        .frame_filter(|frame| !frame.is_application)
        .mask(Mask::new().hide("*iban*"))
        .secret("canary7f3e-told")
        .trace_for_machines(true)
        .static_table(
            "Environment",
            [
                ("APP_KEY", "base64:canary7f3e-key="),
                ("DATABASE_URL", "postgres://app:canary7f3e-db@localhost/shop"),
                ("REDIS_URL", "redis://:canary7f3e-redis@localhost/0"),
                ("MY_IBAN", "canary7f3e-iban"),
                ("HOME", "/home/ada"),
            ],
        )
        .static_table("Configuration", [("mail.password", "canary7f3e-mail"), ("mail.host", "mx")])
}

/// Texts in which a secret turns up, as drivers and careless code write them.
const LEAKS: [&str; 10] = [
    "cannot connect to postgres://app:canary7f3e-db@localhost/shop",
    "pool timed out (redis://:canary7f3e-redis@localhost/0)",
    "login of app with canary7f3e-db failed",
    "bad key base64:canary7f3e-key=",
    "Config { password: \"canary7f3e-unknown\" }",
    "host=db password=canary7f3e-other user=app",
    "no rows for canary7f3e-iban and canary7f3e-told",
    "got {\"access_token\":\"canary7f3e-json\"}",
    "smtp says: canary7f3e-mail",
    "unauthorised: canary7f3e-bearer, canary7f3e-cookie, canary7f3e-query, canary7f3e-form",
];

fn request(name: &'static str, query: &str) -> Request {
    let uri = format!("/x?{query}&api_key=canary7f3e-query").parse().unwrap();
    let mut request = Request::new(highper_core::http::Method::POST, uri)
        .with_header("authorization", "Bearer canary7f3e-bearer")
        .with_header("cookie", "a=b; sid=canary7f3e-cookie")
        .with_header("referer", "http://localhost/?token=canary7f3e-referer")
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_body("user=ada&password=canary7f3e-form");
    request
        .headers_mut()
        .insert(HeaderName::from_static(name), HeaderValue::from_static("canary7f3e-header"));
    request
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Five answers of each case: 10,000.
    #[test]
    fn no_planted_secret_is_in_any_answer(
        leaks in proptest::collection::vec(0..LEAKS.len(), 0..4),
        words in "[a-z<>\"'&=: ]{0,20}",
        query in "[a-z=&+]{0,12}",
        header in prop_oneof![Just("x-api-key"), Just("x-csrf-token"), Just("set-cookie"), Just("x-my-secret")],
        is_public in any::<bool>(),
    ) {
        let leaked: Vec<_> = leaks.into_iter().map(|index| LEAKS[index]).collect();
        let text = format!("{words} {}", leaked.join(&format!(" {words} ")));
        let error = if is_public { Error::bad_request(text) } else { Error::internal(text) };
        let (renderer, request) = (renderer(), request(header, &query));
        for accept in [BROWSER, "application/json", "application/xml", "application/msgpack", "text/plain"] {
            let (_, body) = render(&renderer, &error, accept, Some(&request));
            let body = String::from_utf8_lossy(&body);
            let at = body.find(CANARY).map(|at| &body[at.saturating_sub(80)..(at + 80).min(body.len())]);
            prop_assert_eq!(at, None, "{}", accept);
        }
    }
}

#[test]
fn what_is_no_secret_is_told() {
    let (_, body) =
        render(&renderer(), &Error::internal("x"), BROWSER, Some(&request("x-a-key", "page=2")));
    let body = String::from_utf8(body).unwrap();
    for told in
        ["/home/ada", "<td>mx</td>", "********@localhost/shop", "<th scope=row>page</th><td>2</td>"]
    {
        assert!(body.contains(told), "{told}");
    }
}
