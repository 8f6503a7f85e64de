//! Where in a guest a failure happened, for people.

use wasmtime::WasmBacktrace;

/// What the functions are called by which a failure is told: the author of an actor wants to see who called them.
const TELLERS: [&str; 7] = [
    "coyote_guest::bindings",
    "coyote_guest::failure",
    "__rust",
    "rust_",
    "std::",
    "core::",
    "alloc::",
];

/// One frame a line, the innermost first: the function, and its place in the source if the component carries it.
pub(super) fn text(backtrace: &WasmBacktrace) -> String {
    let frames = backtrace.frames().iter().map(|frame| {
        let name = frame.func_name().map_or_else(
            || format!("function {}", frame.func_index()),
            |name| format!("{:#}", rustc_demangle::demangle(name)),
        );
        let place =
            frame.symbols().iter().find_map(|symbol| Some((symbol.file()?, symbol.line()?)));
        match place {
            Some((file, line)) => format!("{name} at {file}:{line}"),
            None => name,
        }
    });
    without_tellers(frames.collect()).join("\n")
}

/// The frames from the first on that does not only tell of the failure; all if there is none.
fn without_tellers(mut frames: Vec<String>) -> Vec<String> {
    let tells = |frame: &String| {
        let name = frame.trim_start_matches('<');
        TELLERS.iter().any(|teller| name.starts_with(teller))
    };
    let own = frames.iter().position(|frame| !tells(frame)).unwrap_or(0);
    frames.split_off(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_the_authors() {
        let first = |frames: &[&str]| {
            let frames = frames.iter().map(|&frame| frame.to_owned()).collect();
            without_tellers(frames).first().cloned()
        };
        let failed = "coyote_guest::failure::fail";
        let unwound = ["__rustc::rust_begin_unwind", "core::option::unwrap_failed at option.rs:7"];
        let author = "shop::Shop::buy at src/lib.rs:9";
        assert_eq!(first(&[failed, author, failed]).unwrap(), author);
        assert_eq!(first(&[failed, unwound[0], unwound[1], author]).unwrap(), author);
        assert_eq!(
            first(&[unwound[0], "<shop::Shop as Actor>::call"]).unwrap(),
            "<shop::Shop as Actor>::call"
        );
        assert_eq!(first(&unwound).unwrap(), unwound[0]);
        assert_eq!(first(&[]), None);
    }
}
