//! What a component has in memory: its one actor or monitor, and what that one's tasks share.

#[cfg(target_family = "wasm")]
use core::cell::RefCell;

/// Where the actor or monitor of a component lives; empty before its first turn, and while a handler that waits has it.
#[cfg(target_family = "wasm")]
#[derive(Debug)]
pub struct Cell<A>(RefCell<Option<A>>);

// SAFETY: a component has one thread; threads are refused by the host.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "a component has one thread")]
unsafe impl<A> Sync for Cell<A> {}

#[cfg(target_family = "wasm")]
impl<A> Cell<A> {
    /// An empty place.
    #[expect(clippy::new_without_default, reason = "a static is made by a `const fn`")]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    fn open<T>(&self, body: impl FnOnce(&mut Option<A>) -> T) -> T {
        body(&mut self.0.borrow_mut())
    }
}

#[cfg(not(target_family = "wasm"))]
pub use native::Cell;

impl<A: 'static> Cell<A> {
    pub(crate) fn fill(&self, content: A) {
        self.open(|place| *place = Some(content));
    }

    /// Takes the content out, until it is dropped.
    pub(crate) fn take(&'static self) -> Taken<A> {
        let content = self.open(Option::take);
        assert!(content.is_some(), "the host calls no handler while one waits");
        Taken { content, from: self }
    }

    /// None while a handler that waits has the content.
    pub(crate) fn try_with<T>(&self, body: impl FnOnce(&mut A) -> T) -> Option<T> {
        self.open(|place| place.as_mut().map(body))
    }

    pub(crate) fn with<T>(&self, body: impl FnOnce(&mut A) -> T) -> T {
        self.try_with(body).expect("the host initialises an actor before anything else")
    }
}

/// An actor in a handler that may wait. It goes back to its place once that has ended, or is dropped where it waits.
pub(crate) struct Taken<A: 'static> {
    /// Some until it is dropped.
    content: Option<A>,
    from: &'static Cell<A>,
}

impl<A> Taken<A> {
    pub(crate) fn get(&mut self) -> &mut A {
        self.content.as_mut().expect("it was taken and not dropped")
    }
}

impl<A> Drop for Taken<A> {
    fn drop(&mut self) {
        self.from.open(|place| *place = self.content.take());
    }
}

/// Elsewhere than under wasm many actors live in one process: each has a memory of its own.
#[cfg(not(target_family = "wasm"))]
pub(crate) mod native {
    use crate::task::{
        executor::{self, Executor},
        kinds,
    };
    use core::{any::Any, cell::RefCell, fmt, marker::PhantomData, mem};

    thread_local! {
        /// The actor whose turn it is: an `Option` of its type.
        static CONTENT: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }

    /// Where the actor lives whose turn it is.
    #[derive(Debug)]
    pub struct Cell<A>(PhantomData<fn() -> A>);

    impl<A: 'static> Cell<A> {
        /// The place.
        #[expect(clippy::new_without_default, reason = "a static is made by a `const fn`")]
        pub const fn new() -> Self {
            Self(PhantomData)
        }

        pub(super) fn open<T>(&self, body: impl FnOnce(&mut Option<A>) -> T) -> T {
            CONTENT.with_borrow_mut(|content| {
                let content = content.get_or_insert_with(|| Box::new(None::<A>));
                body(content.downcast_mut().expect("it is the turn of an actor of this type"))
            })
        }
    }

    /// The memory of an actor while it is not its turn.
    #[doc(hidden)]
    #[derive(Default)]
    pub struct Memory {
        content: Option<Box<dyn Any>>,
        executor: Executor,
        handled: &'static [&'static str],
    }

    impl Memory {
        /// Lets code run as that of this actor.
        pub fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
            let entered = Entered::new(self);
            let output = body();
            drop(entered);
            output
        }

        fn swap(&mut self) {
            CONTENT.with_borrow_mut(|content| mem::swap(content, &mut self.content));
            executor::swap(&mut self.executor);
            kinds::swap(&mut self.handled);
        }
    }

    impl fmt::Debug for Memory {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Memory").finish_non_exhaustive()
        }
    }

    /// Drops what is in it where it belongs: tasks look at the tables of their actor.
    impl Drop for Memory {
        fn drop(&mut self) {
            self.enter(|| {
                executor::clear();
                CONTENT.take();
            });
        }
    }

    /// A memory in its place, until this is dropped: code of an actor may panic.
    struct Entered<'a>(&'a mut Memory);

    impl<'a> Entered<'a> {
        fn new(memory: &'a mut Memory) -> Self {
            memory.swap();
            Self(memory)
        }
    }

    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            self.0.swap();
        }
    }
}
