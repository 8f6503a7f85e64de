//! Questions that are answered later: requests, and creates that may find their place taken (sections 13 and 2).

use super::wait::{Delivery, Waiting};
use crate::{
    ActorId, Context as Turn, DecodeError, Event, Payload,
    bindings::coyote::actor::{types::Correlation, waits::Wait},
    host::turn,
    payload::Encoded,
};
use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

impl Turn {
    /// Asks an actor, and waits for its answer. The event is sent by the call; the answer is awaited.
    ///
    /// Nobody answers for an actor that is gone, or does not [reply](Self::reply): without a
    /// [`timeout`](crate::time::timeout) the task then waits for ever.
    ///
    /// ```
    /// # use coyote_guest::prelude::*;
    /// # use core::time::Duration;
    /// # use coyote_guest::time::timeout;
    /// # #[event] struct Price { item: u32 }
    /// # async fn f(ctx: &Context, shop: ActorId) -> Result<(), String> {
    /// let asked = timeout(Duration::from_secs(5), ctx.request(shop, Price { item: 7 }));
    /// let price: u32 = match asked.await {
    ///     Ok(answer) => answer.map_err(|error| error.to_string())?,
    ///     Err(_) => return Err("the shop is closed".into()),
    /// };
    /// # Ok(())
    /// # }
    /// ```
    pub fn request<E: Event, T: Payload>(&self, to: ActorId, event: E) -> Request<T> {
        let Encoded { encoding, bytes } = event.encode();
        let answer = Answer::to(turn::request(to.into(), E::KIND, encoding, &bytes));
        Request { answer, of: PhantomData }
    }

    /// Creates an actor at a reserved id, or at that of an actor which has halted, and waits to hear whether the id was
    /// free.
    ///
    /// The output is an error, [`IdInUse`], if it was not; then nothing was created.
    pub fn try_create_at(&self, id: ActorId, kind: &str, initial: impl Payload) -> TryCreate {
        let Encoded { encoding, bytes } = initial.encode();
        TryCreate(Answer::to(turn::try_create_at(id.into(), kind, encoding, &bytes)))
    }
}

/// The answer to a question that was asked.
#[derive(Debug)]
pub(crate) struct Answer {
    correlation: Correlation,
    waiting: Waiting,
}

impl Answer {
    pub(crate) fn to(correlation: Correlation) -> Self {
        Self { correlation, waiting: Waiting::new() }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Encoded, String>> {
        let correlation = self.correlation;
        let delivery = self.waiting.poll(cx, || Wait::Answer(correlation));
        delivery.map(|delivery| match delivery {
            Delivery::Answer(answer) => answer,
            Delivery::Time | Delivery::Event(..) => super::wrong_delivery(),
        })
    }
}

/// The answer to a [request](Turn::request).
#[derive(Debug)]
#[must_use = "the answer is there once this was awaited"]
pub struct Request<T> {
    answer: Answer,
    of: PhantomData<fn() -> T>,
}

impl<T: Payload> Future for Request<T> {
    type Output = Result<T, RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answer.poll(cx).map(|answer| match answer {
            Ok(answer) => T::decode(&answer).map_err(RequestError::Decode),
            Err(message) => Err(RequestError::Refused(message)),
        })
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// The actor answered with an error.
    Refused(String),
    /// The answer is no `T`.
    Decode(DecodeError),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(message) => f.write_str(message),
            Self::Decode(error) => write!(f, "the answer cannot be read: {error}"),
        }
    }
}

impl core::error::Error for RequestError {}

/// Whether an actor was [created](Turn::try_create_at).
#[derive(Debug)]
#[must_use = "whether it was created is known once this was awaited"]
pub struct TryCreate(Answer);

impl Future for TryCreate {
    type Output = Result<(), IdInUse>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx).map(|answer| match answer {
            Ok(answer) if answer.bytes.as_slice() == b"created" => Ok(()),
            _ => Err(IdInUse),
        })
    }
}

/// The holder of an id has not halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdInUse;

impl fmt::Display for IdInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id is in use")
    }
}

impl core::error::Error for IdInUse {}
