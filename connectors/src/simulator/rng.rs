//! Numbers that look like chance and are the same every time.

/// Splitmix64: small, and good enough to make runs differ.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The sequence of that seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to below `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (self.next() >> 11) as f64 / (1u64 << 53) as f64 * (high - low)
    }

    /// A whole number from `low` to below `high`.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.between(low as f64, high as f64).floor() as i64
    }

    /// One of several.
    pub fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.whole(0, words.len() as i64)).unwrap_or_default();
        words.get(index).copied().unwrap_or_default()
    }
}
