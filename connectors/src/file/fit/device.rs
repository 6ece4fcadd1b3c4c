//! What recorded a FIT file.

use domain::FitIdentity;
use rustyfit::profile::mesgdef::FileId;
use rustyfit::profile::typedef::{GarminProduct, Manufacturer};

use super::date_ms;
use super::decode::{Creator, Part};
use crate::file::sheet::label;

/// What the file says of its own making, where it says enough to identify it, with the second at which the session
/// began.
pub fn identity(file_id: &FileId, session_start: i64) -> Option<FitIdentity> {
    Some(FitIdentity {
        manufacturer: Some(file_id.manufacturer.0).filter(|number| *number != u16::MAX).unwrap_or_default(),
        product: Some(file_id.product).filter(|number| *number != u16::MAX).unwrap_or_default(),
        serial: serial(file_id.serial_number)?,
        time_created: date_ms(file_id.time_created.0)? / 1000,
        session_start,
    })
}

/// The recording device's serial number.
pub fn device_serial(part: &Part) -> Option<u32> {
    let of_file = part.file_id.as_ref().and_then(|file_id| serial(file_id.serial_number));
    of_file.or_else(|| part.creator.as_ref().and_then(|creator| serial(creator.serial)))
}

const fn serial(number: u32) -> Option<u32> {
    match number {
        0 | u32::MAX => None,
        number => Some(number),
    }
}

/// The device in a few words: `garmin fenix6x`, `wahoo fitness ELEMNT BOLT`, `zwift`; and where that stood.
pub fn name(part: &Part) -> Option<(String, &'static str)> {
    let file_id = part.file_id.as_ref();
    let of_file = file_id.and_then(|id| words(id.manufacturer.0, id.product, &id.product_name));
    let of_creator = || {
        let Creator { manufacturer, product, product_name, .. } = part.creator.as_ref()?;
        words(*manufacturer, *product, product_name)
    };
    of_file.map(|name| (name, "file_id.product")).or_else(|| of_creator().map(|name| (name, "device_info[0].product")))
}

fn words(manufacturer: u16, product: u16, product_name: &str) -> Option<String> {
    // 255 is "development": a maker that has no number, whose product name says it all.
    let maker = (!matches!(manufacturer, 0 | 255 | u16::MAX)).then(|| plain(Manufacturer(manufacturer))).flatten();
    // Products are numbered by their maker, and only Garmin's numbers are public.
    let model = label(product_name).or_else(|| {
        let garmin = manufacturer == Manufacturer::GARMIN.0 && !matches!(product, 0 | u16::MAX);
        garmin.then(|| plain(GarminProduct(product)).unwrap_or_else(|| format!("product {product}")))
    });
    match (maker, model) {
        (Some(maker), Some(model)) if model.to_lowercase().starts_with(&maker.to_lowercase()) => Some(model),
        (Some(maker), Some(model)) => Some(format!("{maker} {model}")),
        (maker, model) => model.or(maker),
    }
}

/// A profile name as words; `None` for a number that the profile has no name for.
fn plain(name: impl std::fmt::Display) -> Option<String> {
    let name = name.to_string();
    (!name.contains('(')).then(|| name.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_read_like_words() {
        for (manufacturer, product, product_name, expected) in [
            (1, 3291, "", Some("garmin fenix6x")),
            (1, 65_000, "", Some("garmin product 65000")),
            (260, 0, "", Some("zwift")),
            (32, 28, "ELEMNT BOLT", Some("wahoo fitness ELEMNT BOLT")),
            (294, 841, "COROS PACE 2", Some("COROS PACE 2")),
            (255, 0, "A\u{202e}pp", Some("A pp")),
            (0, 0, "", None),
            (u16::MAX, u16::MAX, "", None),
            (60_000, 7, "", None),
        ] {
            assert_eq!(words(manufacturer, product, product_name).as_deref(), expected);
        }
    }

    #[test]
    fn a_serial_of_zero_identifies_nothing() {
        let mut file_id = FileId::new();
        assert_eq!(identity(&file_id, 5), None);
        (file_id.serial_number, file_id.time_created.0) = (7, 1_000_000_000);
        assert_eq!(identity(&file_id, 5).map(|id| (id.product, id.time_created)), Some((0, 1_631_065_600)));
        file_id.time_created.0 = 12;
        assert_eq!(identity(&file_id, 5), None);
    }
}
