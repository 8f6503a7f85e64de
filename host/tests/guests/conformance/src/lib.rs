//! What the actors of the conformance scenarios share. Each scenario is a small app of one or a few actors, which are in
//! `examples` under its number; the host's tests put them together and say what must be observable.

pub mod by_hand;

use coyote_guest::{
    cells::{Map, Register},
    prelude::*,
};
use std::{collections::VecDeque, fmt::Display};

/// An event without a meaning.
#[event]
pub struct E1;

/// An event without a meaning.
#[event]
pub struct E2;

/// An event without a meaning.
#[event]
pub struct E3;

/// An event without a meaning.
#[event]
pub struct E4;

/// An event without a meaning.
#[event]
pub struct U;

/// An event that the environment sends with the wish that it is handled.
#[event]
pub struct H;

/// An event with a payload, in the scenarios often that of a timer.
#[event]
pub struct Tick {
    /// What it carries.
    pub number: u32,
}

/// A question that somebody asks.
#[event]
pub struct Question;

/// What somebody has seen, if anything.
#[event]
pub struct Answer {
    /// The kind of an event.
    pub seen: Option<String>,
}

/// Which variant of a scenario an actor plays.
#[payload]
#[derive(Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The only one, or the first.
    #[default]
    A,
    /// The second.
    B,
    /// The third.
    C,
    /// The fourth.
    D,
    /// The fifth.
    E,
    /// The sixth.
    F,
    /// The seventh.
    G,
    /// The eighth.
    H,
}

/// The monitor that is hot until it hears of [`Done`].
pub const DONE: &str = "done";

/// A scenario has come to its end.
#[event]
pub struct Done;

/// Ends the turn as a violation that tells how it came out.
pub fn conclude(outcome: impl Display) {
    ensure!(false, "{}", spelled(&outcome.to_string()));
}

/// The text with digits as words: bugs whose messages differ in numbers only count as one.
fn spelled(text: &str) -> String {
    const WORDS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = |letter: char| match letter.to_digit(10) {
        Some(digit) => WORDS[digit as usize].to_owned(),
        None => letter.to_string(),
    };
    text.chars().map(word).collect()
}

/// The monitor that fails with all that it heard of.
pub const JUDGE: &str = "judge";

/// Something was seen.
#[event]
pub struct Saw {
    /// What.
    pub what: String,
    /// Of so many things.
    pub of: usize,
}

impl Saw {
    /// Lets the judge know.
    pub fn tell(ctx: &Context, what: impl Display, of: usize) {
        ctx.notify(JUDGE, Self { what: what.to_string(), of });
    }
}

/// What must happen, in this order. It is done once everything has.
#[derive(Debug)]
pub struct Story(VecDeque<&'static str>);

impl Story {
    /// One that consists of these.
    #[must_use]
    pub fn of<const N: usize>(all: [&'static str; N]) -> Self {
        Self(all.into())
    }

    /// The next thing happens.
    pub fn tell(&mut self, ctx: &Context, what: impl Display) {
        let what = what.to_string();
        info!("{what}");
        let next = self.0.pop_front().unwrap_or("nothing");
        ensure!(next == what, "{what} instead of {next}");
        if self.0.is_empty() {
            ctx.notify(DONE, Done);
        }
    }
}

/// A client is there.
#[event]
pub struct Hello {
    /// Who.
    pub client: ActorId,
}

/// From a server.
#[event]
pub struct Ping;

/// From a client.
#[event]
pub struct Pong {
    /// From whom.
    pub client: ActorId,
}

/// A cell that two actors share.
#[payload]
pub enum Shared {
    /// A number.
    Number(Register<u32>),
    /// Two numbers.
    Pair(Register<(u32, u32)>),
    /// Texts.
    Map(Map<String>),
}
