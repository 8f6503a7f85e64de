//! The guest of the host's tests that waits: written against the interface itself, so that it can use it in wrong ways,
//! too.
//!
//! The initial payload has a list of commands for the first turn and for each kind of event: `{ init = ['receive ping',
//! 'log done'], go = [..], .. }`. They are done one after the other, also across turns: a command that waits ends the
//! turn, and task 0 goes on behind it. What it gets is logged. See `command` for the commands; they name actors that
//! the payload names, too: `b = '@it/b'`. Task 1 logs and ends.

use core::cell::RefCell;

use coyote_guest::__private::bindings::{
    coyote::actor::{
        cells, report, timers, turn,
        types::{ActorId, Duration, Encoding},
        waits::{self, Wait, Wanted},
    },
    export,
    exports::coyote::actor::{
        handler::{self, Description, Reaction, Role, Rule},
        render, tasks,
    },
};
use serde_json::{Map, Value};

/// The kinds that it lists.
const KINDS: [&str; 5] = ["go", "ping", "question", "n", "halt"];

/// What it remembers.
#[derive(Default)]
struct Memory {
    script: Map<String, Value>,
    /// What task 0 does next, the next last.
    left: Vec<String>,
    cell: Option<ActorId>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// The component.
#[derive(Debug)]
struct Waiter;

export!(Waiter with_types_in coyote_guest::__private::bindings);

fn log(text: &str) {
    report::log(report::Level::Info, text);
}

/// Begins the commands for an event.
fn begin(on: &str) {
    MEMORY.with_borrow_mut(|memory| {
        let commands = memory.script.get(on).and_then(Value::as_array).cloned().unwrap_or_default();
        let commands = commands.iter().rev().filter_map(Value::as_str);
        memory.left = commands.map(str::to_owned).collect();
    });
    go_on();
}

/// Goes on up to a command that waits.
fn go_on() {
    while let Some(next) = MEMORY.with_borrow_mut(|memory| memory.left.pop()) {
        if command(&next) {
            return;
        }
    }
}

fn park(wait: &Wait) -> bool {
    waits::park(0, 0, "the script", false, wait);
    true
}

fn receive(kind: u32, condition: Option<u32>) -> bool {
    park(&Wait::Receive(vec![Wanted { kind, condition }]))
}

fn kind(name: &str) -> u32 {
    let place = KINDS.iter().position(|known| *known == name);
    place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
}

/// Whom the initial payload calls so.
fn id(name: &str) -> ActorId {
    let digits = MEMORY.with_borrow(|memory| {
        memory.script.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    });
    let half = |digits: Option<&str>| {
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default()
    };
    ActorId { high: half(digits.get(..8)), low: half(digits.get(8..)) }
}

fn milliseconds(text: &str) -> Duration {
    let nanoseconds = text.parse::<u32>().unwrap_or_default() * 1_000_000;
    Duration { seconds: 0, nanoseconds }
}

/// Does one thing; whether the turn is over because of it.
fn command(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    match words[..] {
        ["log", ..] => log(&text[4..]),
        ["send", to, kind] => turn::send(id(to), kind, Encoding::Bytes, &[]),
        ["send", to, kind, payload] => turn::send(id(to), kind, Encoding::Text, payload.as_bytes()),
        ["reply", payload] => turn::reply(Encoding::Text, payload.as_bytes()),
        ["refuse", message] => turn::reply_error(message),
        ["halt"] => turn::halt(),
        ["cell"] => {
            let cell = cells::create(cells::CellKind::Counter);
            MEMORY.with_borrow_mut(|memory| memory.cell = Some(cell));
        }
        ["spawn"] => waits::park(1, 1, "task 1", false, &Wait::Ready),
        ["spawn-background"] => waits::park(1, 1, "task 1", true, &Wait::Blocked("nothing".into())),
        ["receive", name] => return receive(kind(name), None),
        // Accepts an event whose payload is this number.
        ["receive-if", name, number] => return receive(kind(name), number.parse().ok()),
        ["ask", to, kind] => {
            return park(&Wait::Answer(turn::request(id(to), kind, Encoding::Bytes, &[])));
        }
        ["create-at", to] => {
            let answer = turn::try_create_at(id(to), "it", Encoding::Json, b"{}");
            return park(&Wait::Answer(answer));
        }
        ["apply", operation] => {
            let cell = MEMORY.with_borrow(|memory| memory.cell).unwrap_or(turn::self_id());
            let operation = match operation {
                "get" => cells::Operation::Get,
                "len" => cells::Operation::Len,
                number => cells::Operation::Add(number.parse().unwrap_or_default()),
            };
            return park(&Wait::Answer(cells::apply(cell, &operation)));
        }
        ["yield"] => return park(&Wait::Ready),
        ["sleep", ms] => {
            let timer = timers::start(milliseconds(ms), "ping", Encoding::Bytes, &[]);
            return park(&Wait::Firing(timer));
        }
        ["lock"] => return park(&Wait::Blocked("a mutex, held by nobody".into())),
        // Wrong ways.
        ["end", task] => waits::done(task.parse().unwrap_or_default()),
        ["answer", number] => return park(&Wait::Answer(number.parse().unwrap_or_default())),
        ["firing", number] => return park(&Wait::Firing(number.parse().unwrap_or_default())),
        ["receive-number", number] => return receive(number.parse().unwrap_or_default(), None),
        _ => report::fail(report::Cause::Panic, &format!("no command `{text}`")),
    }
    false
}

impl handler::Guest for Waiter {
    fn describe() -> Description {
        let rules = (0..).zip(KINDS).map(|(kind, _)| Rule { kind, reaction: Reaction::Do });
        Description {
            role: Role::Actor,
            name: "waiter".into(),
            kinds: KINDS.map(str::to_owned).to_vec(),
            states: Vec::new(),
            rules: rules.collect(),
            tells_ignored: false,
            tells_deferred: false,
        }
    }

    fn initialize(_: Encoding, payload: Vec<u8>) {
        if let Ok(Value::Object(script)) = serde_json::from_slice(&payload) {
            MEMORY.with_borrow_mut(|memory| memory.script = script);
        }
        begin("init");
    }

    fn handle_event(_: u32, _: Encoding, _: Vec<u8>) {
        let kind = turn::kind();
        if kind == "halt" {
            log("halts");
            return turn::halt();
        }
        begin(&kind);
    }

    fn handle_passed(_: u32, _: Encoding, _: Vec<u8>, _: bool) {}
}

impl tasks::Guest for Waiter {
    fn resume(task: u32) {
        if task == 1 {
            log("task 1");
            return waits::done(1);
        }
        match timers::fired() {
            Some(firing) => log(&format!("timer {} fired", firing.timer)),
            None => log("goes on"),
        }
        go_on();
    }

    fn deliver(_: u32, kind: u32, _: Encoding, payload: Vec<u8>, failed: bool) {
        let what = match (KINDS.get(kind as usize), failed) {
            (Some(kind), _) => kind,
            (None, false) => "answer",
            (None, true) => "refusal",
        };
        log(format!("{what} {}", String::from_utf8_lossy(&payload)).trim_end());
        go_on();
    }

    fn matches(condition: u32, _: u32, _: Encoding, payload: Vec<u8>) -> bool {
        if condition == 666 {
            turn::halt();
        }
        payload == condition.to_string().into_bytes()
    }
}

impl render::Guest for Waiter {
    fn state() -> String {
        MEMORY.with_borrow(|memory| memory.left.join(", "))
    }

    fn event(_: String, _: Encoding, _: Vec<u8>) -> Option<String> {
        None
    }
}
