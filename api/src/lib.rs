//! The door: HTTP, GraphQL, the command line, configuration and tokens.
//!
//! [`boot::open`] makes an [`App`](boot::App) of a [`Config`](config::Config); [`http::router`] makes it answer,
//! [`lifecycle`] makes it live and end. What is read goes through [`auth::Principal`], which alone can give a view of
//! the hub, and only with the scope for it.
//!
//! This crate must never know tables or SQL; sources only by the registry, in [`boot`] and [`live`], and where a person
//! signs in at the command line.

pub mod auth;
pub mod boot;
pub mod cli;
pub mod config;
pub mod graphql;
pub mod http;
pub mod lifecycle;
pub mod live;
mod metrics;
mod secret;
pub mod telemetry;
