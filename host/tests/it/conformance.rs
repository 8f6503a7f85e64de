//! The scenarios of conformance as components that are written with the guest's SDK, explored and run. On the kernel
//! alone they run in its own tests; `docs/conformance.md` lists both.

mod design;
mod differences;
mod inbox;
mod life;
mod options;
mod races;
mod waits;
mod ways;
