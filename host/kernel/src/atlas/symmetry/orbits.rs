//! What tells members of a class apart in a state, whoever they are: their signatures.
//!
//! A thing and a member together have an orbit: all that swaps make of the two. What is in a state is in its image, with the
//! members swapped, in the same orbits; so a sum over the orbits of a member with all that is there goes with the member.

use alloc::vec;
use alloc::vec::Vec;

use smallvec::SmallVec;

use super::swaps::Swaps;
use super::things::Thing;
use crate::atlas::cast::Cast;
use crate::atlas::position::Position;
use crate::mix::mixed;

/// No orbit.
const UNKNOWN: u32 = 0;

/// By member: something that it has in common with members that swaps make of it, and with few others.
pub(super) type Signatures = SmallVec<[u64; 16]>;

/// The orbits that were looked for, numbered from 1 on.
#[derive(Debug, Default)]
pub(super) struct Orbits {
    /// By thing and member.
    orbits: Vec<u32>,
    /// By thing: whether it has one orbit with all members of a class, and so tells none of them apart.
    is_neutral: Vec<Option<bool>>,
    last: u32,
}

impl Orbits {
    /// The signatures of all members in a state.
    pub(super) fn signatures(
        &mut self,
        swaps: &mut Swaps,
        cast: &Cast,
        position: &Position,
    ) -> Signatures {
        let count = swaps.members().len();
        let mut signatures = Signatures::from_elem(0, count);
        position.numbers(cast, |holder, number, rank| {
            let thing = swaps.things().known(holder, number).expect("what is reached is a thing");
            if self.is_neutral(swaps, thing) {
                return;
            }
            let orbits = &self.orbits[thing as usize * count..][..count];
            for (signature, &orbit) in signatures.iter_mut().zip(orbits) {
                *signature = signature.wrapping_add(mixed(rank << 32 ^ u64::from(orbit)));
            }
        });
        signatures
    }

    /// Whether a thing tells no members of a class apart. If it does, its orbits are known from now on.
    fn is_neutral(&mut self, swaps: &mut Swaps, thing: Thing) -> bool {
        if let Some(&Some(is_neutral)) = self.is_neutral.get(thing as usize) {
            return is_neutral;
        }
        let (count, things) = (swaps.members().len(), swaps.things().len());
        self.is_neutral.resize(things, None);
        self.orbits.resize(things * count, UNKNOWN);
        for member in 0..count {
            self.find_orbit(swaps, thing, member);
        }
        let orbits = &self.orbits[thing as usize * count..][..count];
        let is_one = |orbits: &[u32]| orbits.iter().all(|orbit| *orbit == orbits[0]);
        let is_neutral = swaps.classes().iter().all(|class| is_one(&orbits[class.clone()]));
        self.is_neutral[thing as usize] = Some(is_neutral);
        is_neutral
    }

    /// Finds what swaps make of a thing and a member together.
    fn find_orbit(&mut self, swaps: &mut Swaps, thing: Thing, member: usize) {
        let count = swaps.members().len();
        if self.orbits[thing as usize * count + member] != UNKNOWN {
            return;
        }
        self.last += 1;
        let mut ahead = vec![(thing, member)];
        let neighbours: SmallVec<[_; 8]> = swaps.neighbours().collect();
        while let Some((thing, member)) = ahead.pop() {
            let orbit = &mut self.orbits[thing as usize * count + member];
            if *orbit != UNKNOWN {
                continue;
            }
            *orbit = self.last;
            for &pair in &neighbours {
                let to = match pair {
                    (one, other) if member == one => other,
                    (one, other) if member == other => one,
                    _ => member,
                };
                ahead.push((swaps.swapped(pair, thing), to));
            }
        }
    }
}
