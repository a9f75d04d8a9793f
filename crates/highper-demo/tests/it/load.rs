//! Many requests at once, from the load generators that others use.

use std::process::Command;

use crate::command::run;
use crate::demo::Demo;

#[test]
fn h2load_gets_every_answer_over_http_2() {
    h2load(&["-m", "10"]);
}

#[test]
fn h2load_gets_every_answer_over_http_1() {
    h2load(&["--h1", "-m", "10"]);
}

fn h2load(arguments: &[&str]) {
    let demo = Demo::start();
    for target in ["/api/books/1", "/downloads/catalogue.csv"] {
        let mut command = Command::new("h2load");
        command.args(["-n", "2000", "-c", "20"]).args(arguments).arg(demo.url(target));
        let output = run(&mut command, b"");
        let said = output.text();
        assert_eq!(output.code, Some(0), "{said}{}", output.stderr);
        let expected = "2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored";
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("status codes: 2000 2xx"), "{said}");
    }
}

#[test]
fn wrk_sees_no_error() {
    let demo = Demo::start();
    let mut command = Command::new("wrk");
    command.args(["-d", "1s", "-c", "32", "-t", "1"]).arg(demo.url("/api/books/1"));
    let output = run(&mut command, b"");
    let said = output.text();
    assert_eq!(output.code, Some(0), "{said}{}", output.stderr);
    assert!(said.contains("requests in 1."), "{said}");
    assert!(!said.contains(" 0 requests in"), "{said}");
    // Both lines are there only when there is something to tell.
    assert!(!said.contains("Socket errors"), "{said}");
    assert!(!said.contains("Non-2xx"), "{said}");
}
