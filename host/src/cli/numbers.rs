//! Numbers among the arguments.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// Most worker threads. More than a machine has cores are of no use, and each takes memory.
pub(super) const WORKERS_MAX: u64 = 1024;

/// Reads a whole number of a range.
pub(super) fn whole<T: FromStr>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let fits = text.parse().is_ok_and(|number| range.contains(&number));
        let number = fits.then(|| text.parse().ok()).flatten();
        number.ok_or_else(|| {
            format!("it is a whole number from {} to {}", range.start(), range.end())
        })
    }
}
