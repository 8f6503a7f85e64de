//! Awaiting several futures at once, in one task.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Awaits all of some futures, and gives their outputs in the same order.
pub fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
    JoinAll(futures.into_iter().map(Maybe::new).collect())
}

/// All of some futures.
#[must_use = "futures do nothing before they are awaited"]
pub struct JoinAll<F: Future>(Vec<Maybe<F>>);

impl<F: Future> fmt::Debug for JoinAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinAll").field("futures", &self.0.len()).finish_non_exhaustive()
    }
}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut all = true;
        for future in &mut self.0 {
            all &= future.poll(cx);
        }
        if !all {
            return Poll::Pending;
        }
        Poll::Ready(self.0.iter_mut().map(Maybe::take).collect())
    }
}

/// A future, or its output.
#[doc(hidden)]
pub struct Maybe<F: Future> {
    future: Option<Pin<Box<F>>>,
    output: Option<F::Output>,
}

// Nothing in it is pinned but what is boxed.
impl<F: Future> Unpin for Maybe<F> {}

impl<F: Future> Maybe<F> {
    /// A future that has not ended.
    pub fn new(future: F) -> Self {
        Self { future: Some(Box::pin(future)), output: None }
    }

    /// Polls it unless it has ended. Whether it has.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(future) = &mut self.future {
            let Poll::Ready(output) = future.as_mut().poll(cx) else { return false };
            self.output = Some(output);
            self.future = None;
        }
        true
    }

    /// Its output.
    pub fn take(&mut self) -> F::Output {
        self.output.take().unwrap_or_else(|| super::polled_again())
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Maybe<F> {
    /// Its error, if it has ended with one.
    pub fn take_error(&mut self) -> Option<E> {
        let failed = self.output.take_if(|output| output.is_err());
        failed.and_then(Result::err)
    }

    /// What it has ended with, which is no error.
    pub fn take_ok(&mut self) -> T {
        self.take().unwrap_or_else(|_| super::polled_again())
    }
}

impl<F: Future> fmt::Debug for Maybe<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maybe").finish_non_exhaustive()
    }
}

/// Awaits all of several futures in one task, and gives a tuple of their outputs.
///
/// ```
/// use coyote_guest::{join, sync::oneshot};
///
/// # async fn f() {
/// let (asked, ask) = oneshot::channel();
/// let (one, two) = join!(async { asked.send(1).is_ok() }, ask);
/// assert_eq!((one, two), (true, Ok(1)));
/// # }
/// ```
#[macro_export]
macro_rules! join {
    ($($future:expr),* $(,)?) => { $crate::__join!([] $($future,)*) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __join {
    ([$($name:ident = $future:expr,)*]) => {{
        $(let mut $name = $crate::__private::Maybe::new($future);)*
        ::core::future::poll_fn(|cx| {
            let mut all = true;
            $(all &= $name.poll(cx);)*
            if all {
                ::core::task::Poll::Ready(($($name.take(),)*))
            } else {
                ::core::task::Poll::Pending
            }
        })
        .await
    }};
    // Each step names one future; hygiene keeps the names apart.
    ([$($named:tt)*] $future:expr, $($rest:tt)*) => {
        $crate::__join!([$($named)* future = $future,] $($rest)*)
    };
}

/// Awaits all of several futures in one task, up to the first error: gives a tuple of what they ended with, or the
/// error. The others are then dropped where they wait.
///
/// ```
/// use coyote_guest::try_join;
///
/// # async fn f() {
/// let both: Result<(u32, u32), &str> = try_join!(async { Ok(1) }, async { Ok(2) });
/// assert_eq!(both, Ok((1, 2)));
/// let failed = try_join!(async { Ok::<u32, _>(1) }, async { Err::<u32, _>("no") });
/// assert_eq!(failed, Err("no"));
/// # }
/// ```
#[macro_export]
macro_rules! try_join {
    ($($future:expr),* $(,)?) => { $crate::__try_join!([] $($future,)*) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __try_join {
    ([$($name:ident = $future:expr,)*]) => {{
        $(let mut $name = $crate::__private::Maybe::new($future);)*
        ::core::future::poll_fn(|cx| {
            let mut all = true;
            $(
                all &= $name.poll(cx);
                if let ::core::option::Option::Some(error) = $name.take_error() {
                    return ::core::task::Poll::Ready(::core::result::Result::Err(error));
                }
            )*
            if all {
                ::core::task::Poll::Ready(::core::result::Result::Ok(($($name.take_ok(),)*)))
            } else {
                ::core::task::Poll::Pending
            }
        })
        .await
    }};
    ([$($name:tt)*] $future:expr, $($rest:tt)*) => {
        $crate::__try_join!([$($name)* future = $future,] $($rest)*)
    };
}
