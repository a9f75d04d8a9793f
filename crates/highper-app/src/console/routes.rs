//! `routes`.

use clap::ArgMatches;
use highper_router::RouteInfo;
use serde_json::json;

use super::Looked;
use super::command_line::JSON;
use super::output::{Failure, print_json, print_table};
use crate::Application;

/// Lists the routes, in the order in which they were added.
pub(super) fn list(application: Application, options: &ArgMatches) -> Result<(), Failure> {
    let Looked { parts, errors, .. } = Looked::at(application);
    let Some((_, handler)) = parts else { return Err(errors.into()) };
    let routes = handler.routes().routes();
    if options.get_flag(JSON) {
        return print_json(&routes.iter().map(as_json).collect());
    }
    let rows: Vec<_> = routes.iter().map(row).collect();
    print_table(["METHOD", "PATH", "NAME", "HANDLER", "MIDDLEWARE", "PLACE"], &rows)
}

fn row(route: &RouteInfo) -> [String; 6] {
    [
        method(route).to_owned(),
        format!("{}{}", route.host.as_deref().unwrap_or_default(), route.path),
        route.name.clone().unwrap_or_default(),
        route.handler.to_owned(),
        route.middleware.to_string(),
        route.place.to_string(),
    ]
}

fn as_json(route: &RouteInfo) -> serde_json::Value {
    json!({
        "method": route.method.as_ref().map(|method| method.as_str()),
        "host": route.host,
        "path": route.path,
        "name": route.name,
        "handler": route.handler,
        "middleware": route.middleware,
        "file": route.place.file(),
        "line": route.place.line(),
    })
}

fn method(route: &RouteInfo) -> &str {
    route.method.as_ref().map_or("ANY", |method| method.as_str())
}
