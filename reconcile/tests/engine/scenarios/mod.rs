//! The catalogue of real-life cases, under their ids. Each runs through permuted and doubled arrival (see `case`).

mod basic;
mod clocks;
mod crops;
mod devices;
mod files;
mod late;
mod multisport;
mod neighbours;
mod people;
mod withdrawals;
