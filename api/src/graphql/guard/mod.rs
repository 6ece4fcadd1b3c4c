//! In front of the parser and the executor: what a request may cost, decided in time that is linear in its text.
//!
//! The library's own limits come too late: its parser recurses over nested literals until the stack ends, and its
//! validation walks fragments that spread each other once for every path. So first one pass over the letters, without
//! recursion (`lexical`); then the parser; then counts over the fragment graph in which every fragment is measured once
//! (`measure`). What passes is handed on parsed.

mod introspection;
mod known;
mod lexical;
mod measure;

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::ExecutableDocument;

use crate::config::Limits;

/// Operations in a document.
const OPERATIONS: usize = 10;
/// Fragments in a document.
const FRAGMENTS: usize = 50;
/// Variables of an operation, and of a request.
const VARIABLES: usize = 100;
/// Directives in a document.
const DIRECTIVES: usize = 50;
/// Directives at one place.
const DIRECTIVES_A_PLACE: usize = 5;
/// Fields at the root of an operation.
const ROOT_FIELDS: u64 = 20;

/// Why a request is not executed.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// It is no GraphQL.
    Syntax(async_graphql::ServerError),
    /// It can never be executed.
    Wrong(String),
    /// It is too large or too deep.
    TooComplex(String),
}

/// The parsed document, if it may be executed, and the objects that its dearest operation may cost.
///
/// # Errors
/// The first limit that it breaks.
pub fn admit(text: &str, variables: &Variables, limits: &Limits) -> Result<(Arc<ExecutableDocument>, u64), Refusal> {
    let found = lexical::scan(text);
    at_most("brackets nested in each other", found.nesting, limits.nesting)?;
    at_most("words and signs", found.tokens, limits.tokens)?;
    if found.unterminated {
        // What the parser would make of the rest is not ours to guess.
        return Err(Refusal::Wrong("A text in quotes has no end on its line.".to_owned()));
    }
    at_most("variables", variables.len(), VARIABLES)?;
    let known = known::find(text);
    let document = match &known {
        Some(document) => document.clone(),
        None => Arc::new(async_graphql::parser::parse_query(text).map_err(|error| Refusal::Syntax(error.into()))?),
    };
    at_most("operations", document.operations.iter().len(), OPERATIONS)?;
    at_most("fragments", document.fragments.len(), FRAGMENTS)?;
    let places = measure::places(&document);
    at_most("aliases", places.aliases, limits.aliases)?;
    at_most("directives", places.directives, DIRECTIVES)?;
    at_most("directives at one place", places.directives_a_place, DIRECTIVES_A_PLACE)?;
    at_most("variables of an operation", places.variables, VARIABLES)?;
    let mut dearest = 0;
    for (_, operation) in document.operations.iter() {
        let cost = measure::operation(&document, &operation.node, variables, limits.page_size)?;
        at_most("fields at the root", cost.root_fields, ROOT_FIELDS)?;
        at_most("nested fields", cost.depth, limits.depth)?;
        at_most("nested selections, fragments included", cost.levels, limits.nesting)?;
        at_most("fields, fragments written out", cost.fields, limits.tokens)?;
        at_most("objects, by the sizes of the pages asked for", cost.objects, limits.complexity)?;
        cost.introspection.hold()?;
        dearest = dearest.max(cost.objects);
    }
    if known.is_none() {
        known::keep(text, &document);
    }
    Ok((document, dearest))
}

/// One rule for every limit: at it a request is served, one above it is refused.
fn at_most<T: PartialOrd + std::fmt::Display>(what: &str, found: T, limit: T) -> Result<(), Refusal> {
    if found <= limit {
        return Ok(());
    }
    Err(Refusal::TooComplex(format!("The request has {found} {what}; {limit} are served. Ask for less at a time.")))
}

#[cfg(test)]
mod tests;
