//! Cursors: places in a list as clients hold them.

use uuid::Uuid;

use crate::HubError;

/// An opaque place in a list, as clients hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// A place in a list: the order's key of the item that stands there, and its id, which settles ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The key as its column holds it; 0 where the id alone orders.
    pub key: i64,
    /// The item's id.
    pub id: Uuid,
}

impl Place {
    /// The text that clients hold. `order` names the list's order, so that the cursor fits no other.
    pub fn cursor(self, order: &str) -> Cursor {
        let plain = format!("{order}:{}:{}", self.key, self.id.simple());
        Cursor(plain.bytes().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The place behind a client's text.
    ///
    /// # Errors
    /// [`HubError::Invalid`] for a text that no list gave out, and for a cursor of a list in another order.
    pub fn read(cursor: &Cursor, order: &str) -> Result<Self, HubError> {
        let (given, place) = Self::parse(&cursor.0).ok_or_else(|| {
            HubError::Invalid(
                "The cursor is not one that this hub gave out; use a cursor of an earlier page as it is, or leave it out."
                    .to_owned(),
            )
        })?;
        if given != order {
            return Err(HubError::Invalid(
                "The cursor belongs to a list in another order; keep the order while paging, or begin without a cursor."
                    .to_owned(),
            ));
        }
        Ok(place)
    }

    fn parse(text: &str) -> Option<(String, Self)> {
        // The longest that is ever given out has some 120 digits; what is longer need not be looked at.
        if text.len() > 256 || !text.len().is_multiple_of(2) {
            return None;
        }
        let mut plain = Vec::with_capacity(text.len() / 2);
        for pair in text.as_bytes().chunks_exact(2) {
            let digits = std::str::from_utf8(pair).ok()?;
            plain.push(u8::from_str_radix(digits, 16).ok()?);
        }
        let plain = String::from_utf8(plain).ok()?;
        let mut parts = plain.split(':');
        let (order, key, id) = (parts.next()?, parts.next()?, parts.next()?);
        let place = Self { key: key.parse().ok()?, id: Uuid::try_parse(id).ok()? };
        // One spelling a place: what does not read back as itself was made by hand.
        (place.cursor(order).0 == text).then(|| (order.to_owned(), place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { key: -1, id: Uuid::from_u128(7) }
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_order_only() {
        let cursor = place().cursor("distance.desc");
        assert_eq!(Place::read(&cursor, "distance.desc").unwrap(), place());
        for other in ["distance.asc", "start.desc", ""] {
            let error = Place::read(&cursor, other).unwrap_err();
            assert!(matches!(&error, HubError::Invalid(text) if text.contains("another order")), "{error}");
        }
    }

    #[test]
    fn texts_that_no_list_gave_out_are_refused() {
        let good = place().cursor("start.asc").0;
        let spelled = |plain: &str| plain.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let id = Uuid::from_u128(7).simple().to_string();
        for text in [
            String::new(),
            "7".to_owned(),
            "zz".to_owned(),
            "é".to_owned(),
            "+1+1".to_owned(),
            "ff".repeat(40),
            "61".repeat(4000),
            good.to_uppercase(),
            good.replacen('7', "", 1),
            format!("{good}00"),
            spelled("start.asc"),
            spelled(&format!("start.asc:9223372036854775808:{id}")),
            spelled(&format!("start.asc:+1:{id}")),
            spelled(&format!("start.asc:1:{}", Uuid::from_u128(7))),
            spelled(&format!("start.asc:1:{id}:more")),
        ] {
            if text == good {
                continue;
            }
            let refused = Place::read(&Cursor(text.clone()), "start.asc");
            assert!(matches!(refused, Err(HubError::Invalid(_))), "{text} was taken for a cursor");
        }
    }
}
