//! The routes.

use axum::Router;

use crate::boot::App;

/// Everything that this server answers.
pub fn router(app: App) -> Router {
    let _ = app;
    Router::new()
}
