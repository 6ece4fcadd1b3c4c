//! Traces by OTLP: a span for each request, and for each operation of a socket. Of spans nothing but our own few fields
//! goes out, and of what is logged within them nothing at all: a log may quote what no collector is to know.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, Response};
use bytes::Bytes;
use futures::future::BoxFuture;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, filter};

/// How long a collector may take, its being asked again included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the end of the process waits for a collector.
const LAST: Duration = Duration::from_secs(2);
/// The spans that go out, by name.
const SPANS: [&str; 2] = ["request", "operation"];

/// How a request reaches the collector.
pub type Post = Box<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, HttpError>> + Send + Sync>;

/// Where traces go.
pub struct Collector {
    /// Its address, whole.
    pub endpoint: String,
    /// How it is reached.
    pub post: Post,
}

/// Why nothing can be traced.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.otlp_endpoint: traces cannot be sent there: {0}")]
pub struct TracesError(String);

/// The traces of this process.
#[must_use = "what is not ended may leave spans unsent"]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Nothing is traced.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Sends what has not been sent, and ends.
    pub async fn end(self) {
        let Some(provider) = self.0 else { return };
        // It waits for the call to the collector, which a worker of this runtime makes.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

/// Whether a span is one of those that go out.
fn goes_out(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("api::http") && SPANS.contains(&metadata.name())
}

/// The layer that sends spans to a collector, and what ends it. Called within the runtime that is to make the calls.
///
/// # Errors
/// The address is none.
pub fn traces<S>(collector: Collector) -> Result<(Box<dyn Layer<S> + Send + Sync>, Traces), TracesError>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let Collector { endpoint, post } = collector;
    let client = Client { post, runtime: Handle::current(), fails: AtomicBool::new(false) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(PATIENCE)
        .build()
        .map_err(|error| TracesError(error.to_string()))?;
    let resource = Resource::builder().with_service_name("datahub").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("datahub"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(filter::filter_fn(goes_out))
        .boxed();
    Ok((layer, Traces(Some(provider))))
}

/// What the library sends with. It calls from a thread of its own, which knows no runtime: so the call is made by ours.
struct Client {
    post: Post,
    runtime: Handle,
    /// Whether the last call failed: a collector that is away is told of once, not every five seconds.
    fails: AtomicBool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.runtime.spawn((self.post)(request)).await?;
        let fails = !answer.as_ref().is_ok_and(|answer| answer.status().is_success());
        if fails && !self.fails.swap(true, Ordering::Relaxed) {
            match &answer {
                Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "the collector takes no traces"),
                Err(error) => tracing::warn!(%error, "traces do not reach the collector"),
            }
        } else if !fails && self.fails.swap(false, Ordering::Relaxed) {
            tracing::info!("traces reach the collector again");
        }
        answer
    }
}
