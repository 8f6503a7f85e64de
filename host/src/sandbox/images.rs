//! All images that one exploration has seen, as values that share what is equal in them.
//!
//! A memory is cut into cards. An image is a tree over the numbers of cards, of which the image before it is kept but
//! for the path to what changed; equal images have one number. So an image costs what its turn changed, and so does
//! going from one to another, however large the memory is. Nothing is dropped alone: whoever has too many images
//! drops all.

use std::ops::Range;

use coyote_kernel::{Failure, HashedKeys};
use hashbrown::HashMap;
use twox_hash::XxHash3_128;

use super::guest::Choices;
use super::instance::Instance;

/// A card, in bytes: what is stored and put back at once.
pub(super) const CARD_BYTES: usize = 256;

type Card = [u8; CARD_BYTES];

/// Memories of at most 4 GiB have so many levels of nodes.
const LEVELS_MAX: u32 = 6;

/// Children of a node, 2 to the power of [`WIDTH_SHIFT`].
const WIDTH: usize = 1 << WIDTH_SHIFT;

const WIDTH_SHIFT: u32 = 4;

/// Numbers of cards at the lowest level, of nodes at all others. Number 0 is all zero, on each level.
type Node = [u32; WIDTH];

/// The number of an image. Equal images have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImageNumber(u32);

/// An instance, and the image that its memory is: but for what the instance itself marks as changed.
pub(crate) struct Realised {
    pub(crate) instance: Instance,
    holds: Option<ImageNumber>,
}

/// The images of one exploration.
pub(crate) struct Images {
    cards: Vec<Card>,
    /// Of the content of each card; what is equal has equal hashes wherever it is.
    hashes: Vec<u128>,
    nodes: Vec<Node>,
    levels: u32,
    images: Vec<Image>,
    numbers: HashMap<u128, ImageNumber, HashedKeys>,
    changed: Vec<Range<usize>>,
    changes: Vec<Change>,
}

struct Image {
    root: u32,
    /// The length of the memory.
    cards: u32,
    /// Of the keys of all cards but those that are zero.
    sum: u128,
    key: u128,
    choices: Option<Box<Choices>>,
    /// Which turn of the instance came last, for the log; no part of the state.
    turn: u64,
}

/// What became of a card.
#[derive(Clone, Copy)]
struct Change {
    place: u32,
    /// None if it is zero.
    hash: Option<u128>,
    /// Its number, once it has one.
    card: u32,
}

impl ImageNumber {
    /// It is this one of those that were seen since all were forgotten, counted from 0.
    pub(crate) fn index(self) -> u64 {
        self.0.into()
    }
}

impl Realised {
    /// An instance of which nothing is known but that its memory is zero beside what it marks as changed.
    pub(crate) fn new(instance: Instance) -> Self {
        Self { instance, holds: None }
    }

    /// The image that it was when it was last looked at.
    pub(crate) fn holds(&self) -> Option<ImageNumber> {
        self.holds
    }
}

impl Images {
    /// For memories of at most so many bytes.
    pub(crate) fn new(memory_bytes_max: u64) -> Self {
        let cards = memory_bytes_max.div_ceil(CARD_BYTES as u64).max(1);
        let levels = cards.next_power_of_two().ilog2().div_ceil(WIDTH_SHIFT).clamp(1, LEVELS_MAX);
        let mut images = Self {
            cards: Vec::new(),
            hashes: Vec::new(),
            nodes: Vec::new(),
            levels,
            images: Vec::new(),
            numbers: HashMap::default(),
            changed: Vec::new(),
            changes: Vec::new(),
        };
        images.clear();
        images
    }

    /// Forgets all images. Whoever has a number of one must not use it again.
    pub(crate) fn clear(&mut self) {
        self.cards.clear();
        self.cards.push([0; CARD_BYTES]);
        self.hashes.clear();
        self.hashes.push(0);
        self.nodes.clear();
        self.nodes.push([0; WIDTH]);
        self.images.clear();
        self.numbers.clear();
    }

    /// How much they take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.cards.len() * (CARD_BYTES + size_of::<u128>())
            + self.nodes.len() * size_of::<Node>()
            + self.images.len() * (size_of::<Image>() + 2 * size_of::<u128>())
    }

    /// 128 bits that tell states apart: equal states have equal keys, and others differ but for one in 2^64 pairs.
    pub(crate) fn key(&self, number: ImageNumber) -> u128 {
        self.image(number).key
    }

    /// How long the memory is, in bytes.
    pub(crate) fn memory_bytes(&self, number: ImageNumber) -> usize {
        self.image(number).cards as usize * CARD_BYTES
    }

    fn image(&self, number: ImageNumber) -> &Image {
        &self.images[number.0 as usize]
    }

    /// The image of an instance between two turns. What is left on its stack is wiped out.
    pub(crate) fn snapshot(&mut self, realised: &mut Realised) -> ImageNumber {
        let Realised { instance, holds } = realised;
        let before = holds.map(|holds| self.image(holds));
        let (root, sum) = before.map_or((0, 0), |image| (image.root, image.sum));
        let mut changed = std::mem::take(&mut self.changed);
        instance.take_changed(&mut changed);
        instance.wipe_stack(&mut changed);
        let memory = instance.memory().expect("only what is all memory has an image");
        let cards = memory.as_chunks::<CARD_BYTES>().0;
        let sum = self.compare(cards, &changed, root, sum);
        self.changed = changed;
        let (choices, turn) = instance.beside_memory();
        let drawn = choices.map_or(0, |choices| choices.drawn);
        let length = u32::try_from(cards.len()).expect("a memory of 32 bits");
        let key = sum ^ mixed((u128::from(drawn) << 64) | u128::from(length));
        let number = self.numbers.get(&key).copied().unwrap_or_else(|| {
            let root = self.store(cards, root);
            let number = ImageNumber(u32::try_from(self.images.len()).expect("images are bounded"));
            let choices = choices.cloned().map(Box::new);
            self.images.push(Image { root, cards: length, sum, key, choices, turn });
            self.numbers.insert(key, number);
            number
        });
        *holds = Some(number);
        number
    }

    /// Finds what differs from the image with this root, and whose keys have that sum; the sum that they have now.
    fn compare(
        &mut self,
        cards: &[Card],
        changed: &[Range<usize>],
        root: u32,
        mut sum: u128,
    ) -> u128 {
        self.changes.clear();
        for range in changed {
            for first in (range.start / WIDTH * WIDTH..range.end).step_by(WIDTH) {
                let leaf = *self.leaf(root, first);
                for place in first.max(range.start)..(first + WIDTH).min(range.end) {
                    let (old, card) = (leaf[place % WIDTH], &cards[place]);
                    if self.cards[old as usize] == *card {
                        continue;
                    }
                    let hash = (*card != [0; CARD_BYTES]).then(|| XxHash3_128::oneshot(card));
                    let place = u32::try_from(place).expect("a memory of 32 bits");
                    let old = (old != 0).then(|| self.hashes[old as usize]);
                    sum = sum.wrapping_sub(key(place, old)).wrapping_add(key(place, hash));
                    self.changes.push(Change { place, hash, card: 0 });
                }
            }
        }
        sum
    }

    /// The node that has the numbers of the card at this place and of those beside it.
    fn leaf(&self, root: u32, place: usize) -> &Node {
        let mut node = root;
        for level in (1..self.levels).rev() {
            node = self.nodes[node as usize][child(place, level)];
        }
        &self.nodes[node as usize]
    }

    /// Stores what [`Self::compare`] has found; the new root.
    fn store(&mut self, cards: &[Card], root: u32) -> u32 {
        let mut changes = std::mem::take(&mut self.changes);
        for change in &mut changes {
            if let Some(hash) = change.hash {
                change.card = number(self.cards.len());
                self.cards.push(cards[change.place as usize]);
                self.hashes.push(hash);
            }
        }
        let root = if changes.is_empty() { root } else { self.path(root, self.levels, &changes) };
        self.changes = changes;
        root
    }

    /// A node like this one, so many levels high, with other cards below it.
    fn path(&mut self, node: u32, levels: u32, changes: &[Change]) -> u32 {
        let level = levels - 1;
        let mut children = self.nodes[node as usize];
        if level == 0 {
            for change in changes {
                children[child(change.place as usize, 0)] = change.card;
            }
        } else {
            let below = |change: &Change| child(change.place as usize, level);
            for changes in changes.chunk_by(|one, other| below(one) == below(other)) {
                let place = below(&changes[0]);
                children[place] = self.path(children[place], level, changes);
            }
        }
        self.nodes.push(children);
        number(self.nodes.len() - 1)
    }

    /// Makes an instance what another one of the same component was between two turns. Its memory must not be longer
    /// than that of the image.
    ///
    /// # Errors
    ///
    /// The memory cannot grow.
    pub(crate) fn restore(
        &mut self,
        realised: &mut Realised,
        wanted: ImageNumber,
    ) -> Result<(), Failure> {
        if realised.holds.is_none() {
            realised.instance.take_changed(&mut self.changed);
        }
        let image = self.image(wanted);
        let now = realised.holds.replace(wanted);
        if now == Some(wanted) {
            return Ok(());
        }
        let instance = &mut realised.instance;
        instance.grow_to(image.cards as usize * CARD_BYTES)?;
        instance.put_beside_memory(image.choices.as_deref(), image.turn);
        let memory = instance.memory_mut().expect("only what is all memory has an image");
        match now {
            Some(now) => self.put(memory, self.image(now).root, image.root, self.levels, 0),
            None => {
                for place in self.changed.iter().cloned().flatten() {
                    self.put_card(memory, place, self.leaf(image.root, place)[place % WIDTH]);
                }
                self.put(memory, 0, image.root, self.levels, 0);
            }
        }
        Ok(())
    }

    /// Writes the cards in which a node so many levels high differs from another one, the first of which has this place.
    fn put(&self, memory: &mut [u8], now: u32, wanted: u32, levels: u32, place: usize) {
        let (now, wanted) = (&self.nodes[now as usize], &self.nodes[wanted as usize]);
        let level = levels - 1;
        for (now, wanted, child) in
            now.iter().zip(wanted).zip(0_usize..).map(|((now, wanted), child)| (now, wanted, child))
        {
            if now == wanted {
                continue;
            }
            let place = place + (child << (level * WIDTH_SHIFT));
            if level == 0 {
                self.put_card(memory, place, *wanted);
            } else {
                self.put(memory, *now, *wanted, level, place);
            }
        }
    }

    /// Writes a card, unless it is there already: memory that was never written is not there, and reading does not make it.
    fn put_card(&self, memory: &mut [u8], place: usize, card: u32) {
        let (old, new) = (&mut memory.as_chunks_mut().0[place], &self.cards[card as usize]);
        if old != new {
            *old = *new;
        }
    }
}

/// Which child leads to a place, from a node on this level.
fn child(place: usize, level: u32) -> usize {
    (place >> (level * WIDTH_SHIFT)) % WIDTH
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("images have a bound in bytes")
}

/// The key of a card: depends on its content and its place. That of one that is zero is 0.
fn key(place: u32, hash: Option<u128>) -> u128 {
    hash.map_or(0, |hash| mixed(hash.wrapping_add(u128::from(place) << 64 | u128::from(place))))
}

/// Spreads every bit over all others, so that sums of such numbers do not cancel each other out. The multipliers are
/// those of PCG's 128-bit generator and of SplitMix64.
fn mixed(number: u128) -> u128 {
    let number = (number ^ (number >> 67)).wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645);
    let number = (number ^ (number >> 61)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    number ^ (number >> 64)
}
