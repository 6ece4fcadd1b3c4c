//! Cursors: places in a list as clients hold them, signed for that list.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use super::Athletes;
use crate::HubError;

/// A cursor's bytes: the key, the id, and as many of the signature's as nobody can guess.
const KEY: usize = 8;
const ID: usize = 16;
const SIGNATURE: usize = 16;
/// Their letters in base 64.
const LETTERS: usize = ((KEY + ID + SIGNATURE) * 4).div_ceil(3);

/// An opaque place in a list, as clients hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// What signs the cursors of a database. It is kept there: a place means nothing in another database, and every replica
/// knows it.
#[derive(Clone)]
pub(crate) struct CursorKey(Hmac<Sha256>);

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey")
    }
}

impl CursorKey {
    /// The key of these bytes, a block of SHA-256.
    pub(crate) fn of(bytes: &[u8; 64]) -> Self {
        Self(Hmac::new(bytes.into()))
    }

    /// A list: whose things it holds, which of them, and in what order. Its cursors fit no other.
    pub(super) fn list(&self, order: &str, athletes: &Athletes, filter: &str) -> List {
        let mut signer = self.0.clone();
        for part in [order, &athletes.spelled(), filter] {
            signer.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            signer.update(part.as_bytes());
        }
        List(signer)
    }
}

/// What signs the cursors of one list.
#[derive(Clone)]
pub(super) struct List(Hmac<Sha256>);

/// A place in a list: the order's key of the item that stands there, and its id, which settles ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The key as its column holds it; 0 where the id alone orders.
    pub key: i64,
    /// The item's id.
    pub id: Uuid,
}

impl Place {
    /// The text that clients hold.
    pub fn cursor(self, list: &List) -> Cursor {
        let mut bytes = self.key.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        let signature = list.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(signature.iter().take(SIGNATURE));
        Cursor(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The place behind a client's text.
    ///
    /// # Errors
    /// [`HubError::Invalid`] for a text that this list did not give out.
    pub fn read(cursor: &Cursor, list: &List) -> Result<Self, HubError> {
        Self::parse(&cursor.0, list).ok_or_else(|| {
            HubError::Invalid(
                "The cursor is not of this list: a list has another with every filter, order and set of athletes that a \
                 token speaks for. Page on with the arguments that the cursor came with, or begin without one."
                    .to_owned(),
            )
        })
    }

    fn parse(text: &str, list: &List) -> Option<Self> {
        if text.len() != LETTERS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, signature) = bytes.split_at_checked(KEY + ID)?;
        list.0.clone().chain_update(place).verify_truncated_left(signature).ok()?;
        let (key, id) = place.split_at_checked(KEY)?;
        Some(Self { key: i64::from_be_bytes(key.try_into().ok()?), id: Uuid::from_slice(id).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use domain::AthleteId;

    use super::*;

    fn place() -> Place {
        Place { key: -1, id: Uuid::from_u128(7) }
    }

    fn only(ids: &[u128]) -> Athletes {
        Athletes::Only(ids.iter().map(|id| AthleteId::from_uuid(Uuid::from_u128(*id))).collect())
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_list_only() {
        let key = CursorKey::of(&[1; 64]);
        let list = key.list("distance.desc", &only(&[1, 2]), "sport 3:RUN;");
        let cursor = place().cursor(&list);
        assert_eq!(Place::read(&cursor, &list).unwrap(), place());
        assert_eq!(Place::read(&cursor, &key.list("distance.desc", &only(&[2, 1]), "sport 3:RUN;")).unwrap(), place());
        for other in [
            key.list("distance.asc", &only(&[1, 2]), "sport 3:RUN;"),
            key.list("distance.desc", &only(&[1]), "sport 3:RUN;"),
            key.list("distance.desc", &only(&[]), "sport 3:RUN;"),
            key.list("distance.desc", &Athletes::All, "sport 3:RUN;"),
            key.list("distance.desc", &only(&[1, 2]), ""),
            CursorKey::of(&[2; 64]).list("distance.desc", &only(&[1, 2]), "sport 3:RUN;"),
        ] {
            let error = Place::read(&cursor, &other).unwrap_err();
            assert!(matches!(&error, HubError::Invalid(text) if text.contains("not of this list")), "{error}");
        }
    }

    #[test]
    fn every_other_letter_is_refused() {
        let list = CursorKey::of(&[1; 64]).list("start.asc", &Athletes::All, "");
        let good = place().cursor(&list).0;
        assert_eq!(good.len(), LETTERS);
        for at in 0..good.len() {
            for letter in "AZaz09-_=+ ".chars() {
                let mut text: Vec<char> = good.chars().collect();
                text[at] = letter;
                let text: String = text.into_iter().collect();
                let read = Place::read(&Cursor(text.clone()), &list);
                assert_eq!(read.is_ok(), text == good, "{text}");
            }
        }
    }

    #[test]
    fn texts_that_no_list_gave_out_are_refused() {
        let list = CursorKey::of(&[1; 64]).list("start.asc", &Athletes::All, "");
        let good = place().cursor(&list).0;
        for text in ["", "7", "é", &"A".repeat(54), &"é".repeat(27), &"A".repeat(8000), &good[1..], &format!("{good}A")]
        {
            let refused = Place::read(&Cursor(text.to_owned()), &list);
            assert!(matches!(refused, Err(HubError::Invalid(_))), "{text} was taken for a cursor");
        }
    }
}
