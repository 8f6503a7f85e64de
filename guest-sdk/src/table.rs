//! What a state machine declares, and the table that the compiler makes of it: for each state and kind of event at
//! most one rule, handler sets resolved (H3, Q4).

use crate::states::equal;

/// The kind of the wildcard.
pub(crate) const ANY: &str = "*";
/// The kind of the event that comes when the inbox offers nothing.
pub(crate) const DEFAULT: &str = "default";

/// No method.
pub const NONE: u16 = u16::MAX;

/// In a list of states, marks the index of a handler set.
pub const SET: u32 = 1 << 31;

/// What is said of a state, or of a handler set.
#[derive(Debug)]
pub struct DeclaredState {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether progress is owed.
    pub temperature: Temperature,
    /// The handler sets that it includes.
    pub sets: &'static [u32],
    /// What becomes of events without a handler, by kind.
    pub rules: &'static [(&'static str, Rule)],
}

/// Whether progress is owed in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temperature {
    /// It makes no difference.
    Warm,
    /// It is owed.
    Hot,
    /// It was made.
    Cold,
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// This method handles it.
    Do(u16),
    /// The top state is left for another one; between exit and entry this method is called.
    Goto(u16, u16),
    /// A state is put on top.
    Push(u16),
    /// It waits for a state that does not defer it.
    Defer,
    /// It is dropped.
    Ignore,
}

impl Rule {
    const fn sort(self) -> u8 {
        match self {
            Self::Do(_) => 0,
            Self::Goto(..) => 1,
            Self::Push(_) => 2,
            Self::Defer => 3,
            Self::Ignore => 4,
        }
    }
}

/// What is said of a method.
#[derive(Debug)]
pub struct DeclaredHandler {
    /// When it is called.
    pub when: When,
    /// The kind of its event.
    pub kind: &'static str,
    /// The states and handler sets that have it; none is a handler for the states that have no reaction of their own.
    pub states: &'static [u32],
}

/// When a method is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// With an event.
    Event,
    /// When a state is entered.
    Entry,
    /// When a state is left.
    Exit,
    /// Between exit and entry, when an event leads elsewhere.
    Goto,
}

/// Whose table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// An actor's: nothing is hot or cold.
    Actor,
    /// A monitor's: nothing is pushed or deferred.
    Monitor,
}

/// All declarations of one machine.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// Whose they are.
    pub owner: Owner,
    /// The states, the start state first.
    pub states: &'static [DeclaredState],
    /// The handler sets.
    pub sets: &'static [DeclaredState],
    /// The methods.
    pub handlers: &'static [DeclaredHandler],
}

/// What a machine does when.
#[derive(Debug)]
pub struct Table {
    /// What was declared.
    pub declared: Declared,
    /// The kinds that have a rule anywhere, without duplicates.
    pub kinds: &'static [&'static str],
    /// Rows of a rule for each kind: one for each state, the last for the whole machine.
    pub rules: &'static [Option<Rule>],
    /// The index of the wildcard; past the end if it has no rule.
    pub any: usize,
    /// The index of the default event; past the end, and that of no kind, if it has no rule.
    pub default: usize,
    /// The method that each state calls when it is entered.
    pub entries: &'static [u16],
    /// The method that each state calls when it is left.
    pub exits: &'static [u16],
}

impl Table {
    /// What becomes of a kind on a state stack (V1 to V4); a kind that is not listed is past the end.
    pub(crate) fn rule(&self, stack: &[u32], kind: usize) -> Option<Rule> {
        let (&top, below) = stack.split_last()?;
        // Q5: the wildcard is none for the default event.
        let any = if kind == self.default { usize::MAX } else { self.any };
        let stays = |rule: &Rule| !matches!(rule, Rule::Goto(..) | Rule::Push(_));
        let inherited = |&state: &u32| {
            self.own(state, kind).filter(stays).or_else(|| self.own(state, any).filter(stays))
        };
        self.own(top, kind)
            .or_else(|| self.own(top, any))
            .or_else(|| below.iter().rev().find_map(inherited))
            .or_else(|| self.fallback(kind))
    }

    /// What one state says of a kind. Nothing goes before it if the state is on top.
    #[inline]
    pub(crate) fn own(&self, state: u32, kind: usize) -> Option<Rule> {
        let kinds = self.kinds.len();
        if kind < kinds { self.rules[state as usize * kinds + kind] } else { None }
    }

    /// V4.
    pub(crate) fn fallback(&self, kind: usize) -> Option<Rule> {
        self.row(self.entries.len()).get(kind).copied().flatten()
    }

    /// The rules of a state, by kind; past the last state those of the whole machine.
    pub(crate) fn row(&self, state: usize) -> &'static [Option<Rule>] {
        let kinds = self.kinds.len();
        &self.rules[state * kinds..][..kinds]
    }

    /// The index of a kind; past the end if it is not listed.
    pub(crate) fn index_of(&self, kind: &str) -> usize {
        self.kinds.iter().position(|listed| *listed == kind).unwrap_or(usize::MAX)
    }

    /// The name of a state.
    pub(crate) fn name(&self, state: u32) -> &'static str {
        self.declared.states[state as usize].name
    }
}

/// The table of an owner with an enum of states and an array of declared handlers.
#[doc(hidden)]
#[macro_export]
macro_rules! __table {
    ($owner:ident, $states:ty, $handlers:expr) => {{
        use $crate::__private::table;
        const DECLARED: table::Declared = table::Declared {
            owner: table::Owner::$owner,
            states: <$states as $crate::States>::DECLARED,
            sets: <$states as $crate::States>::SETS,
            handlers: $handlers,
        };
        const KINDS: &([&str; table::mentions(DECLARED)], usize) = &table::kinds(DECLARED);
        const RULES: &[Option<table::Rule>] = &table::rules::<
            { KINDS.1 * (DECLARED.states.len() + 1) },
            { KINDS.1 * DECLARED.sets.len() },
        >(DECLARED, KINDS.0.split_at(KINDS.1).0);
        const ENTRIES: &[u16] =
            &table::actions::<{ DECLARED.states.len() }>(DECLARED, table::When::Entry);
        const EXITS: &[u16] =
            &table::actions::<{ DECLARED.states.len() }>(DECLARED, table::When::Exit);
        &table::Table {
            declared: DECLARED,
            kinds: KINDS.0.split_at(KINDS.1).0,
            rules: RULES,
            any: table::place(KINDS.0.split_at(KINDS.1).0, "*"),
            default: table::place_of_default(KINDS.0.split_at(KINDS.1).0),
            entries: ENTRIES,
            exits: EXITS,
        }
    }};
}

/// How often a kind is mentioned: there are at most so many.
#[must_use]
pub const fn mentions(declared: Declared) -> usize {
    let mut count = declared.handlers.len();
    let mut place = 0;
    while place < declared.states.len() {
        count += declared.states[place].rules.len();
        place += 1;
    }
    place = 0;
    while place < declared.sets.len() {
        count += declared.sets[place].rules.len();
        place += 1;
    }
    count
}

/// The kinds that are mentioned, and how many there are.
#[must_use]
pub const fn kinds<const N: usize>(declared: Declared) -> ([&'static str; N], usize) {
    let mut kinds = [""; N];
    let mut count = 0;
    let mut place = 0;
    while place < declared.handlers.len() {
        let handler = &declared.handlers[place];
        if matches!(handler.when, When::Event) && self::place(&kinds, handler.kind) == usize::MAX {
            kinds[count] = handler.kind;
            count += 1;
        }
        place += 1;
    }
    let places = declared.states.len() + declared.sets.len();
    place = 0;
    while place < places {
        let rules = state_or_set(declared, place).rules;
        let mut rule = 0;
        while rule < rules.len() {
            if self::place(&kinds, rules[rule].0) == usize::MAX {
                kinds[count] = rules[rule].0;
                count += 1;
            }
            rule += 1;
        }
        place += 1;
    }
    (kinds, count)
}

/// Where a kind is; past the end if it is not there.
#[must_use]
pub const fn place(kinds: &[&str], kind: &str) -> usize {
    let mut place = 0;
    while place < kinds.len() {
        if equal(kinds[place], kind) {
            return place;
        }
        place += 1;
    }
    usize::MAX
}

/// Where the default event is; if it is not there, neither a place nor that of an unlisted kind.
#[must_use]
pub const fn place_of_default(kinds: &[&str]) -> usize {
    match place(kinds, DEFAULT) {
        usize::MAX => usize::MAX - 1,
        place => place,
    }
}

/// The states, then the sets.
const fn state_or_set(declared: Declared, place: usize) -> &'static DeclaredState {
    if place < declared.states.len() {
        &declared.states[place]
    } else {
        &declared.sets[place - declared.states.len()]
    }
}

/// The rules of all states, then those of the whole machine. Refuses what makes no sense.
#[must_use]
#[track_caller]
pub const fn rules<const N: usize, const IN_SETS: usize>(
    declared: Declared,
    kinds: &[&str],
) -> [Option<Rule>; N] {
    let states = declared.states.len();
    let mut rules = [None; N];
    let mut in_sets = [None; IN_SETS];
    let mut place = 0;
    while place < states {
        check(declared.owner, &declared.states[place]);
        add_rules(&mut rules, place, &declared.states[place], kinds);
        place += 1;
    }
    place = 0;
    while place < declared.sets.len() {
        check(declared.owner, &declared.sets[place]);
        add_rules(&mut in_sets, place, &declared.sets[place], kinds);
        place += 1;
    }
    place = 0;
    while place < declared.handlers.len() {
        if matches!(declared.handlers[place].when, When::Event) {
            add_handler(&mut rules, &mut in_sets, declared, place, kinds);
        }
        place += 1;
    }
    place = 0;
    while place < declared.handlers.len() {
        if matches!(declared.handlers[place].when, When::Goto) {
            add_transition(&mut rules, &mut in_sets, declared, place, kinds);
        }
        place += 1;
    }
    place = 0;
    while place < states {
        include(&mut rules, &in_sets, declared, place, kinds);
        place += 1;
    }
    rules
}

#[track_caller]
const fn check(owner: Owner, state: &DeclaredState) {
    if matches!(owner, Owner::Actor) && !matches!(state.temperature, Temperature::Warm) {
        refuse(&["only states of monitors are hot or cold, and `", state.name, "` is an actor's"]);
    }
    let mut rule = 0;
    while rule < state.rules.len() {
        let (kind, rule_of_kind) = state.rules[rule];
        if matches!(owner, Owner::Monitor) && matches!(rule_of_kind, Rule::Push(_) | Rule::Defer) {
            refuse(&["a monitor cannot push or defer: `", kind, "` in state `", state.name, "`"]);
        }
        rule += 1;
    }
}

#[track_caller]
const fn add_rules(rows: &mut [Option<Rule>], row: usize, state: &DeclaredState, kinds: &[&str]) {
    let mut rule = 0;
    while rule < state.rules.len() {
        let (kind, rule_of_kind) = state.rules[rule];
        add(rows, row * kinds.len() + place(kinds, kind), rule_of_kind, kind, state.name);
        rule += 1;
    }
}

#[track_caller]
const fn add(rows: &mut [Option<Rule>], cell: usize, rule: Rule, kind: &str, state: &str) {
    if rows[cell].is_some() {
        refuse(&["two reactions to `", kind, "` in state `", state, "`"]);
    }
    rows[cell] = Some(rule);
}

#[expect(clippy::cast_possible_truncation, reason = "nobody writes 65536 methods")]
#[track_caller]
const fn add_handler(
    rules: &mut [Option<Rule>],
    in_sets: &mut [Option<Rule>],
    declared: Declared,
    method: usize,
    kinds: &[&str],
) {
    let DeclaredHandler { kind, states, .. } = declared.handlers[method];
    let (rule, column) = (Rule::Do(method as u16), place(kinds, kind));
    if states.is_empty() {
        let cell = declared.states.len() * kinds.len() + column;
        if rules[cell].is_some() {
            refuse(&["two reactions to `", kind, "` whatever the state"]);
        }
        rules[cell] = Some(rule);
    }
    let mut place = 0;
    while place < states.len() {
        let state = states[place];
        let index = (state & !SET) as usize;
        if state & SET == 0 {
            let name = declared.states[index].name;
            add(rules, index * kinds.len() + column, rule, kind, name);
        } else {
            let name = declared.sets[index].name;
            add(in_sets, index * kinds.len() + column, rule, kind, name);
        }
        place += 1;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "nobody writes 65536 methods")]
#[track_caller]
const fn add_transition(
    rules: &mut [Option<Rule>],
    in_sets: &mut [Option<Rule>],
    declared: Declared,
    method: usize,
    kinds: &[&str],
) {
    let DeclaredHandler { kind, states, .. } = declared.handlers[method];
    let column = place(kinds, kind);
    let mut place = 0;
    while place < states.len() {
        let state = states[place];
        let index = (state & !SET) as usize;
        let (rows, name): (&mut [Option<Rule>], _) = if state & SET == 0 {
            (&mut *rules, declared.states[index].name)
        } else {
            (&mut *in_sets, declared.sets[index].name)
        };
        if column == usize::MAX {
            refuse(&["`", kind, "` in state `", name, "` is no goto"]);
        }
        let cell = index * kinds.len() + column;
        match rows[cell] {
            Some(Rule::Goto(target, NONE)) => rows[cell] = Some(Rule::Goto(target, method as u16)),
            Some(Rule::Goto(..)) => {
                refuse(&["two actions for the goto on `", kind, "` in state `", name, "`"]);
            }
            _ => refuse(&["`", kind, "` in state `", name, "` is no goto"]),
        }
        place += 1;
    }
}

/// H3: what a state says itself replaces what its sets say in the same way.
#[track_caller]
const fn include(
    rules: &mut [Option<Rule>],
    in_sets: &[Option<Rule>],
    declared: Declared,
    state: usize,
    kinds: &[&str],
) {
    let DeclaredState { name, sets, .. } = declared.states[state];
    let mut column = 0;
    while column < kinds.len() {
        let (mut found, mut from) = (None, 0);
        let mut place = 0;
        while place < sets.len() {
            let set = (sets[place] & !SET) as usize;
            let rule = in_sets[set * kinds.len() + column];
            if rule.is_some() {
                if found.is_some() {
                    let (one, other) = (declared.sets[from].name, declared.sets[set].name);
                    refuse(&[
                        "state `",
                        name,
                        "` includes two reactions to `",
                        kinds[column],
                        "`: of `",
                        one,
                        "` and of `",
                        other,
                        "`",
                    ]);
                }
                (found, from) = (rule, set);
            }
            place += 1;
        }
        let cell = state * kinds.len() + column;
        match (rules[cell], found) {
            (None, found) => rules[cell] = found,
            (Some(own), Some(other)) if own.sort() != other.sort() => refuse(&[
                "state `",
                name,
                "` reacts to `",
                kinds[column],
                "` in another way than `",
                declared.sets[from].name,
                "`, which it includes",
            ]),
            (Some(_), _) => {}
        }
        column += 1;
    }
}

/// The method that each state calls at its entry or exit.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "nobody writes 65536 methods")]
#[track_caller]
pub const fn actions<const N: usize>(declared: Declared, when: When) -> [u16; N] {
    let mut actions = [NONE; N];
    let mut state = 0;
    while state < N {
        let DeclaredState { name, sets, .. } = declared.states[state];
        let mut included = NONE;
        let mut method = 0;
        while method < declared.handlers.len() {
            let handler = &declared.handlers[method];
            if handler.when as u8 == when as u8 {
                if contains(handler.states, state as u32) {
                    if actions[state] != NONE {
                        refuse(&["two actions at ", at(when), " of state `", name, "`"]);
                    }
                    actions[state] = method as u16;
                }
                let mut set = 0;
                while set < sets.len() {
                    if contains(handler.states, sets[set]) {
                        if included != NONE {
                            refuse(&["state `", name, "` includes two actions at ", at(when)]);
                        }
                        included = method as u16;
                    }
                    set += 1;
                }
            }
            method += 1;
        }
        if actions[state] == NONE {
            actions[state] = included;
        }
        state += 1;
    }
    actions
}

const fn at(when: When) -> &'static str {
    match when {
        When::Entry => "the entry",
        _ => "the exit",
    }
}

const fn contains(states: &[u32], state: u32) -> bool {
    let mut place = 0;
    while place < states.len() {
        if states[place] == state {
            return true;
        }
        place += 1;
    }
    false
}

/// Panics with a text of these parts. Formatting is not const. Whoever may call it has `#[track_caller]`, so that the
/// error names the place of the declaration and no other.
#[track_caller]
const fn refuse(parts: &[&str]) -> ! {
    let mut text = [0; 512];
    let (mut length, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut index = 0;
        while index < bytes.len() && length < text.len() {
            text[length] = bytes[index];
            length += 1;
            index += 1;
        }
        part += 1;
    }
    match core::str::from_utf8(text.split_at(length).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("this declaration makes no sense"),
    }
}
