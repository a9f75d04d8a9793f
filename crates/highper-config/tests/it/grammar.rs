//! phpdotenv's own fixtures, and where we differ from it on purpose.

use highper_config::{Dotenv, Variables};

fn parse(text: &str) -> Variables {
    Dotenv::isolated().parse(text).unwrap()
}

fn error(text: &str) -> String {
    Dotenv::isolated().parse(text).unwrap_err().to_string()
}

#[test]
fn quoted_values_are_read_as_phpdotenv_reads_them() {
    let variables = parse(concat!(
        "QFOO=\"bar\"\nQSPACED=\"with spaces\"\n",
        "QEQUALS=\"pgsql:host=localhost;dbname=test\"\n\nQNULL=\"\"\nQWHITESPACE = \"no space\"\n\n",
        r#"QESCAPED="test some escaped characters like a quote (\") or maybe a backslash (\\)""#,
        "\n",
        r#"QSLASH="iiiiviiiixiiiiviiii\\n""#,
        "\n",
        r"SQSLASH='iiiiviiiixiiiiviiii\\n'",
    ));
    assert_eq!(variables.get("QFOO"), Some("bar"));
    assert_eq!(variables.get("QSPACED"), Some("with spaces"));
    assert_eq!(variables.get("QEQUALS"), Some("pgsql:host=localhost;dbname=test"));
    assert_eq!(variables.get("QNULL"), Some(""));
    assert_eq!(variables.get("QWHITESPACE"), Some("no space"));
    assert_eq!(
        variables.get("QESCAPED"),
        Some(r#"test some escaped characters like a quote (") or maybe a backslash (\)"#)
    );
    assert_eq!(variables.get("QSLASH"), Some(r"iiiiviiiixiiiiviiii\n"));
    assert_eq!(variables.get("SQSLASH"), Some(r"iiiiviiiixiiiiviiii\\n"));
}

#[test]
fn comments_end_values_and_fill_lines() {
    let variables = parse(
        "# This is a comment\nCFOO=bar\n#CBAR=baz\n  #CZOO=goo # twice\n\
         CSPACED=\"with spaces\" # this is a comment\nCQUOTES=\"a # character\" # this is a comment\n\
         CQ2=\"a # & a \\\" inside\" # \" this is a comment\nEMPTY= # comment with empty variable\n\
         EMPTY2=# comment with empty variable\nBOOLEAN=yes # (yes, no)\n\nCNULL=\n\n## a comment ##\n",
    );
    let expected = [
        ("CFOO", Some("bar")),
        ("CBAR", None),
        ("CZOO", None),
        ("CSPACED", Some("with spaces")),
        ("CQUOTES", Some("a # character")),
        ("CQ2", Some("a # & a \" inside")),
        ("EMPTY", Some("")),
        ("EMPTY2", Some("")),
        ("BOOLEAN", Some("yes")),
        ("CNULL", Some("")),
    ];
    for (name, value) in expected {
        assert_eq!(variables.get(name), value, "{name}");
    }
}

#[test]
fn a_password_with_a_hash_is_not_cut_as_phpdotenv_would() {
    let variables = parse("PASSWORD=abc#def\nCOLOUR=#fff");
    assert_eq!(variables.get("PASSWORD"), Some("abc#def"));
    assert_eq!(variables.get("COLOUR"), Some("#fff"));
    assert!(error("FOOO=foo# comment with no space").contains("a blank before `#`"));
}

#[test]
fn values_of_several_lines_keep_them() {
    let variables = parse(concat!(
        "TEST=\"test\r\n     test\\\"test\\\"\r\n     test\"\r\n",
        "TEST_ND=\"test\\ntest\"\nTEST_NS='test\\ntest'\n",
        "TEST_EQD=\"https://vision.googleapis.com/v1/images:annotate?key=\"\n",
        "BASE64=\"qS1z\nuwyc\nmhiR/No4=\"\nAFTER=1",
    ));
    assert_eq!(variables.get("TEST"), Some("test\n     test\"test\"\n     test"));
    assert_eq!(variables.get("TEST_ND"), Some("test\ntest"));
    assert_eq!(variables.get("TEST_NS"), Some(r"test\ntest"));
    assert_eq!(
        variables.get("TEST_EQD"),
        Some("https://vision.googleapis.com/v1/images:annotate?key=")
    );
    assert_eq!(variables.get("BASE64"), Some("qS1z\nuwyc\nmhiR/No4="));
    assert_eq!(variables.get("AFTER"), Some("1"));
}

#[test]
fn nested_variables_are_replaced_once() {
    let variables = parse(concat!(
        "NVAR1=\"Hellō\"\nNVAR2=\"World!\"\nNVAR3=\"{$NVAR1} {$NVAR2}\"\n",
        "NVAR4=\"${NVAR1} ${NVAR2}\"\nNVAR5=\"$NVAR1 {NVAR2}\"\nN.VAR6=\"Special Value\"\n",
        "NVAR7=\"${N.VAR6}\"\nNVAR8=\"\"\nNVAR9=\"${NVAR8}\"\nNVAR10=\"${NVAR888}\"\n",
        "NVAR11='NVAR1'\nNVAR12=\"${${NVAR11}}\"\nNVAR14='${NVAR1} ${NVAR2}'\n",
        "NVAR15=\"\\${NVAR1} \\${NVAR2}\"\nNVAR16='${NVAR1}'\nNVAR17=\"${NVAR16}\"\nNVAR18=${NVAR1}!\n",
    ));
    let expected = [
        ("NVAR3", "{$NVAR1} {$NVAR2}"),
        ("NVAR4", "Hellō World!"),
        ("NVAR5", "$NVAR1 {NVAR2}"),
        ("NVAR7", "Special Value"),
        ("NVAR9", ""),
        ("NVAR10", "${NVAR888}"),
        // phpdotenv looks at what it has put in again: `Hellō`.
        ("NVAR12", "${NVAR1}"),
        ("NVAR14", "${NVAR1} ${NVAR2}"),
        ("NVAR15", "${NVAR1} ${NVAR2}"),
        ("NVAR17", "${NVAR1}"),
        ("NVAR18", "Hellō!"),
    ];
    for (name, value) in expected {
        assert_eq!(variables.get(name), Some(value), "{name}");
    }
}

#[test]
fn a_name_without_a_value_is_listed_and_has_none() {
    let variables = parse("FOO=1\nFOO\nBAR=");
    assert_eq!(variables.get("FOO"), None);
    let listed: Vec<_> = variables.iter().map(|(name, value)| (name, value.value())).collect();
    assert_eq!(listed, [("BAR", Some("")), ("FOO", None)]);
}

#[test]
fn names_may_have_letters_of_any_language_quotes_and_a_mark_of_utf_8_before_them() {
    let variables = parse("\u{feff}ÉTÉ=1\r\n'ИМЯ'=2\r\nexport \"名前.1\" = 3\r\nX=${ИМЯ}");
    for (name, value) in [("ÉTÉ", "1"), ("ИМЯ", "2"), ("名前.1", "3"), ("X", "2")] {
        assert_eq!(variables.get(name), Some(value), "{name}");
    }
}

#[test]
fn errors_tell_line_and_name_and_never_the_value() {
    let cases = [
        ("\nFOO=bar hunter2", "text:2: encountered unexpected whitespace", "at [FOO=***]"),
        ("FOO=\"hunter2\\q\"", "text:1: encountered an unexpected escape sequence", "at [FOO=***]"),
        ("\n\nFOO='hunter2", "text:3: encountered a missing closing quote", "at [FOO=***]"),
        ("FOO=\"hunter2\nx", "text:1: encountered a missing closing quote", "at [FOO=***]"),
        ("FOO=\"hunter2\nx\" y", "text:2: encountered unexpected whitespace", "at [FOO=***]"),
        ("=hunter2", "text:1: encountered an `=` without a name", ""),
        ("FOO_ASD!=hunter2", "text:1: encountered a name that has more than", "at [FOO_ASD!=***]"),
        ("export \"FOO=\"hunter2\"", "text:1: encountered a name", "at [export \"FOO=***]"),
        ("hunter2/+", "text:1: encountered a line that is neither NAME=value nor a comment", ""),
        ("hunter2/+==", "text:1: encountered a name", ""),
    ];
    for (text, beginning, end) in cases {
        let message = error(text);
        assert!(message.starts_with(beginning), "{message}");
        assert!(message.replace('\\', "").ends_with(end), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_short_file_does_not_become_a_huge_value() {
    let mut text = "V0=0123456789\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text.push_str(&format!("V{level}=${{V{below}}}${{V{below}}}\n"));
    }
    assert!(error(&text).contains("values of more than"));
}
