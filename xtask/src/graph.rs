//! `graph`: which crate may depend on which. Three tiers, every arrow points down.
//!
//! The table below is the design; a new crate starts with a line here.

use std::{collections::BTreeSet, fmt};

use crate::{
    Outcome,
    console::{Ink, paint},
    workspace::{Dependency, Kind, Package, Workspace},
};

/// Where a crate stands; a later tier may name an earlier one, never the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Core,
    Leaf,
    Assembly,
    /// Programs: they may depend on anything, and nothing depends on them.
    Tool,
}

/// What a crate may depend on inside the workspace, dev-dependencies aside.
#[derive(Clone, Copy)]
enum May {
    Only(&'static [&'static str]),
    /// The umbrella: every library, each behind its own feature, so that a user pays for what
    /// they name. Core is the vocabulary of all and needs no feature.
    AnyByFeature,
    Anything,
}

struct Rule {
    name: &'static str,
    tier: Tier,
    may: May,
}

const fn rule(name: &'static str, tier: Tier, may: &'static [&'static str]) -> Rule {
    Rule { name, tier, may: May::Only(may) }
}

const fn tool(name: &'static str) -> Rule {
    Rule { name, tier: Tier::Tool, may: May::Anything }
}

const CORE: &str = "highper-core";

const TABLE: &[Rule] = &[
    rule(CORE, Tier::Core, &[]),
    rule("highper-macros", Tier::Core, &[]),
    rule("highper-net", Tier::Leaf, &[CORE]),
    rule("highper-http", Tier::Leaf, &[CORE, "highper-net"]),
    rule("highper-ws", Tier::Leaf, &[CORE, "highper-net", "highper-http"]),
    rule("highper-router", Tier::Leaf, &[CORE]),
    rule("highper-middleware", Tier::Leaf, &[CORE]),
    rule("highper-serde", Tier::Leaf, &[CORE]),
    rule("highper-mvc", Tier::Leaf, &[CORE, "highper-router", "highper-serde"]),
    rule("highper-config", Tier::Leaf, &[CORE]),
    rule("highper-log", Tier::Leaf, &[CORE]),
    rule("highper-telemetry", Tier::Leaf, &[CORE, "highper-log"]),
    rule("highper-pool", Tier::Leaf, &[CORE]),
    rule("highper-cache", Tier::Leaf, &[CORE]),
    rule("highper-db", Tier::Leaf, &[CORE, "highper-macros"]),
    rule("highper-fs", Tier::Leaf, &[CORE]),
    rule("highper-queue", Tier::Leaf, &[CORE]),
    rule("highper-client", Tier::Leaf, &[CORE]),
    rule("highper-test", Tier::Leaf, &[CORE]),
    rule(
        "highper-app",
        Tier::Assembly,
        &[
            CORE,
            "highper-config",
            "highper-log",
            "highper-net",
            "highper-http",
            "highper-router",
            "highper-middleware",
            "highper-serde",
            "highper-mvc",
            "highper-telemetry",
        ],
    ),
    Rule { name: "highper", tier: Tier::Assembly, may: May::AnyByFeature },
    tool("highper-demo"),
    tool("highper-load"),
    tool("highper-bench-server"),
    tool("xtask"),
];

/// Prints the graph, then every arrow that the table does not allow.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    print!("{}", Listing(&workspace.packages));
    let wrong = violations(&workspace.packages);
    for violation in &wrong {
        eprintln!("{} {violation}", paint(Ink::Red, "wrong:"));
    }
    match wrong.len() {
        0 => Ok(()),
        1 => Err("the table in xtask/src/graph.rs is broken in 1 place".into()),
        count => Err(format!("the table in xtask/src/graph.rs is broken in {count} places").into()),
    }
}

/// Whether a package is a program of ours rather than part of the framework.
pub(crate) fn is_tool(package: &str) -> bool {
    find(package).is_some_and(|rule| rule.tier == Tier::Tool)
}

fn find(package: &str) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.name == package)
}

fn violations(packages: &[Package]) -> Vec<String> {
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let Some(rule) = find(&package.name) else {
            wrong.push(format!(
                "{} is unknown: add it to the table in xtask/src/graph.rs, with its tier and what \
                 it may depend on",
                package.name
            ));
            continue;
        };
        let own = package.dependencies.iter().filter(|it| members.contains(it.name.as_str()));
        wrong.extend(own.filter_map(|dependency| objection(rule, dependency)));
    }
    wrong
}

/// Why an arrow is wrong, and what would be right.
fn objection(rule: &Rule, dependency: &Dependency) -> Option<String> {
    let arrow = format!("{} -> {}", rule.name, dependency.name);
    // An unknown target has already been reported as a package.
    let target = find(&dependency.name)?;
    if dependency.kind == Kind::Dev {
        let words = "it stands in a higher tier; move the test there";
        return (target.tier > rule.tier).then(|| format!("{arrow} (dev-dependency): {words}"));
    }
    match rule.may {
        May::Anything => None,
        May::Only(names) if names.contains(&target.name) => None,
        May::Only([]) => Some(format!("{arrow}: allowed is nothing inside the workspace")),
        May::Only(names) => Some(format!("{arrow}: allowed are only {}", names.join(", "))),
        May::AnyByFeature if target.tier == Tier::Tool => {
            Some(format!("{arrow}: allowed are libraries, this is a program"))
        }
        May::AnyByFeature if dependency.optional || target.name == CORE => None,
        May::AnyByFeature => {
            Some(format!("{arrow}: allowed only behind a feature, write `optional = true`"))
        }
    }
}

/// The graph for reading: tier by tier, one crate a line.
struct Listing<'p>(&'p [Package]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|package| package.name.len()).max().unwrap_or(0);
        for (tier, title) in [
            (Tier::Core, "core"),
            (Tier::Leaf, "leaves"),
            (Tier::Assembly, "assembly"),
            (Tier::Tool, "tools"),
        ] {
            let standing = |package: &&Package| find(&package.name).map(|r| r.tier) == Some(tier);
            let mut packages = self.0.iter().filter(standing).peekable();
            if packages.peek().is_some() {
                writeln!(f, "{title}")?;
            }
            for package in packages {
                writeln!(f, "  {:width$} -> {}", package.name, targets(package, self.0))?;
            }
        }
        Ok(())
    }
}

/// Dev-dependencies are left out: they are no part of what a user gets.
fn targets(package: &Package, members: &[Package]) -> String {
    let names: BTreeSet<&str> = package
        .dependencies
        .iter()
        .filter(|it| it.kind != Kind::Dev && members.iter().any(|member| member.name == it.name))
        .map(|it| it.name.as_str())
        .collect();
    if names.is_empty() { "nothing".to_owned() } else { Vec::from_iter(names).join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Kind, bool)]) -> Package {
        let dependencies = dependencies
            .iter()
            .map(|&(name, kind, optional)| Dependency { name: name.to_owned(), kind, optional })
            .collect();
        Package { name: name.to_owned(), folder: name.into(), is_library: true, dependencies }
    }

    fn wrong(packages: &[Package]) -> Vec<String> {
        violations(packages)
    }

    #[test]
    fn arrows_of_the_table_pass() {
        let packages = [
            package(CORE, &[("http", Kind::Normal, false)]),
            package("highper-router", &[(CORE, Kind::Normal, false)]),
            package("highper-serde", &[("highper-router", Kind::Dev, false)]),
            package(
                "highper",
                &[(CORE, Kind::Normal, false), ("highper-router", Kind::Normal, true)],
            ),
            package("xtask", &[("highper", Kind::Normal, false)]),
        ];
        assert_eq!(wrong(&packages), Vec::<String>::new());
    }

    #[test]
    fn an_upward_arrow_names_both_ends_and_what_is_allowed() {
        let packages = [
            package(CORE, &[]),
            package("highper-serde", &[]),
            package("highper-router", &[("highper-serde", Kind::Build, false)]),
        ];
        assert_eq!(
            wrong(&packages),
            ["highper-router -> highper-serde: allowed are only highper-core"]
        );
    }

    #[test]
    fn a_leaf_never_dev_depends_on_a_higher_tier() {
        let packages =
            [package("highper", &[]), package("highper-router", &[("highper", Kind::Dev, false)])];
        let wrong = wrong(&packages);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].starts_with("highper-router -> highper (dev-dependency)"), "{wrong:?}");
    }

    #[test]
    fn the_umbrella_takes_a_crate_only_behind_a_feature() {
        let packages = [
            package("highper-router", &[]),
            package("highper", &[("highper-router", Kind::Normal, false)]),
        ];
        let wrong = wrong(&packages);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("`optional = true`"), "{wrong:?}");
    }

    #[test]
    fn an_unknown_crate_is_sent_to_the_table() {
        let wrong = wrong(&[package("highper-blockchain", &[])]);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("add it to the table"), "{wrong:?}");
    }

    #[test]
    fn the_table_itself_points_down() {
        for rule in TABLE {
            let May::Only(names) = rule.may else { continue };
            for name in names {
                let target = find(name).unwrap_or_else(|| panic!("{name} is not in the table"));
                assert!(target.tier <= rule.tier, "{} -> {name}", rule.name);
            }
        }
    }
}
