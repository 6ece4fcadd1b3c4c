//! From an understood request to its answer: guard, execution, completion, codes.

use async_graphql::ServerError;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};

use super::Answer;
use super::body::Request;
use crate::auth::Principal;
use crate::boot::App;
use crate::graphql::completion::complete;
use crate::graphql::context::Asker;
use crate::graphql::error::{Code, Failure, finish, request_error};
use crate::graphql::guard::{self, Refusal};

/// Executes a request. The code says why it was not executed, where it was not.
pub(super) async fn execute(app: App, principal: Principal, request: Request, id: &str) -> (Answer, Option<Code>) {
    let Request { query, operation_name, variables } = request;
    let document = match guard::admit(&query, &variables, &app.limits) {
        Ok(document) => document,
        Err(refusal) => {
            let code = match refusal {
                Refusal::TooComplex(_) => Code::QueryTooComplex,
                Refusal::Syntax(_) | Refusal::Wrong(_) => Code::BadUserInput,
            };
            return (Answer::refused(refusal.into()), Some(code));
        }
    };
    let limit = app.limits.timeout;
    let schema = app.schema.clone();
    let (asker, driver) = Asker::of(app, principal);
    let mut job = async_graphql::Request::new(query).variables(variables).data(asker);
    if let Some(name) = &operation_name {
        job = job.operation_name(name);
    }
    job.set_parsed_query(document.clone());
    let work = async {
        let work = schema.execute(job);
        match driver {
            Some(driver) => driver.drive(work).await,
            None => work.await,
        }
    };
    let Ok(mut response) = tokio::time::timeout(limit, work).await else {
        tracing::warn!(request_id = id, "a request took longer than it may");
        let text = format!("The request took longer than {} s; ask for less at a time.", limit.as_secs_f64());
        return (Answer::refused(request_error(Code::Unavailable, text)), Some(Code::Unavailable));
    };
    let operation = operation(&document, operation_name.as_deref());
    let data = match operation {
        Some(operation) if is_executed(operation, &response.errors) => {
            Some(complete(response.data, &response.errors, &document, operation))
        }
        _ => None,
    };
    finish(&mut response.errors, id);
    let code = data.is_none().then_some(Code::BadUserInput);
    (Answer { errors: response.errors, data }, code)
}

/// Whether errors happened while the operation was executed. What the library says of itself is about the request:
/// values that do not fit, which it finds only on its way, belong to the request all the same. A mutation that has
/// begun was executed, whatever was wrong with its second half.
fn is_executed(operation: &OperationDefinition, errors: &[ServerError]) -> bool {
    match operation.ty {
        OperationType::Mutation => errors.is_empty() || errors.iter().any(|error| !error.path.is_empty()),
        _ => errors.iter().all(|error| error.source::<Failure>().is_some()),
    }
}

/// The operation that was executed.
fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        // A lone operation that has a name is still one of several to the parser.
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next().map(|operation| &operation.node)
        }
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name).map(|operation| &operation.node),
        _ => None,
    }
}
