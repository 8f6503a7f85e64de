//! Texts of the manifest with a form of their own: names, sizes, durations, command lines, paths.
//!
//! Sizes are read here, not by a crate: those we know take `64k`, `64KB` and `64 kb`, and do not agree
//! on whether that is 64,000 or 65,536.

use std::ops::RangeInclusive;
use std::path::{Component, Path};
use std::time::Duration;

use super::bounds;
use super::error::{self, ProblemKind};

/// Checks the characters of a name.
pub(super) fn name(text: &str) -> Result<(), ProblemKind> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let reason = if text.is_empty() {
        "it is empty"
    } else if text.chars().count() > bounds::NAME_CHARS_MAX {
        "it has more than 64 characters"
    } else if !text.chars().all(allowed) {
        "use lower-case letters, digits, `-` and `_`"
    } else {
        return Ok(());
    };
    Err(ProblemKind::BadName { name: text.to_owned(), reason })
}

/// The bytes of a size, within a range.
pub(super) fn bytes(key: &str, text: &str, range: RangeInclusive<u64>) -> Result<u64, ProblemKind> {
    let (key, found) = (key.to_owned(), text.to_owned());
    let Some((number, shift)) = number_and_unit(text) else {
        return Err(ProblemKind::BadSize { key, found });
    };
    let bytes = number.checked_mul(1 << shift).filter(|bytes| range.contains(bytes));
    let (min, max) = range.into_inner();
    bytes.ok_or(ProblemKind::SizeOutOfRange { key, found, min, max })
}

/// As [`bytes()`], for a size that fits 32 bits.
pub(super) fn bytes32(
    key: &str,
    text: &str,
    range: RangeInclusive<u64>,
) -> Result<u32, ProblemKind> {
    let bytes = bytes(key, text, range)?;
    Ok(u32::try_from(bytes).expect("32-bit sizes have 32-bit bounds"))
}

/// The bytes of a linear memory: whole pages.
pub(super) fn memory(key: &str, text: &str) -> Result<u64, ProblemKind> {
    let bytes = bytes(key, text, bounds::MEMORY_BYTES)?;
    if bytes.is_multiple_of(bounds::PAGE_BYTES) {
        Ok(bytes)
    } else {
        Err(ProblemKind::NotPages { key: key.to_owned(), found: error::size(bytes) })
    }
}

/// The bytes of a size.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, shift) = number_and_unit(text)?;
    number.checked_mul(1 << shift)
}

fn number_and_unit(text: &str) -> Option<(u64, u32)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let shift = match &text[digits..] {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    // More digits than a u64 holds are a size, and out of every range.
    let number = (digits > 0).then(|| text[..digits].parse().unwrap_or(u64::MAX))?;
    Some((number, shift))
}

/// A duration longer than nothing.
pub(super) fn duration(key: &str, text: &str) -> Result<Duration, ProblemKind> {
    let key = key.to_owned();
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err(ProblemKind::ZeroDuration { key }),
        Ok(duration) => Ok(duration),
        Err(error) => {
            let (found, reason) = (text.to_owned(), error.to_string());
            Err(ProblemKind::BadDuration { key, found, reason })
        }
    }
}

/// The words of a command line; at least one.
pub(super) fn words(key: &str, text: &str) -> Result<Vec<String>, ProblemKind> {
    let key = key.to_owned();
    match shell_words::split(text) {
        Ok(words) if words.first().is_some_and(|word| !word.is_empty()) => Ok(words),
        Ok(_) => Err(ProblemKind::Empty { key }),
        Err(_) => Err(ProblemKind::BadCommand { key, reason: "a quote is not closed" }),
    }
}

/// A text that operating systems take for a path.
pub(super) fn path<'t>(key: &str, text: &'t str) -> Result<&'t Path, ProblemKind> {
    let key = key.to_owned();
    if text.is_empty() {
        Err(ProblemKind::Empty { key })
    } else if text.contains('\0') {
        Err(ProblemKind::Nul { key })
    } else {
        Ok(Path::new(text))
    }
}

/// A path that stays below where it starts, as far as its text tells: links are followed when the
/// folder is opened.
pub(super) fn path_below<'t>(key: &str, text: &'t str) -> Result<&'t Path, ProblemKind> {
    let path = path(key, text)?;
    let below =
        path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if below { Ok(path) } else { Err(ProblemKind::HostOutside { key: key.to_owned() }) }
}

/// An absolute path as a guest sees it, without a `/` at its end.
pub(super) fn guest_path(key: &str, text: &str) -> Result<String, ProblemKind> {
    path(key, text)?;
    let wrong = || ProblemKind::GuestNotAbsolute { key: key.to_owned() };
    let inner = text.strip_prefix('/').ok_or_else(wrong)?.trim_end_matches('/');
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if inner.is_empty() || inner.split('/').all(plain) {
        Ok(format!("/{inner}"))
    } else {
        Err(wrong())
    }
}

/// Checks an environment variable.
pub(super) fn variable(name: &str, value: &str) -> Result<(), ProblemKind> {
    let reason = if name.is_empty() {
        "it has no name"
    } else if name.contains(['=', '\0']) {
        "its name contains `=` or NUL"
    } else if value.contains('\0') {
        "its value contains NUL"
    } else {
        return Ok(());
    };
    Err(ProblemKind::BadVariable { name: name.to_owned(), reason })
}

/// Checks the name of a kind of event, as far as that can be done without its component.
pub(super) fn event(name: &str) -> Result<(), ProblemKind> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > bounds::EVENT_BYTES_MAX {
        "it has more than 256 bytes"
    } else if name == "*" || name == "default" {
        "no message has it"
    } else {
        return Ok(());
    };
    Err(ProblemKind::BadEvent { name: name.to_owned(), reason })
}
