//! Declares two reactions for one kind.

conformance::by_hand!([Defer, Ignore], |_| {});
