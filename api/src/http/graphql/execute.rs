//! From an understood request to its answer: guard, execution, completion, codes.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Response, ServerError, Variables};
use futures::StreamExt as _;

use super::body::Request;
use super::{Answer, Extensions};
use crate::auth::Principal;
use crate::boot::App;
use crate::graphql::completion::complete;
use crate::graphql::context::Asker;
use crate::graphql::error::{Code, Failure, finish, request_error};
use crate::graphql::guard;
use crate::graphql::subscription::{Happened, Listening, Source};
use crate::http::quota::{self, Slow};

/// A request that may be executed.
#[derive(Clone)]
pub(in crate::http) struct Admitted {
    query: String,
    operation_name: Option<String>,
    variables: Variables,
    document: Arc<ExecutableDocument>,
    cost: u64,
}

/// An answer that says why nothing was executed.
pub(in crate::http) type Refused = (Answer, Code);

/// Why a request is not let in.
pub(in crate::http) enum Refusal {
    /// It breaks a limit, or is wrong.
    Ever(Answer, Code),
    /// The client has too few points for it now.
    Now(Slow),
}

/// Lets a request in, if it stays within its limits and the client has the points that it costs beside the first.
pub(in crate::http) fn admit(app: &App, principal: &Principal, request: Request) -> Result<Admitted, Refusal> {
    let Request { query, operation_name, variables } = request;
    let (document, cost) = guard::admit(&query, &variables, &app.limits).map_err(|refusal| {
        let code = match refusal {
            guard::Refusal::TooComplex(_) => Code::QueryTooComplex,
            guard::Refusal::Syntax(_) | guard::Refusal::Wrong(_) => Code::BadUserInput,
        };
        crate::metrics::executed("refused", code.name(), 0, std::time::Duration::ZERO);
        Refusal::Ever(Answer::refused(refusal.into()), code)
    })?;
    quota::spend(app, principal, cost).map_err(Refusal::Now)?;
    Ok(Admitted { query, operation_name, variables, document, cost })
}

impl Admitted {
    /// Of which kind it is.
    fn kind(&self) -> &'static str {
        match self.operation().map(|(_, one)| one.ty) {
            Some(OperationType::Query) => "query",
            Some(OperationType::Mutation) => "mutation",
            Some(OperationType::Subscription) => "subscription",
            None => "none",
        }
    }

    /// What it is called, where it has a name.
    fn name(&self) -> Option<&str> {
        self.operation_name.as_deref().or_else(|| self.operation()?.0)
    }

    fn operation(&self) -> Option<(Option<&str>, &OperationDefinition)> {
        operation(&self.document, self.operation_name.as_deref())
    }

    /// Whether it is to be told of what happens.
    pub(in crate::http) fn subscribes(&self) -> bool {
        self.operation().is_some_and(|(_, one)| one.ty == OperationType::Subscription)
    }

    /// Whether it may change something.
    pub(super) fn changes(&self) -> bool {
        self.operation().is_some_and(|(_, one)| one.ty == OperationType::Mutation)
    }

    /// Executes it. The code says why it was not executed, where it was not.
    pub(in crate::http) async fn execute(self, app: App, principal: Principal, id: &str) -> (Answer, Option<Code>) {
        let schema = app.schema.clone();
        let limit = app.limits.timeout;
        self.answered(app, principal, id, limit, |job| async move { schema.execute(job).await }, None).await
    }

    /// What a subscription listens to.
    pub(in crate::http) async fn listens(&self, app: App, principal: Principal, id: &str) -> Result<Source, Refused> {
        let listening = Listening::default();
        let (answer, code) = self.streamed(app, principal, id, listening.clone(), None).await;
        match (listening.sources().as_slice(), code) {
            (_, Some(code)) => Err((answer, code)),
            (_, None) if !answer.errors.is_empty() => Err((answer, Code::BadUserInput)),
            ([source], None) => Ok(*source),
            _ => {
                let error = request_error(Code::BadUserInput, "A subscription asks for one field.");
                Err((Answer::refused(error), Code::BadUserInput))
            }
        }
    }

    /// Its answer to what happened.
    pub(in crate::http) async fn told(self, app: App, principal: Principal, id: &str, happened: Happened) -> Answer {
        self.streamed(app, principal, id, Listening::default(), Some(happened)).await.0
    }

    async fn streamed(
        &self,
        app: App,
        principal: Principal,
        id: &str,
        listening: Listening,
        happened: Option<Happened>,
    ) -> (Answer, Option<Code>) {
        let schema = app.schema.clone();
        let limit = app.limits.timeout;
        let first = |job: async_graphql::Request| async move {
            schema.execute_stream(job.data(listening)).next().await.unwrap_or_default()
        };
        self.clone().answered(app, principal, id, limit, first, happened).await
    }

    async fn answered<F>(
        self,
        app: App,
        principal: Principal,
        id: &str,
        limit: std::time::Duration,
        run: impl FnOnce(async_graphql::Request) -> F,
        happened: Option<Happened>,
    ) -> (Answer, Option<Code>)
    where
        F: Future<Output = Response> + Send,
    {
        let began = Instant::now();
        let kind = self.kind();
        let span = tracing::Span::current();
        // A name of the language, without spaces; what is longer than a name need be is cut.
        span.record("operation", self.name().map(|name| name.get(..64).unwrap_or(name)));
        span.record("kind", kind).record("cost", self.cost);
        let (asker, driver) = Asker::of(app, principal, &self.query);
        let mut job = async_graphql::Request::new(self.query).variables(self.variables).data(asker);
        if let Some(name) = &self.operation_name {
            job = job.operation_name(name);
        }
        // What a subscription tells costs nothing.
        let is_told = happened.is_some();
        if let Some(happened) = happened {
            job = job.data(happened);
        }
        job.set_parsed_query(ExecutableDocument::clone(&self.document));
        let work = run(job);
        let work = async {
            match driver {
                Some(driver) => driver.drive(work).await,
                None => work.await,
            }
        };
        let Ok(mut response) = tokio::time::timeout(limit, work).await else {
            tracing::warn!(request_id = id, "a request took longer than it may");
            let text = format!("The request took longer than {} s; ask for less at a time.", limit.as_secs_f64());
            crate::metrics::executed(kind, Code::Unavailable.name(), self.cost, began.elapsed());
            return (Answer::refused(request_error(Code::Unavailable, text)), Some(Code::Unavailable));
        };
        let data = match operation(&self.document, self.operation_name.as_deref()) {
            Some((_, operation)) if is_executed(operation, &response.errors) => {
                Some(complete(response.data, &response.errors, &self.document, operation))
            }
            _ => None,
        };
        finish(&mut response.errors, id);
        let code = data.is_none().then_some(Code::BadUserInput);
        crate::metrics::executed(kind, told(&response.errors), self.cost, began.elapsed());
        let extensions = (!is_told).then_some(Extensions { cost: self.cost.saturating_add(1) });
        (Answer { errors: response.errors, data, extensions }, code)
    }
}

/// The code of the first error, for those who count.
fn told(errors: &[ServerError]) -> &'static str {
    errors.first().and_then(Code::of).map_or("OK", Code::name)
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

/// The operation that is executed, and its name: the one that is so called, or the only one.
fn operation<'a>(
    document: &'a ExecutableDocument,
    wanted: Option<&str>,
) -> Option<(Option<&'a str>, &'a OperationDefinition)> {
    let mut all = document.operations.iter().map(|(name, one)| (name.map(|name| name.as_str()), &one.node));
    match wanted {
        Some(_) => all.find(|(name, _)| *name == wanted),
        None => all.next().filter(|_| all.next().is_none()),
    }
}
