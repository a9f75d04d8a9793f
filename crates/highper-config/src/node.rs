//! The values of a configuration as a tree.

use std::collections::BTreeMap;

use crate::Origin;

/// A value and where it is from. No `Debug`: it may be a secret.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

#[derive(Clone)]
pub(crate) enum Value {
    /// Of a variable or an argument: it becomes whatever type is asked for.
    Text(String),
    /// Of a variable whose bytes are no text.
    NotUnicode,
    String(String),
    Integer(i128),
    Float(f64),
    Boolean(bool),
    Array(Vec<Node>),
    Table(Table),
}

/// Keys are as they were written; [`is_same_name`] holds for no two of them.
pub(crate) type Table = BTreeMap<String, Node>;

impl Node {
    pub(crate) fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The environment and dotenv files are shared with other programs: what nobody asks for there is
    /// no mistake.
    pub(crate) fn may_be_unknown(&self) -> bool {
        matches!(self.origin, Origin::Environment { .. } | Origin::Dotenv { .. })
    }
}

/// Puts what is in `from` over what is in `into`: tables are merged, everything else is replaced.
pub(crate) fn merge(into: &mut Table, from: Table) {
    for (key, node) in from {
        merge_one(into, key, node);
    }
}

fn merge_one(into: &mut Table, key: String, node: Node) {
    let existing = into.keys().find(|existing| is_same_name(existing, &key)).cloned();
    let key = existing.unwrap_or(key);
    match (into.get_mut(&key), node) {
        (
            Some(Node { value: Value::Table(lower), origin }),
            Node { value: Value::Table(upper), origin: upper_origin },
        ) => {
            merge(lower, upper);
            if matches!(origin, Origin::Environment { .. } | Origin::Dotenv { .. }) {
                *origin = upper_origin;
            }
        }
        (_, node) => {
            into.insert(key, node);
        }
    }
}

/// Puts one value over what is in `into`, in tables that are made where they are missing.
pub(crate) fn insert(into: &mut Table, path: &[&str], node: Node) {
    let Some((last, tables)) = path.split_last() else { return };
    let origin = node.origin.clone();
    let wrapped = tables.iter().rev().fold(((*last).to_owned(), node), |(key, node), table| {
        let table_node = Value::Table(BTreeMap::from([(key, node)]));
        ((*table).to_owned(), Node::new(table_node, origin.clone()))
    });
    merge_one(into, wrapped.0, wrapped.1);
}

/// The value at a path.
pub(crate) fn find<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Node> {
    let (first, rest) = path.split_first()?;
    let (_, node) = table.iter().find(|(key, _)| is_same_name(key, first))?;
    match &node.value {
        _ if rest.is_empty() => Some(node),
        Value::Table(table) => find(table, rest),
        _ => None,
    }
}

/// `pool-size` and `pool_size` are one name: a variable cannot tell them apart.
pub(crate) fn is_same_name(a: &str, b: &str) -> bool {
    let plain = |c: char| if c == '-' { '_' } else { c };
    a.chars().map(plain).eq(b.chars().map(plain))
}

/// `section.key` of letters, digits, `_` and `-`, split at its dots; None if it is malformed.
pub(crate) fn path_of(key: &str) -> Option<Vec<&str>> {
    let path: Vec<_> = key.split('.').collect();
    (path.len() <= MAX_DEPTH && path.iter().all(|part| is_name(part))).then_some(path)
}

/// True for the name of a section or of one level of a key.
pub(crate) fn is_name(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Levels of a key.
pub(crate) const MAX_DEPTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::new(Value::Text(text.to_owned()), Origin::Default)
    }

    #[test]
    fn later_values_replace_earlier_ones_and_tables_are_merged() {
        let mut table = Table::new();
        insert(&mut table, &["a", "pool-size"], text("1"));
        insert(&mut table, &["a", "b", "c"], text("2"));
        insert(&mut table, &["a", "pool_size"], text("3"));
        assert!(
            matches!(&find(&table, &["a", "pool-size"]).unwrap().value, Value::Text(t) if t == "3")
        );
        assert!(find(&table, &["a", "b", "c"]).is_some());
        insert(&mut table, &["a", "b"], text("4"));
        assert!(find(&table, &["a", "b", "c"]).is_none());
    }

    #[test]
    fn a_key_is_names_with_dots_between_them() {
        assert_eq!(path_of("a.b-c.d_1").unwrap(), ["a", "b-c", "d_1"]);
        for key in ["", ".", "a.", "a b", "a=b", &"a.".repeat(40)] {
            assert!(path_of(key).is_none(), "{key}");
        }
    }
}
