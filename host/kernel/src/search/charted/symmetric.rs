//! Which actors are alike, found out step by step: whatever is learned in a state is learned in its images too.

use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::{Case, Chart, Move, OffChart, Position, Search, Symmetry};
use crate::atlas::Done;
use crate::execution::Execution;
use crate::search::{Interchangeable, Snapshots};

/// So many steps may be taken before it turns out that actors are not alike; after more of them none is supposed to be.
const WALKED_MAX: u64 = 1 << 16;

/// Which actors are supposed to be interchangeable.
#[derive(Debug)]
pub(super) struct Alike {
    /// None if no actors are.
    pub(super) symmetry: Option<Symmetry>,
    /// Pairs of actors that are not.
    excepted: Vec<(usize, usize)>,
    /// Whether any are looked for.
    is_wanted: bool,
    keeps_going: bool,
    told: Vec<Interchangeable>,
}

impl Alike {
    pub(super) fn new(search: Search) -> Self {
        let Search { symmetry: is_wanted, keeps_going, .. } = search;
        Self { symmetry: None, excepted: Vec::new(), is_wanted, keeps_going, told: Vec::new() }
    }

    /// What is true at the end of a search.
    pub(super) fn told(&self) -> Vec<Interchangeable> {
        self.told.clone()
    }

    /// A step was taken that is not plain, and may have been a bug. Of others like it nothing is known, which does not
    /// matter if the search is over.
    pub(super) fn meet_strange(&mut self, is_over: bool) -> Result<(), OffChart> {
        if self.symmetry.is_none() || is_over && !self.keeps_going {
            return Ok(());
        }
        self.is_wanted = false;
        Err(OffChart::Asymmetric)
    }
}

/// A step that is to be checked.
struct ToCheck {
    case: Case,
    /// Which step it is the image of, and by which swap; none if its way is known.
    from: Option<(Rc<Self>, usize)>,
    /// To the state before it, and the step, once somebody has asked.
    way: OnceCell<Vec<Move>>,
}

impl<S: Clone> Chart<S> {
    /// Supposes at the start that actors are interchangeable, if that is wanted.
    pub(super) fn suppose<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &Execution<G>,
        start: &Position,
    ) {
        let symmetry = self.alike.symmetry.take();
        let talks = symmetry.map(Symmetry::into_talks).unwrap_or_default();
        self.alike.told.clear();
        if !self.alike.is_wanted {
            return;
        }
        self.alike.symmetry = loop {
            let excepted = &self.alike.excepted;
            match Symmetry::new(&self.cast, start, excepted, talks.clone()) {
                Ok(symmetry) => break symmetry,
                Err(pair) => self.alike.excepted.push(pair),
            }
        };
        if let Some(symmetry) = &self.alike.symmetry {
            let told = symmetry.classes().map(|(actor, count)| {
                let definition = self.cast.definition(actor).expect("a member is an actor");
                let name = execution.kernel().definition_name(definition).to_string();
                Interchangeable { name, count }
            });
            self.alike.told = told.collect();
        }
    }

    fn symmetry(&mut self) -> &mut Symmetry {
        self.alike.symmetry.as_mut().expect("some are supposed to be interchangeable")
    }

    /// Two actors turned out not to be alike.
    fn differ(&mut self, swap: usize) -> OffChart {
        let pair = self.symmetry().actors_of(swap);
        self.alike.excepted.push(pair);
        self.alike.is_wanted &= self.walked <= WALKED_MAX;
        OffChart::Asymmetric
    }

    /// Whether a known step is checked, or none has to be.
    #[inline]
    pub(super) fn is_checked(&self, position: &Position, taken: &Move, done: Done<'_>) -> bool {
        let case = || Case::new(&self.cast, position, taken.place, &taken.draws);
        let symmetry = self.alike.symmetry.as_ref();
        symmetry.is_none_or(|symmetry| symmetry.is_checked(&self.atlas, done, case))
    }

    /// Checks a known step: it and all its images are taken in the kernel, and each swap has to map it to its image.
    #[cold]
    pub(super) fn check<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        position: &Position,
        taken: &Move,
        mut way: Vec<Move>,
    ) -> Result<(), OffChart> {
        let case = Case::new(&self.cast, position, taken.place, &taken.draws);
        way.push(taken.clone());
        let Self { atlas, cast, alike, .. } = self;
        alike.symmetry.as_mut().expect("seen above").check((cast, atlas), &case);
        let mut ahead = vec![Rc::new(ToCheck { case, from: None, way: way.into() })];
        while let Some(one) = ahead.pop() {
            for swap in self.symmetry().learned() {
                let image = self.symmetry().image_of_case(&one.case, swap);
                let Some(case) = image else { return Err(self.differ(swap)) };
                let mut way = OnceCell::new();
                if !case.is_known(&self.atlas) {
                    way = self.learn_image(execution, &one, swap)?.into();
                }
                let Self { atlas, cast, alike, .. } = self;
                let symmetry = alike.symmetry.as_mut().expect("seen above");
                if !case.is_known(atlas) || !symmetry.pair((cast, atlas), swap, (&one.case, &case))
                {
                    return Err(self.differ(swap));
                }
                if !symmetry.check((cast, atlas), &case) {
                    let from = Some((Rc::clone(&one), swap));
                    ahead.push(Rc::new(ToCheck { case, from, way }));
                }
            }
        }
        if self.symmetry().has_grown() { Err(OffChart::Asymmetric) } else { Ok(()) }
    }

    /// Takes the image of a step in the kernel, in the image of the state; how that is reached, and the step.
    fn learn_image<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        of: &ToCheck,
        swap: usize,
    ) -> Result<Vec<Move>, OffChart> {
        let way = self.way(of);
        let image = self.image_of_way(way, swap);
        let Some((moves, position)) = image else { return Err(self.differ(swap)) };
        let (last, way) = moves.split_last().expect("a step is the last on its way");
        let (mut taken, mut into) = (last.clone(), Position::default());
        let states = (&position, &mut into);
        match self.look(execution, states, &mut taken, (way, false)) {
            Ok(None) => {
                // Whoever is created there may be new.
                let _ = execution.seen();
                execution.position(&mut self.cast, &mut self.atlas)?;
                Ok(moves)
            }
            // It is a bug or strange, and what it is the image of is neither.
            Ok(Some(_)) | Err(OffChart::Asymmetric) => Err(self.differ(swap)),
            Err(other) => Err(other),
        }
    }

    /// How the state of a step is reached, and the step.
    fn way<'a>(&mut self, of: &'a ToCheck) -> &'a [Move] {
        if of.way.get().is_none() {
            let (from, swap) = of.from.as_ref().expect("the first has a way");
            let way = self.way(from);
            let image = self.image_of_way(way, *swap);
            let way = image.expect("the images of checked steps are known").0;
            of.way.set(way).expect("seen above");
        }
        of.way.get().expect("it was set")
    }

    /// The way that a swap makes of one, and the state before its last step; none if that leads elsewhere.
    fn image_of_way(&mut self, way: &[Move], swap: usize) -> Option<(Vec<Move>, Position)> {
        let start = &self.kept.first().expect("every way begins at the start").position;
        let (mut position, mut image) = (start.clone(), start.clone());
        let mut moves = Vec::with_capacity(way.len());
        for taken in way {
            let Self { cast, alike, .. } = &mut *self;
            let symmetry = alike.symmetry.as_mut().expect("seen above");
            let (expected, place) = symmetry.image_of_step(cast, (&position, taken.place), swap)?;
            moves.push(Move { place, draws: taken.draws.clone() });
            if moves.len() == way.len() {
                let is_like = symmetry.are_like(cast, expected, image.clone());
                return is_like.then_some((moves, image));
            }
            let both = self.follow(&mut position, taken)
                && self.follow(&mut image, moves.last().expect("pushed above"));
            assert!(both, "what leads to a checked step is checked");
        }
        None
    }
}
