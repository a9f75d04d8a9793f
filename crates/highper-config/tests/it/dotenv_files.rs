//! Which files are read, what they may change, and what is asked of variables.

use highper_config::{Dotenv, Variables};

use crate::folder::Folder;

fn known(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_first_file_that_is_there_is_read_or_all_of_them() {
    let folder = Folder::with(&[(".env", "A=1\nB=1"), ("b/.env.local", "B=2\nC=${A}")]);
    let dotenv = Dotenv::isolated()
        .path(folder.path().join("missing"))
        .path(folder.path())
        .path(folder.path().join("b"))
        .file(".env")
        .file(".env.local");
    let first = dotenv.load().unwrap();
    assert_eq!((first.get("A"), first.get("B"), first.get("C")), (Some("1"), Some("1"), None));
    let all = dotenv.all().load().unwrap();
    assert_eq!((all.get("A"), all.get("B"), all.get("C")), (Some("1"), Some("2"), Some("1")));
    let (_, variable) = all.iter().find(|(name, _)| *name == "C").unwrap();
    assert_eq!(folder.relative(variable.origin()), "C in b/.env.local:2");
}

#[test]
fn a_missing_file_is_an_error_to_load_and_none_to_safe_load() {
    let folder = Folder::with(&[]);
    let dotenv = Dotenv::isolated().path(folder.path()).file("x.env").file("y.env");
    let error = dotenv.load().unwrap_err();
    assert!(error.is_missing_file());
    assert_eq!(folder.relative(&error), "no dotenv file at any of [x.env, y.env]: create one");
    assert_eq!(dotenv.safe_load().unwrap().iter().count(), 0);
}

#[test]
fn a_malformed_file_is_an_error_to_both() {
    let folder = Folder::with(&[(".env", "A=1\n=2")]);
    let dotenv = Dotenv::isolated().path(folder.path());
    assert!(dotenv.load().unwrap_err().is_malformed());
    let error = dotenv.safe_load().unwrap_err();
    assert!(folder.relative(&error).starts_with(".env:2: "), "{error}");
}

#[test]
fn a_file_that_is_no_text_is_told() {
    let folder = Folder::with(&[]);
    std::fs::write(folder.path().join(".env"), b"A=1\nB=\xff").unwrap();
    let error = Dotenv::isolated().path(folder.path()).load().unwrap_err();
    assert_eq!(folder.relative(&error), ".env cannot be read: line 2 is not UTF-8");
}

#[test]
fn what_was_there_before_wins_unless_the_files_are_mutable() {
    let before = known(&[("A", "outside")]);
    let text = "A=file\nB=${A}\nC=1\nC=2";
    let immutable = Dotenv::isolated().over(before.clone()).parse(text).unwrap();
    let get = |variables: &Variables, name: &str| variables.get(name).unwrap().to_owned();
    assert_eq!(get(&immutable, "A"), "outside");
    assert_eq!(get(&immutable, "B"), "outside");
    assert_eq!(get(&immutable, "C"), "2");
    assert!(immutable.iter().all(|(name, _)| name != "A"));
    let mutable = Dotenv::isolated().over(before).mutable().parse(text).unwrap();
    assert_eq!(get(&mutable, "A"), "file");
    assert_eq!(get(&mutable, "B"), "file");
}

#[test]
fn a_name_without_a_value_clears_only_what_may_be_changed() {
    let before = known(&[("A", "outside")]);
    assert_eq!(
        Dotenv::isolated().over(before.clone()).parse("A").unwrap().get("A"),
        Some("outside")
    );
    assert_eq!(Dotenv::isolated().over(before).mutable().parse("A").unwrap().get("A"), None);
}

#[test]
fn only_allowed_names_are_taken() {
    let variables = Dotenv::isolated().only(["A"]).parse("A=1\nB=2").unwrap();
    assert_eq!((variables.get("A"), variables.get("B")), (Some("1"), None));
}

#[test]
fn the_process_environment_is_read_and_not_changed() {
    let variables = Dotenv::new().parse("PATH=x\nHIGHPER_CONFIG_TEST=${PATH}").unwrap();
    let path = std::env::var("PATH").unwrap();
    assert_eq!(variables.get("PATH"), Some(path.as_str()));
    assert_eq!(variables.get("HIGHPER_CONFIG_TEST"), Some(path.as_str()));
    assert!(std::env::var_os("HIGHPER_CONFIG_TEST").is_none());
}

#[test]
fn no_value_is_in_any_debug_form() {
    let dotenv = Dotenv::isolated().over(known(&[("A", "hunter2")]));
    let variables = dotenv.parse("B=hunter2").unwrap();
    let listed: Vec<_> = variables.iter().collect();
    let text = format!("{dotenv:?} {variables:?} {listed:?}");
    assert!(text.contains('A') && text.contains('B') && !text.contains("hunter2"), "{text}");
}

#[test]
fn every_failed_question_is_told_at_once() {
    let variables =
        Dotenv::isolated().parse("BLANK=' '\nINT=-1\nBOOL=maybe\nEMPTY=\nMODE=x\nNULL").unwrap();
    let error = variables
        .required(["MISSING", "NULL", "BLANK"])
        .not_empty()
        .if_present(["INT", "MISSING"])
        .is_integer()
        .if_present(["BOOL", "EMPTY"])
        .is_boolean()
        .if_present(["MODE"])
        .allowed_values(["dev", "prod"])
        .allowed_regex("^[a-w]+$")
        .allowed_regex("(")
        .assert(|value| value.is_some_and(|value| value.len() == 2), "is not two characters")
        .finish()
        .unwrap_err();
    assert!(error.is_failed_check());
    let message = error.to_string();
    let expected = [
        "One or more environment variables failed assertions: MISSING is missing, NULL is missing",
        "BLANK is empty, INT is not an integer, BOOL is not a boolean, EMPTY is not a boolean",
        "MODE is not one of [dev, prod], MODE does not match \"^[a-w]+$\", MODE is held against \"(\"",
        "MODE is not two characters.",
    ];
    for part in expected {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn questions_that_hold_say_nothing() {
    let text = "N=0123\nB=oFF\nM=dev\nE=1";
    let variables = Dotenv::isolated().over(known(&[("O", "x")])).parse(text).unwrap();
    let checked = variables
        .required(["N"])
        .is_integer()
        .required(["B"])
        .is_boolean()
        .required(["M"])
        .allowed_values(["dev"])
        .allowed_regex("e")
        .required(["O"])
        .not_empty()
        .if_present(["MISSING"])
        .not_empty()
        .is_integer()
        .is_boolean()
        .finish();
    checked.unwrap();
}
