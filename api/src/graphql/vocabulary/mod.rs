//! Which of the domain's words are enums of the API, and what they mean to its readers.

mod activities;
mod lists;
mod pairs;
mod records;
mod sports;
mod work;
