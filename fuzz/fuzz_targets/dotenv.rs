//! Dotenv files of any kind are read or refused; a value in single quotes is read back as it is.

#![no_main]

use highper_config::{Config, Dotenv, Toml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Dotenv::isolated().parse(text) {
        assert!(error.is_malformed());
        assert_eq!(error.to_string().lines().count(), 1);
    }
    if !text.contains(['\'', '\n', '\r']) {
        let variables = Dotenv::isolated().parse(&format!("A='{text}'")).expect("a literal");
        assert_eq!(variables.get("A"), Some(text));
    }
    let _ = Config::builder().source(Toml::defaults(text)).build();
});
