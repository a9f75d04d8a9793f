//! Which variable is for which key.

use std::collections::BTreeMap;

use crate::node::{MAX_DEPTH, Node, Table, insert, is_name, is_same_name};

/// The rule, and the names that stand beside it.
///
/// The rule: the section, `_`, and the rest of the key, in upper case, with `_` for `-` and `__` for
/// each further dot. `DATABASE_POOL_SIZE` is `database.pool_size`, `DATABASE_POOL__SIZE` is
/// `database.pool.size`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming {
    /// Variables that were given to keys by name.
    named: BTreeMap<String, String>,
}

impl Naming {
    /// Gives a key a variable of its own, instead of what the rule says.
    pub(crate) fn name(&mut self, variable: String, key: String) {
        self.named.insert(key, variable);
    }

    /// The keys with a variable of their own.
    pub(crate) fn named_keys(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// The variable of a key; None for what is in an array.
    pub(crate) fn variable_of(&self, key: &str) -> Option<String> {
        if let Some(variable) = self.named_variable(key) {
            return Some(variable.clone());
        }
        let (section, rest) = key.split_once('.')?;
        let is_index = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_in_array = rest.split('.').any(is_index);
        let rest = rest.replace('.', "__");
        (!is_in_array).then(|| format!("{}_{}", upper(section), upper(&rest)))
    }

    /// Puts the variables of a section over its keys.
    pub(crate) fn overlay(
        &self,
        section: &str,
        keys: &mut Table,
        variables: &BTreeMap<String, Node>,
    ) {
        let prefix = format!("{}_", upper(section));
        let own =
            variables.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        for (name, node) in own {
            let Some(path) = path_after(&name[prefix.len()..]) else { continue };
            let key = format!("{section}.{}", path.join("."));
            if self.named_variable(&key).is_none() {
                let path: Vec<_> =
                    [section].into_iter().chain(path.iter().map(String::as_str)).collect();
                insert(keys, &path, node.clone());
            }
        }
        for (key, variable) in &self.named {
            let path: Vec<_> = key.split('.').collect();
            let is_own = path.first().is_some_and(|first| is_same_name(first, section));
            if let (true, Some(node)) = (is_own, variables.get(variable)) {
                insert(keys, &path, node.clone());
            }
        }
    }

    fn named_variable(&self, key: &str) -> Option<&String> {
        self.named.iter().find(|(named, _)| is_same_name(named, key)).map(|(_, variable)| variable)
    }
}

fn upper(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// The path that the end of a variable's name means.
fn path_after(rest: &str) -> Option<Vec<String>> {
    let path: Vec<_> = rest.split("__").map(str::to_lowercase).collect();
    let is_path = path.iter().all(|part| is_name(part)) && path.len() < MAX_DEPTH;
    (is_path && !rest.contains(char::is_lowercase)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Value, find};
    use crate::{ConfigSource, Environment, Layer};

    #[test]
    fn the_rule_goes_both_ways() {
        let naming = Naming::default();
        assert_eq!(naming.variable_of("database.url").unwrap(), "DATABASE_URL");
        assert_eq!(
            naming.variable_of("http-client.pool.max-size").unwrap(),
            "HTTP_CLIENT_POOL__MAX_SIZE"
        );
        assert_eq!(path_after("POOL__MAX_SIZE").unwrap(), ["pool", "max_size"]);
        assert_eq!(naming.variable_of("a.hosts.0.port"), None);
        assert_eq!(path_after("url"), None);
        assert_eq!(path_after("__A"), None);
    }

    #[test]
    fn a_name_replaces_the_rule() {
        let mut naming = Naming::default();
        naming.name("PORT".to_owned(), "server.port".to_owned());
        let mut layer = Layer::default();
        let variables = [("PORT", "1"), ("SERVER_PORT", "2"), ("SERVER_HOST", "3")];
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Environment::of(owned).read(&mut layer);
        let mut keys = Table::new();
        naming.overlay("server", &mut keys, &layer.variables);
        let text = |path: &[&str]| match &find(&keys, path).unwrap().value {
            Value::Text(text) => text.clone(),
            _ => unreachable!(),
        };
        assert_eq!(text(&["server", "port"]), "1");
        assert_eq!(text(&["server", "host"]), "3");
    }
}
