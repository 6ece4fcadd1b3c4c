//! What is counted, for Prometheus. Labels are names from the code, never what somebody sent: neither an id, nor a name,
//! nor an address has a place here.

use std::sync::OnceLock;
use std::time::Duration;

use domain::Status;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Buckets of durations, in seconds: from a page out of memory to the deadline.
const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Begins to count; the first call of a process counts. Gives what renders the text.
pub fn start() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let durations = Matcher::Suffix("_seconds".to_owned());
        let installed = PrometheusBuilder::new()
            .set_buckets_for_metric(durations, &BUCKETS)
            .and_then(PrometheusBuilder::install_recorder);
        installed.inspect_err(|error| tracing::warn!(%error, "nothing is counted")).ok()
    };
    HANDLE.get_or_init(install).as_ref()
}

/// Adds up the durations that were counted since: each of them is kept until then, also where nobody ever asks for the
/// figures.
pub fn add_up() {
    if let Some(figures) = start() {
        figures.run_upkeep();
    }
}

/// A request of plain HTTP was answered. `route` is the pattern, never the path.
pub fn answered(route: &str, method: &'static str, status: u16, took: Duration) {
    let route = route.to_owned();
    metrics::counter!("datahub_http_requests_total", "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    metrics::histogram!("datahub_http_request_seconds", "route" => route).record(took.as_secs_f64());
}

/// A GraphQL operation was answered: of which kind, with which code (`OK` without an error), at what cost.
pub fn executed(kind: &'static str, code: &'static str, cost: u64, took: Duration) {
    metrics::counter!("datahub_graphql_operations_total", "kind" => kind, "code" => code).increment(1);
    metrics::counter!("datahub_graphql_cost_total", "kind" => kind).increment(cost);
    metrics::histogram!("datahub_graphql_operation_seconds", "kind" => kind).record(took.as_secs_f64());
}

/// How activities and candidates stand, all athletes together.
pub fn standing(summary: &hub::Summary) {
    for status in Status::ALL {
        let count = summary.by_status.get(&status).copied().unwrap_or_default();
        metrics::gauge!("datahub_activities", "status" => status.name()).set(count as f64);
    }
    metrics::gauge!("datahub_open_candidates").set(summary.open_candidates as f64);
}

/// How many jobs there are, by queue and state.
pub fn queued(counts: Vec<hub::JobCount>) {
    for count in counts {
        metrics::gauge!("datahub_jobs", "queue" => count.queue, "state" => count.state).set(count.jobs as f64);
    }
}

/// A socket was opened, or ended.
pub fn sockets(change: f64) {
    metrics::gauge!("datahub_sockets").increment(change);
}
