//! The live page in two windows of Chromium.

use serde_json::Value;

use crate::browser::{Browser, Window};
use crate::demo::Demo;
use crate::service::{Service, until};

/// How a script sees the page.
fn is_live(how: &str) -> String {
    format!("document.getElementById('state')?.textContent === 'Live by {how}'")
}

fn left(book: u32, text: &str) -> String {
    format!("document.querySelector('[data-book=\"{book}\"] .left').textContent === '{text}'")
}

fn has_people(text: &str) -> String {
    format!("document.getElementById('people').textContent === '{text} at this page'")
}

/// Types a name and clicks on a book's button.
fn order(browser: &mut Browser, window: &Window, customer: &str, book: u32) {
    let click = format!(
        "document.querySelector('[name=customer]').value = {}; \
         document.querySelector('[name=book][value=\"{book}\"]').click()",
        Value::from(customer)
    );
    browser.ask(window, &click);
}

const FIRST_ORDER: &str = "document.querySelector('#orders li:first-child')?.innerText ?? ''";

#[test]
fn an_order_in_one_window_is_seen_in_the_other() {
    let mut browser = Browser::start();
    for (query, how) in [("", "WebSocket"), ("?sse", "server-sent events")] {
        let demo = Demo::start();
        let url = demo.url(&format!("/live{query}"));
        let (one, other) = (browser.open(&url), browser.open(&url));
        for window in [&one, &other] {
            browser.wait(window, &is_live(how));
            browser.wait(window, &has_people("2 people look"));
        }
        order(&mut browser, &one, "<img src=x onerror=alert(1)>", 2);
        for window in [&other, &one] {
            browser.wait(window, &left(2, "19 left"));
            let text = "'<img src=x onerror=alert(1)> ordered Solaris'";
            browser.wait(window, &format!("({FIRST_ORDER}).startsWith({text})"));
        }
        assert_eq!(browser.ask(&other, "document.images.length"), 0);
        assert_eq!(browser.ask(&one, "document.getElementById('problem').textContent"), "");
        assert_eq!(browser.complaints(), [Value::Null; 0]);
        browser.close(one);
        browser.wait(&other, &has_people("Only you look"));
        browser.close(other);
    }
}

#[test]
fn where_no_websocket_opens_the_page_is_told_by_events() {
    let (demo, mut browser) = (Demo::start(), Browser::start());
    let no_websocket = "window.WebSocket = class { \
                        constructor() { setTimeout(() => this.onclose({ code: 1006 })); } }";
    let window = browser.open_after(no_websocket, &demo.url("/live"));
    browser.wait(&window, &is_live("server-sent events"));
    order(&mut browser, &window, "Ada", 4);
    browser.wait(&window, &left(4, "19 left"));
    assert_eq!(browser.complaints(), [Value::Null; 0]);
}

#[test]
fn no_script_runs_but_that_of_the_shop() {
    let (demo, mut browser) = (Demo::start(), Browser::start());
    let window = browser.open(&demo.url("/live"));
    browser.wait(&window, &is_live("WebSocket"));
    let attack = "document.body.append(Object.assign(document.createElement('script'), \
                  {textContent: 'window.hasRun = true'}))";
    browser.ask(&window, attack);
    assert_eq!(browser.ask(&window, "window.hasRun === undefined"), true);
    until("the policy is told of", || {
        browser.ask(&window, "0");
        !browser.complaints().is_empty()
    });
    let told = &browser.complaints()[0];
    assert!(told.to_string().contains("Content Security Policy"), "{told}");
}

#[test]
fn what_is_wrong_with_an_order_is_shown_where_it_was_made() {
    let (demo, mut browser) = (Demo::start(), Browser::start());
    let window = browser.open(&demo.url("/live"));
    browser.wait(&window, &is_live("WebSocket"));
    for _ in 0..20 {
        demo.order("book=1");
    }
    browser.wait(&window, &left(1, "Sold out"));
    browser.wait(&window, "document.querySelector('[name=book][value=\"1\"]').disabled");
    order(&mut browser, &window, &"x".repeat(41), 2);
    let problem = "document.getElementById('problem').textContent";
    browser.wait(&window, &format!("{problem}.includes('at most 40 characters')"));
    order(&mut browser, &window, "Ada", 2);
    browser.wait(&window, &format!("{problem} === ''"));
}

#[test]
fn a_page_connects_again_once_the_shop_is_back() {
    let mut browser = Browser::start();
    for (query, how) in [("", "WebSocket"), ("?sse", "server-sent events")] {
        let demo = Demo::start();
        let address = demo.address.to_string();
        let window = browser.open(&demo.url(&format!("/live{query}")));
        browser.wait(&window, &is_live(how));
        order(&mut browser, &window, "Ada", 3);
        browser.wait(&window, &left(3, "19 left"));
        let (code, log) = demo.terminate();
        assert_eq!(code, Some(0), "{log}");
        browser.wait(&window, "document.getElementById('state').dataset.kind === 'waiting'");
        let _demo = Demo::with(&[("ADDRESS", &address)]);
        browser.wait(&window, "document.getElementById('state').dataset.kind === 'live'");
        browser.wait(&window, &left(3, "20 left"));
        assert_eq!(browser.ask(&window, "document.querySelectorAll('#orders li').length"), 0);
        browser.close(window);
    }
}

#[test]
fn a_page_moves_over_to_the_process_that_follows() {
    let (shop, mut browser) = (Service::start(&[]), Browser::start());
    let window = browser.open(&format!("http://{}/live", shop.address));
    browser.wait(&window, &is_live("WebSocket"));
    order(&mut browser, &window, "Ada", 3);
    browser.wait(&window, &left(3, "19 left"));
    shop.restart();
    browser.wait(&window, &left(3, "20 left"));
    browser.wait(&window, &is_live("WebSocket"));
    assert_eq!(browser.complaints(), [Value::Null; 0]);
}
