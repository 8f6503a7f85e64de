//! What states cost: the same ping-pong with plain handlers, with a handler of the one state that there is, and with a
//! transition for every event.

use crate::contenders::coyote;
use crate::work::{Sample, Stopwatch};

const HOPS: u32 = 1_000_000;

/// Measures all three, in rounds that take turns, and prints what came of it.
pub(crate) fn measure(rounds: usize) -> anyhow::Result<()> {
    let title = format!("ping-pong, 1 thread, {HOPS} events: events/s");
    super::measure_each(
        &title,
        rounds,
        HOPS.into(),
        &[
            ("plain handlers", &|| run("ring.toml", r#""tokens":1"#)),
            ("a state that stays", &|| run("ring-states.toml", r#""moves":false"#)),
            ("a goto each event", &|| run("ring-states.toml", r#""moves":true"#)),
        ],
    )
}

fn run(app: &str, how: &str) -> anyhow::Result<Sample> {
    let host = coyote::host(app, 1)?;
    let plan = format!(r#"{{"first":{{"nodes":2,"hops":{HOPS},{how}}}}}"#);
    let stopwatch = Stopwatch::start();
    host.create("node", None, coyote::json(&plan))?;
    coyote::rest(&host)?;
    let sample = stopwatch.stop();
    coyote::end(host, 2, u64::from(HOPS) + 1)?;
    Ok(sample)
}
