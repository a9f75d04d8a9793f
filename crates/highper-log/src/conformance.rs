//! What every [`Logger`] has to do: PSR-3, as checks that anybody can run on their own.
//!
//! ```
//! use highper_log::conformance::{Heard, Subject, check};
//! use highper_log::{Logger, NullLogger};
//!
//! /// Says nothing of what it hears: not much of a logger.
//! struct Silent(NullLogger);
//!
//! impl Subject for Silent {
//!     fn logger(&self) -> &dyn Logger {
//!         &self.0
//!     }
//!     fn take_heard(&self) -> Vec<Heard> {
//!         Vec::new()
//!     }
//! }
//!
//! let result = std::panic::catch_unwind(|| check(&Silent(NullLogger)));
//! assert!(result.is_err());
//! ```

use std::fmt;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Context, Level, Logger, Value};

/// A logger whose records can be looked at. It has to take all levels.
pub trait Subject {
    /// The logger that is checked.
    fn logger(&self) -> &dyn Logger;

    /// What it was given since this was called last, in order.
    fn take_heard(&self) -> Vec<Heard>;
}

/// A record as a logger kept it.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its level.
    pub level: Level,
    /// Its message, placeholders replaced.
    pub message: String,
    /// Its context, as any text that names every name and shows every value.
    pub context: String,
}

/// Runs all checks.
///
/// # Panics
/// At the first behaviour that is missing, with words that say which.
pub fn check(subject: &impl Subject) {
    levels(subject);
    messages(subject);
    placeholders(subject);
    anything(subject);
    exceptions(subject);
}

/// One method for each level, and `log` with the level as a value, are the same.
fn levels(subject: &impl Subject) {
    let logger = subject.logger();
    let context = Context::new().with("user", "ada");
    logger.debug(&"of {user}", &context);
    logger.info(&"of {user}", &context);
    logger.notice(&"of {user}", &context);
    logger.warning(&"of {user}", &context);
    logger.error(&"of {user}", &context);
    logger.critical(&"of {user}", &context);
    logger.alert(&"of {user}", &context);
    logger.emergency(&"of {user}", &context);
    let by_method = subject.take_heard();
    Level::ALL.into_iter().for_each(|level| logger.log(level, &"of {user}", &context));
    let by_value = subject.take_heard();
    for heard in [by_method, by_value] {
        let levels: Vec<Level> = heard.iter().map(|heard| heard.level).collect();
        assert_eq!(levels, Level::ALL, "each level is kept as it is");
        for heard in heard {
            assert_eq!(heard.message, "of ada", "a message is the same at each level");
            assert!(heard.context.contains("user") && heard.context.contains("ada"), "{heard:?}");
        }
    }
}

/// A message is anything with a text.
fn messages(subject: &impl Subject) {
    struct Shown;
    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown by itself")
        }
    }
    subject.logger().info(&Shown, &Context::new());
    subject.logger().info(&"", &Context::new());
    assert_eq!(messages_of(subject), ["shown by itself", ""], "a message is anything with a text");
}

fn placeholders(subject: &impl Subject) {
    let context = Context::new()
        .with("user", "{user.id}")
        .with("user.id", 7)
        .with("list", vec![1, 2])
        .with("map", Value::Map(vec![("a".into(), 1.into())]))
        .with("null", ());
    let table = [
        ("{user} {user.id}", "{user.id} 7", "what is put in is not looked at again"),
        ("{ user } {user }", "{ user } {user }", "a name has no space around it"),
        ("{nobody}", "{nobody}", "a name that is not there stays"),
        ("{list} {map}", "{list} {map}", "a value without a text stays out"),
        ("a{null}b", "ab", "nothing is put in for nothing"),
        ("{user.id", "{user.id", "a brace that is not closed stays"),
    ];
    for (message, expected, why) in table {
        subject.logger().info(&message, &context);
        assert_eq!(messages_of(subject), [expected], "{why}");
    }
}

/// Whatever is in a context, the record is there.
fn anything(subject: &impl Subject) {
    let mut deep = Value::from(1);
    for _ in 0..1_000 {
        deep = Value::List(vec![deep]);
    }
    let far = SystemTime::now() + Duration::from_secs(1 << 40);
    let context = Context::new()
        .with("", "a name without letters")
        .with("bool", true)
        .with("null", None::<u8>)
        .with("empty", "")
        .with("int", i64::MIN)
        .with("uint", u64::MAX)
        .with("float", f64::NAN)
        .with("nested", Value::Map(vec![("with object".into(), Value::debug(&UNIX_EPOCH))]))
        .with("date", UNIX_EPOCH)
        .with("before", UNIX_EPOCH - Duration::from_secs(1))
        .with("far", far)
        .with("fails", Value::display(&Fails))
        .with("control", "\r\n\x1b\0")
        .with("deep", deep);
    subject.logger().warning(&"{fails}{control}{float}{date}{before}{far}", &context);
    assert_eq!(messages_of(subject).len(), 1, "a context can contain anything");
}

/// Under `exception` an error is told in full; what is no error is data like any other.
fn exceptions(subject: &impl Subject) {
    let Err(cause) = "x".parse::<u8>() else { return };
    let error = io::Error::other(Wrapped(cause));
    let context = Context::new().with("exception", Value::error(&error));
    subject.logger().error(&"failed: {exception}", &context);
    let heard = subject.take_heard();
    assert_eq!(heard.len(), 1);
    for part in ["io::error::Error", "it was no number", "invalid digit"] {
        let context = &heard[0].context;
        assert!(context.contains(part), "the type, the text and the causes: {context}");
    }
    subject.logger().error(&"no error", &Context::new().with("exception", "oh"));
    let heard = subject.take_heard();
    assert!(heard.len() == 1 && heard[0].context.contains("oh"), "anything may stand there");
}

fn messages_of(subject: &impl Subject) -> Vec<String> {
    subject.take_heard().into_iter().map(|heard| heard.message).collect()
}

struct Fails;

impl fmt::Display for Fails {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[derive(Debug)]
struct Wrapped(std::num::ParseIntError);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was no number")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
