//! Start entries: their names, and the references between them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ProblemKind, Problems};
use super::initial::{self, Instance};
use super::manifest::{At, StartTable};
use super::resolve::Kinds;
use super::{AppLimits, Start, StartIndex, bounds, values};

/// A start entry as it is written.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    /// Its path in the manifest.
    key: String,
    table: &'a StartTable,
    /// The payload as it stands in the document.
    initial: Option<&'a Spanned<DeValue<'a>>>,
}

/// The entries of one array: `parent` is the table that has it, under `name`; `path` is its path.
pub(super) fn entries<'a>(
    path: &str,
    name: &str,
    parent: &'a DeTable<'a>,
    tables: &'a [At<StartTable>],
) -> Vec<Entry<'a>> {
    let array = parent.get(name).and_then(|array| array.get_ref().as_array());
    let written = array.into_iter().flatten().map(|entry| entry.get_ref().as_table());
    let entry =
        |(index, (table, written)): (usize, (&'a At<StartTable>, Option<&'a DeTable<'a>>))| {
            let key = format!("{path}[{}]", index + 1);
            Entry { key, table, initial: written.and_then(|written| written.get("initial")) }
        };
    tables.iter().zip(written).enumerate().map(entry).collect()
}

/// What the entries behind the first `inherited` ones start, if they are all right. Those first ones
/// have been read before; references and names are about all together.
pub(super) fn starts(
    entries: &[Entry<'_>],
    inherited: usize,
    kinds: &Kinds,
    limits: AppLimits,
    problems: &mut Problems,
) -> Option<Vec<Start>> {
    let mut references = vec![Vec::new(); inherited];
    let directory = Directory::new(entries);
    let read = |Entry { key, table, initial }: &Entry<'_>| {
        let actor = problems.take(table.actor.span(), kinds.find(&table.actor));
        if let Some(name) = &table.name {
            problems.take(name.span(), values::name(name));
        }
        let mut referred = Vec::new();
        let key = format!("{key}.initial");
        let initial =
            initial.map(|value| initial::read(&key, value, &directory, problems, &mut referred));
        references.push(referred);
        Some(Start {
            actor: actor?,
            name: table.name.as_ref().map(|name| name.to_string()),
            count: *table.count,
            // A payload that is wrong has been reported.
            initial: initial.map_or(Some(None), |initial| initial.map(Some))?,
        })
    };
    let starts: Vec<_> = entries[inherited..].iter().map(read).collect();
    names(entries, problems);
    cycles(entries, &references, problems);
    number(entries, inherited, limits, problems);
    starts.into_iter().collect()
}

/// No two actors of one kind have one name.
fn names(entries: &[Entry<'_>], problems: &mut Problems) {
    let tables = || entries.iter().map(|entry| entry.table);
    let named = || tables().filter_map(|table| Some((table, table.name.as_ref()?)));
    let mut series = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (table, name) in named() {
        if *table.count > NonZeroU32::MIN {
            series.insert((&**table.actor, &***name), table.count.get());
        }
    }
    for (table, name) in named() {
        let actor = &**table.actor;
        let single = *table.count == NonZeroU32::MIN;
        let in_series = single
            && name.rsplit_once('-').is_some_and(|(base, number)| {
                let count = series.get(&(actor, base)).copied().unwrap_or(0);
                let instance = number.parse().unwrap_or(0);
                (1..=count).contains(&instance) && instance.to_string() == number
            });
        if !seen.insert((actor, single, &***name)) || in_series {
            let (actor, name_text) = (actor.to_owned(), name.to_string());
            problems.add(ProblemKind::NameTwice { actor, name: name_text }, name.span());
        }
    }
}

/// There are not more actors at the start than there may be at any time.
fn number(entries: &[Entry<'_>], inherited: usize, limits: AppLimits, problems: &mut Problems) {
    let max = limits.actors_max.get();
    let mut started = 0;
    let mut too_many = None;
    for (index, Entry { table, .. }) in entries.iter().enumerate() {
        started += u64::from(table.count.get());
        if started > u64::from(max) && too_many.is_none() {
            too_many = Some((index, table.actor.span()));
        }
    }
    if let Some((index, span)) = too_many
        && index >= inherited
    {
        problems.add(ProblemKind::TooManyStarted { started, max }, span);
    }
}

/// Finds start entries by what references call them.
#[derive(Debug)]
pub(super) struct Directory<'a> {
    entries: &'a [Entry<'a>],
    /// Those with a name by their names, those without by their kinds.
    called: BTreeMap<&'a str, Vec<usize>>,
    /// What references could be, for advice.
    known: Arc<[String]>,
}

impl<'a> Directory<'a> {
    fn new(entries: &'a [Entry<'a>]) -> Self {
        let mut called: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            called.entry(label(entry.table)).or_default().push(index);
        }
        let known = called.keys().map(|name| format!("@{name}")).collect();
        Self { entries, called, known }
    }

    /// What a reference means; `text` is all of it, `reference` what follows the `@`.
    pub(super) fn find(
        &self,
        text: &str,
        reference: &str,
    ) -> Result<(StartIndex, Instance), ProblemKind> {
        let bad = |reason| ProblemKind::BadReference { text: text.to_owned(), reason };
        let (target, instance) = match reference.split_once('[') {
            None => (reference, None),
            Some((target, rest)) => {
                let instance =
                    rest.strip_suffix(']').ok_or_else(|| bad("the `[` is not closed"))?;
                (target, Some(instance))
            }
        };
        if target.is_empty() {
            return Err(bad("it names nobody"));
        }
        let start = self.entry(text, target)?;
        let count = self.entries[start.index()].table.count.get();
        let instance =
            match instance {
                Some("*") => Instance::All(count),
                Some(number) => {
                    let number: u32 =
                        number.parse().map_err(|_| bad("`[` and `]` hold a number or `*`"))?;
                    let zero_based = number.checked_sub(1).filter(|instance| *instance < count);
                    Instance::One(zero_based.ok_or_else(|| ProblemKind::NoSuchInstance {
                        text: text.to_owned(),
                        count,
                    })?)
                }
                None if count == 1 => Instance::One(0),
                None => return Err(ProblemKind::SeveralReferred { text: text.to_owned(), count }),
            };
        Ok((start, instance))
    }

    fn entry(&self, text: &str, target: &str) -> Result<StartIndex, ProblemKind> {
        let (kind, name) = match target.split_once('/') {
            Some((kind, name)) => (Some(kind), name),
            None => (None, target),
        };
        let is_meant = |index: &usize| {
            let table = self.entries[*index].table;
            kind.is_none_or(|kind| kind == &**table.actor && table.name.is_some())
        };
        let called = self.called.get(name).into_iter().flatten().copied();
        let hits: Vec<_> = called.filter(is_meant).collect();
        match hits.as_slice() {
            [index] => Ok(StartIndex::new(*index)),
            [] => {
                let known = Arc::clone(&self.known);
                Err(ProblemKind::UnknownReference { text: text.to_owned(), known })
            }
            several => {
                let known = several.iter().take(11).map(|index| self.full_label(*index)).collect();
                Err(ProblemKind::AmbiguousReference { text: text.to_owned(), known })
            }
        }
    }

    /// With the kind, and the number of the entry if nothing else tells entries apart.
    fn full_label(&self, index: usize) -> String {
        let Entry { key, table, .. } = &self.entries[index];
        match &table.name {
            Some(name) => format!("@{}/{}", &**table.actor, &***name),
            None => format!("@{} ({key})", &**table.actor),
        }
    }
}

/// The shortest that an entry may be called.
fn label(table: &StartTable) -> &str {
    table.name.as_ref().map_or(&**table.actor, |name| name)
}

/// What each start entry refers to, and where.
type References = [Vec<(StartIndex, Range<usize>)>];

/// Entries do not refer to each other in a circle, nor to themselves: who needs whom is an order, in
/// which an app can be understood, and stopped. Depth first, each entry once, with the way in a vector
/// and not on the stack.
fn cycles(entries: &[Entry<'_>], references: &References, problems: &mut Problems) {
    let mut finished = vec![false; references.len()];
    let mut on_way = vec![false; references.len()];
    let mut found = 0;
    for root in 0..references.len() {
        // The way from the root: entries, and which of their references is next.
        let mut way: Vec<(usize, usize)> = vec![(root, 0)];
        on_way[root] = true;
        while let Some((entry, next)) = way.last_mut() {
            let Some((to, span)) = references[*entry].get(*next) else {
                finished[*entry] = true;
                on_way[*entry] = false;
                way.pop();
                continue;
            };
            *next += 1;
            let to = to.index();
            if on_way[to] {
                let circle = way.iter().map(|(entry, _)| *entry).skip_while(|entry| *entry != to);
                let chain = circle
                    .chain([to])
                    .map(|entry| label(entries[entry].table).to_owned())
                    .collect();
                problems.add(ProblemKind::ReferenceCycle { chain }, span.clone());
                found += 1;
                if found == bounds::PROBLEMS_MAX {
                    return;
                }
            } else if !finished[to] {
                on_way[to] = true;
                way.push((to, 0));
            }
        }
    }
}
