//! The first of several futures.

use super::executor;
use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// A branch, then the others.
#[doc(hidden)]
#[derive(Debug)]
pub enum Either<L, R> {
    /// The output of the first.
    Left(L),
    /// Of one of the others.
    Right(R),
}

/// The end of a list of branches.
#[doc(hidden)]
#[derive(Debug)]
pub enum Never {}

/// A future, and whether its output is one that the branch is for.
#[doc(hidden)]
pub struct Branch<F, P> {
    /// None if it is disabled.
    future: Option<Pin<Box<F>>>,
    fits: P,
    ready: bool,
}

impl<F, P> Unpin for Branch<F, P> {}

impl<F, P> fmt::Debug for Branch<F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branch").finish_non_exhaustive()
    }
}

impl<F: Future, P: Fn(&F::Output) -> bool> Branch<F, P> {
    /// A branch. The future is made only if it is enabled.
    pub fn new(enabled: bool, future: impl FnOnce() -> F, fits: P) -> Self {
        Self { future: enabled.then(|| Box::pin(future())), fits, ready: false }
    }
}

/// A list of branches.
#[doc(hidden)]
pub trait Branches {
    /// The output of one of them.
    type Output;

    /// How many of them are enabled.
    fn enabled(&self) -> usize;

    /// Asks them whether they are ready, and gives the output of one that cannot be asked without ending.
    fn probe(&mut self, cx: &mut Context<'_>) -> Option<Self::Output>;

    /// How many said that they are ready.
    fn ready(&self) -> u32;

    /// Polls the n-th of those that said so.
    fn poll_ready(&mut self, nth: u32, cx: &mut Context<'_>) -> Option<Self::Output>;

    /// Polls them in order, up to one that ends.
    fn poll_in_order(&mut self, cx: &mut Context<'_>) -> Option<Self::Output>;
}

impl Branches for () {
    type Output = Never;

    fn enabled(&self) -> usize {
        0
    }

    fn probe(&mut self, _: &mut Context<'_>) -> Option<Never> {
        None
    }

    fn ready(&self) -> u32 {
        0
    }

    fn poll_ready(&mut self, _: u32, _: &mut Context<'_>) -> Option<Never> {
        None
    }

    fn poll_in_order(&mut self, _: &mut Context<'_>) -> Option<Never> {
        None
    }
}

impl<F: Future, P: Fn(&F::Output) -> bool> Branch<F, P> {
    /// Its output, if it ends and fits; if it does not fit, the branch is none any more.
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<F::Output> {
        let Poll::Ready(output) = self.future.as_mut()?.as_mut().poll(cx) else { return None };
        self.future = None;
        (self.fits)(&output).then_some(output)
    }
}

impl<F: Future, P: Fn(&F::Output) -> bool, R: Branches> Branches for (Branch<F, P>, R) {
    type Output = Either<F::Output, R::Output>;

    fn enabled(&self) -> usize {
        usize::from(self.0.future.is_some()) + self.1.enabled()
    }

    fn probe(&mut self, cx: &mut Context<'_>) -> Option<Self::Output> {
        let (output, ready) = executor::probe(|| self.0.poll(cx));
        self.0.ready = ready;
        match output {
            Some(output) => Some(Either::Left(output)),
            None => self.1.probe(cx).map(Either::Right),
        }
    }

    fn ready(&self) -> u32 {
        u32::from(self.0.ready) + self.1.ready()
    }

    fn poll_ready(&mut self, nth: u32, cx: &mut Context<'_>) -> Option<Self::Output> {
        match (self.0.ready, nth) {
            (true, 0) => self.0.poll(cx).map(Either::Left),
            (true, _) => self.1.poll_ready(nth - 1, cx).map(Either::Right),
            (false, _) => self.1.poll_ready(nth, cx).map(Either::Right),
        }
    }

    fn poll_in_order(&mut self, cx: &mut Context<'_>) -> Option<Self::Output> {
        match self.0.poll(cx) {
            Some(output) => Some(Either::Left(output)),
            None => self.1.poll_in_order(cx).map(Either::Right),
        }
    }
}

/// One poll of a selection: the output, or none if no branch is enabled any more.
#[doc(hidden)]
pub fn poll_select<B: Branches>(
    branches: &mut B,
    biased: bool,
    cx: &mut Context<'_>,
) -> Poll<Option<B::Output>> {
    loop {
        if branches.enabled() == 0 {
            return Poll::Ready(None);
        }
        if biased || branches.enabled() == 1 {
            return match branches.poll_in_order(cx) {
                Some(output) => Poll::Ready(Some(output)),
                None if branches.enabled() == 0 => Poll::Ready(None),
                None => Poll::Pending,
            };
        }
        if let Some(output) = branches.probe(cx) {
            return Poll::Ready(Some(output));
        }
        let ready = branches.ready();
        // A selection within one that only asks does not end either.
        if ready > 0 && !executor::may_end() {
            return Poll::Pending;
        }
        let chosen = match ready {
            0 if branches.enabled() == 0 => return Poll::Ready(None),
            0 => return Poll::Pending,
            1 => 0,
            _ => crate::host::choice::random_below(ready),
        };
        if let Some(output) = branches.poll_ready(chosen, cx) {
            return Poll::Ready(Some(output));
        }
    }
}

/// Awaits the first of several futures in one task, and drops the others. The API is that of `tokio::select!`.
///
/// Which of several that are ready goes first is a choice, so exploration tries each; with `biased;` it is the first in
/// the order of the text. A branch whose pattern does not match, or whose `if` does not hold, is none; `else` stands for
/// all of them.
///
/// # Panics
///
/// If no branch is left, and there is no `else`.
///
/// ```
/// # use coyote_guest::prelude::*;
/// use coyote_guest::{select, sync::mpsc, time::sleep};
///
/// # async fn f(mut numbers: mpsc::Receiver<u32>) {
/// let mut sum = 0;
/// loop {
///     select! {
///         Some(number) = numbers.recv() => sum += number,
///         () = sleep(Duration::from_secs(1)), if sum > 0 => break,
///         else => break,
///     }
/// }
/// # }
/// ```
#[macro_export]
macro_rules! select {
    (biased; $($branches:tt)*) => { $crate::__select!(true [] $($branches)*) };
    ($($branches:tt)*) => { $crate::__select!(false [] $($branches)*) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    // Branches in one shape: (pattern) (future) (condition) (handler)
    ($biased:tt [$($done:tt)*] else => $handler:expr $(,)?) => {
        $crate::__select!(@ $biased [$($done)*] ($handler))
    };
    ($biased:tt [$($done:tt)*]) => {
        $crate::__select!(@ $biased [$($done)*] (::core::panic!("all branches of a `select!` are disabled, and it has no `else`")))
    };
    ($biased:tt [$($done:tt)*] $pattern:pat = $future:expr, if $condition:expr => $handler:block, $($rest:tt)*) => {
        $crate::__select!($biased [$($done)* {($pattern) ($future) ($condition) ($handler)}] $($rest)*)
    };
    ($biased:tt [$($done:tt)*] $pattern:pat = $future:expr => $handler:block, $($rest:tt)*) => {
        $crate::__select!($biased [$($done)* {($pattern) ($future) (true) ($handler)}] $($rest)*)
    };
    ($biased:tt [$($done:tt)*] $pattern:pat = $future:expr, if $condition:expr => $handler:block $($rest:tt)*) => {
        $crate::__select!($biased [$($done)* {($pattern) ($future) ($condition) ($handler)}] $($rest)*)
    };
    ($biased:tt [$($done:tt)*] $pattern:pat = $future:expr => $handler:block $($rest:tt)*) => {
        $crate::__select!($biased [$($done)* {($pattern) ($future) (true) ($handler)}] $($rest)*)
    };
    ($biased:tt [$($done:tt)*] $pattern:pat = $future:expr, if $condition:expr => $handler:expr $(, $($rest:tt)*)?) => {
        $crate::__select!($biased [$($done)* {($pattern) ($future) ($condition) ($handler)}] $($($rest)*)?)
    };
    ($biased:tt [$($done:tt)*] $pattern:pat = $future:expr => $handler:expr $(, $($rest:tt)*)?) => {
        $crate::__select!($biased [$($done)* {($pattern) ($future) (true) ($handler)}] $($($rest)*)?)
    };
    (@ $biased:tt [$($branch:tt)*] ($otherwise:expr)) => {{
        let selected = {
            let mut branches = $crate::__select_branches!($($branch)*);
            ::core::future::poll_fn(|cx| $crate::__private::poll_select(&mut branches, $biased, cx)).await
        };
        match selected {
            ::core::option::Option::None => $otherwise,
            ::core::option::Option::Some(selected) => $crate::__select_match!(selected $($branch)*),
        }
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select_branches {
    () => { () };
    ({($pattern:pat) ($future:expr) ($condition:expr) ($handler:expr)} $($rest:tt)*) => {
        (
            $crate::__private::Branch::new($condition, || $future, |output| {
                #[allow(
                    unused_variables,
                    unreachable_patterns,
                    clippy::match_single_binding,
                    clippy::match_like_matches_macro,
                    reason = "a branch has any pattern"
                )]
                match output {
                    $pattern => true,
                    _ => false,
                }
            }),
            $crate::__select_branches!($($rest)*),
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select_match {
    ($selected:ident) => { match $selected {} };
    ($selected:ident {($pattern:pat) ($future:expr) ($condition:expr) ($handler:expr)} $($rest:tt)*) => {
        match $selected {
            #[allow(unreachable_patterns, reason = "a branch has any pattern")]
            $crate::__private::Either::Left(output) => match output {
                $pattern => $handler,
                _ => ::core::unreachable!("its pattern was matched before"),
            },
            $crate::__private::Either::Right(others) => $crate::__select_match!(others $($rest)*),
        }
    };
}
