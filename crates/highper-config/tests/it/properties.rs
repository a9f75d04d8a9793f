//! What holds for any text.

use highper_config::{Config, Dotenv, Toml};
use proptest::prelude::*;

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Dotenv::isolated().parse(&text);
        let _ = Config::builder().source(Toml::defaults(text)).build();
    }

    #[test]
    fn texts_of_the_grammar_are_read_or_refused(text in "[A-C={}$\"'#\\\\ \n\r\texport]{0,60}") {
        if let Err(error) = Dotenv::isolated().parse(&text) {
            prop_assert!(error.is_malformed());
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }

    #[test]
    fn what_is_written_in_double_quotes_is_read_back(value in any::<String>()) {
        let written = value.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$").replace('\r', r"\r");
        let variables = Dotenv::isolated().parse(&format!("A=\"{written}\" # comment")).unwrap();
        prop_assert_eq!(variables.get("A"), Some(value.as_str()));
    }

    #[test]
    fn what_is_written_in_single_quotes_is_read_back(value in "[^'\r\n]*") {
        let variables = Dotenv::isolated().parse(&format!("export A = '{value}'")).unwrap();
        prop_assert_eq!(variables.get("A"), Some(value.as_str()));
    }
}
