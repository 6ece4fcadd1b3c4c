//! The history of the tables: what was applied is never changed, only added to.
//!
//! Instants are whole microseconds since 1970 in UTC, quantities whole thousandths of their unit, documents versioned
//! JSON text that one codec writes and reads: the same on SQLite and on PostgreSQL. This crate must never know
//! `entity`: history does not move when a struct does.

mod m20261124_000001_athletes;
mod m20261124_000002_records;
mod m20261124_000003_activities;
mod m20261124_000004_work;
mod m20261124_000005_history;
mod m20261124_000006_live;
mod m20261124_000009_totals;
mod m20261130_000010_cursors;
mod m20261130_000011_idempotency;
mod m20261130_000012_asked;
mod shape;

use sea_orm_migration::prelude::*;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_athletes::Migration),
            Box::new(m20261124_000002_records::Migration),
            Box::new(m20261124_000003_activities::Migration),
            Box::new(m20261124_000004_work::Migration),
            Box::new(m20261124_000005_history::Migration),
            Box::new(m20261124_000006_live::Migration),
            Box::new(m20261124_000009_totals::Migration),
            Box::new(m20261130_000010_cursors::Migration),
            Box::new(m20261130_000011_idempotency::Migration),
            Box::new(m20261130_000012_asked::Migration),
        ]
    }
}
