//! What the demo says when it is ready.

use std::fmt::Write as _;
use std::net::SocketAddr;

use domain::Status;
use hub::Summary;
use serde_json::json;

use crate::cli::print::{count, counted};

/// Something to begin with: what the last three activities are, and where their distances come from.
pub(super) const QUERY: &str = "{ activities(first: 3) { nodes { name startTimeUtc status distanceM \
    provenance(fields: [DISTANCE_M]) { value source { name } path reason alternatives { value source { name } } } } } }";

/// What stands in the hub.
pub(super) fn standing(summary: &Summary, records: u64) -> String {
    let all: u64 = summary.by_status.values().sum();
    let mut text = format!(
        "{} out of {}:\n",
        counted(all, "activity", "activities"),
        counted(records, "record of two sources", "records of two sources")
    );
    for (status, meaning) in [
        (Status::Matched, "both sources tell of it and agree"),
        (Status::Conflicted, "they differ by more than the tolerance; precedence has chosen"),
        (Status::SingleSource, "one source has it"),
        (Status::Pending, "only Garmin has it yet; Strava has 72 h to follow"),
        (Status::NeedsReview, "perhaps one with another: a person decides"),
    ] {
        let number = summary.by_status.get(&status).copied().unwrap_or(0);
        let _ = writeln!(text, "  {:<14}{:>5}  {meaning}", status.name(), count(number));
    }
    text
}

/// How to go on.
pub(super) fn invitation(address: SocketAddr, token: &str) -> String {
    let body = json!({ "query": QUERY });
    format!(
        "GraphiQL, an editor for queries, is at http://{address}/graphiql; it asks for the token, which is good for 30 days:\n\
         \n\
         TOKEN={token}\n\
         \n\
         Or paste that line and this into a shell:\n\
         \n\
         curl -s http://{address}/graphql -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \
         -d '{body}'\n\
         \n\
         Both simulated sources stay connected: sourceAccounts shows them, syncAccount asks one again.\n\
         Ctrl-C ends the demo, and them.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_told_and_absent_ones_as_none() {
        let summary = Summary { by_status: [(Status::Matched, 1234)].into(), ..Summary::default() };
        let told = standing(&summary, 2500);
        assert!(told.starts_with("1 234 activities out of 2 500 records of two sources:\n"), "{told}");
        assert!(told.contains("  MATCHED       1 234  both"), "{told}");
        assert!(told.contains("  PENDING           0  only"), "{told}");
    }

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        let told = invitation(SocketAddr::from(([127, 0, 0, 1], 8080)), "a.b.c");
        let (_, body) = told.split_once("-d '").unwrap();
        let (body, _) = body.split_once('\'').unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["query"], QUERY);
        assert!(!QUERY.contains('\''));
    }
}
