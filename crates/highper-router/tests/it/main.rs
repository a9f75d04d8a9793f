//! The router as its users see it.

mod boot;

mod groups;

mod hosts;

mod matching;

mod methods;

mod mounts;

mod parameters;

mod slashes;

mod support;

mod ui;

mod urls;
