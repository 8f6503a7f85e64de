//! Shared cells: values that the host owns and several actors use (section 14).
//!
//! A cell is used by whoever has its handle, which may travel in any payload. Operations travel to it like events: they
//! leave in the order of the calls, and their outcomes are awaited.
//!
//! Values are compared as the bytes of their payloads. So what has several forms, such as a `HashMap` in any order, may
//! differ from itself.

use crate::{
    ActorId, Context as Turn, Payload,
    failure::{Cause, fail},
    host::cells::{self, CellKind, Operation, Value},
    json,
    payload::Encoded,
    task::Answer,
};
use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The outcome of an operation on a cell. It fails the turn in which it is awaited if it is none that can be read here,
/// for instance because another actor has put something else there.
#[must_use = "the operation was sent; its outcome is there once this was awaited"]
pub struct Operated<T> {
    answer: Answer,
    read: fn(&Encoded) -> T,
}

impl<T> Operated<T> {
    fn of(cell: ActorId, operation: &Operation, read: fn(&Encoded) -> T) -> Self {
        Self { answer: Answer::to(cells::apply(cell.into(), operation)), read }
    }
}

impl<T> Future for Operated<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let read = self.read;
        self.answer.poll(cx).map(|answer| match answer {
            Ok(answer) => read(&answer),
            Err(message) => fail(Cause::Error, format_args!("an operation on a cell: {message}")),
        })
    }
}

impl<T> fmt::Debug for Operated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operated").finish_non_exhaustive()
    }
}

/// A number, boolean or null, which are JSON.
fn plain<T: DeserializeOwned>(answer: &Encoded) -> T {
    json::read(&answer.bytes).unwrap_or_else(|error| unreadable(&error))
}

/// A value, or none if there is none.
fn value<T: Payload>(answer: &Encoded) -> Option<T> {
    match (answer.encoding, answer.bytes.as_slice()) {
        (crate::Encoding::Json, b"null") => None,
        _ => Some(T::decode(answer).unwrap_or_else(|error| unreadable(&error))),
    }
}

#[cold]
fn unreadable(error: &dyn fmt::Display) -> ! {
    fail(Cause::Decode, format_args!("what a shared cell answered: {error}"))
}

fn lower(value: &impl Payload) -> Value {
    let Encoded { encoding, bytes } = value.encode();
    Value { encoding, payload: bytes.into_vec() }
}

/// A shared number, 0 at first. It wraps around.
///
/// ```
/// use coyote_guest::{cells::Counter, prelude::*};
///
/// # async fn f(ctx: &Context) {
/// let counter = Counter::create(ctx);
/// ensure!(counter.add(2).await == 2);
/// ensure!(counter.exchange(7).await == 2);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counter(ActorId);

impl Counter {
    /// A new counter.
    #[must_use]
    pub fn create(_: &Turn) -> Self {
        Self(cells::create(CellKind::Counter).into())
    }

    /// Adds, and gives the sum.
    #[expect(clippy::should_implement_trait, reason = "it gives a future")]
    pub fn add(self, number: i32) -> Operated<i32> {
        Operated::of(self.0, &Operation::Add(number), plain)
    }

    /// The number.
    pub fn get(self) -> Operated<i32> {
        Operated::of(self.0, &Operation::Get, plain)
    }

    /// Sets the number, and gives the old one.
    pub fn exchange(self, number: i32) -> Operated<i32> {
        Operated::of(self.0, &Operation::Exchange(number), plain)
    }

    /// Sets the number to `new` if it is `current`, and gives the old one.
    pub fn compare_exchange(self, current: i32, new: i32) -> Operated<i32> {
        Operated::of(self.0, &Operation::CompareExchange((current, new)), plain)
    }
}

/// A shared value, none at first.
///
/// ```
/// use coyote_guest::{cells::Register, prelude::*};
///
/// # async fn f(ctx: &Context) {
/// let highest = Register::create(ctx);
/// highest.set(&3_u32).await;
/// ensure!(highest.update(|&number| number.max(5)).await == Some(5));
/// ensure!(!highest.compare_set(&3, &7).await);
/// # }
/// ```
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Register<T> {
    id: ActorId,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T: Payload> Register<T> {
    /// A new register without a value.
    #[must_use]
    pub fn create(_: &Turn) -> Self {
        Self { id: cells::create(CellKind::Register).into(), of: PhantomData }
    }

    /// The value; none if it was never set.
    pub fn get(self) -> Operated<Option<T>> {
        Operated::of(self.id, &Operation::Get, |answer| {
            match (answer.encoding, answer.bytes.len()) {
                (crate::Encoding::Bytes, 0) if size_of::<T>() > 0 => None,
                _ => value(answer),
            }
        })
    }

    /// Sets the value.
    pub fn set(self, value: &T) -> Operated<()> {
        Operated::of(self.id, &Operation::Set(lower(value)), |_| ())
    }

    /// Sets the value to `new` if it is `current`. Whether it did.
    pub fn compare_set(self, current: &T, new: &T) -> Operated<bool> {
        Operated::of(self.id, &Operation::CompareSet((lower(current), lower(new))), plain)
    }

    /// Replaces the value by another one that is made of it, again and again until nobody comes between, and gives that;
    /// none if there is no value.
    pub async fn update(self, mut make: impl FnMut(&T) -> T) -> Option<T> {
        loop {
            let current = self.get().await?;
            let new = make(&current);
            if self.compare_set(&current, &new).await {
                return Some(new);
            }
        }
    }
}

/// Shared values by key, none at first.
///
/// It has room for as many keys as the inbox of the actor that created it has for events; to insert one more fails the
/// turn in which the outcome is awaited.
///
/// ```
/// use coyote_guest::{cells::Map, prelude::*};
///
/// # async fn f(ctx: &Context) {
/// let owners = Map::create(ctx);
/// ensure!(owners.insert_new("door", &ctx.id()).await);
/// ensure!(owners.get("window").await.is_none());
/// ensure!(owners.remove("door").await == Some(ctx.id()));
/// # }
/// ```
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Map<T> {
    id: ActorId,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T: Payload> Map<T> {
    /// A new map without keys.
    #[must_use]
    pub fn create(_: &Turn) -> Self {
        Self { id: cells::create(CellKind::Map).into(), of: PhantomData }
    }

    /// The value at a key.
    pub fn get(self, key: &str) -> Operated<Option<T>> {
        Operated::of(self.id, &Operation::GetKey(key.to_owned()), value)
    }

    /// Sets the value at a key that has none. Whether it did.
    pub fn insert_new(self, key: &str, value: &T) -> Operated<bool> {
        Operated::of(self.id, &Operation::InsertNew((key.to_owned(), lower(value))), plain)
    }

    /// Sets the value at a key to `new` if it is `current`. Whether it did.
    pub fn compare_set(self, key: &str, current: &T, new: &T) -> Operated<bool> {
        let operation = (key.to_owned(), lower(current), lower(new));
        Operated::of(self.id, &Operation::CompareSetKey(operation), plain)
    }

    /// Removes a key, and gives the value it had.
    pub fn remove(self, key: &str) -> Operated<Option<T>> {
        Operated::of(self.id, &Operation::Remove(key.to_owned()), value)
    }

    /// The number of keys.
    pub fn len(self) -> Operated<u32> {
        Operated::of(self.id, &Operation::Len, plain)
    }

    /// Replaces the value at a key by another one that is made of it, again and again until nobody comes between, and
    /// gives that; none if there is no value.
    pub async fn update(self, key: &str, mut make: impl FnMut(&T) -> T) -> Option<T> {
        loop {
            let current = self.get(key).await?;
            let new = make(&current);
            if self.compare_set(key, &current, &new).await {
                return Some(new);
            }
        }
    }
}

macro_rules! handle {
    ($name:ident) => {
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.id == other.id
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.id).finish()
            }
        }
    };
}

handle!(Register);
handle!(Map);
