//! A record of two documents: the service's account of an activity, and the activity's file.

use domain::{Field, Group, Readings};

/// What the account lacks and the file has. Fields that belong together come from one of the two, or a record would
/// mix the service's average with the watch's peak.
pub fn fill(account: &mut Readings, file: &Readings, keep_original: bool) {
    let told: Vec<Group> = account.iter().map(|(field, _)| field.group()).filter(|group| group.is_coherent()).collect();
    for (field, reading) in file.iter() {
        let group = field.group();
        if told.contains(&group) || (field == Field::OriginalFile && !keep_original) {
            continue;
        }
        if field == Field::Laps {
            // The account only counts them.
            account.set(field, reading.value.clone(), reading.at.clone());
        }
        account.set_if_absent(field, reading.value.clone(), reading.at.clone());
    }
}
