//! Waiting for virtual time, with the API of `tokio::time`.

use crate::{
    Context as Turn,
    host::{self, Wait},
    task::wait::Waiting,
};
use core::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};

pub use core::time::Duration;

impl Turn {
    /// Waits for a while; see [`sleep`].
    pub fn sleep(&self, duration: Duration) -> Sleep {
        sleep(duration)
    }
}

/// Waits for a while of virtual time. Zero is legal, and waits nevertheless.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { deadline: host::now().saturating_add(duration), timer: None, waiting: Waiting::new() }
}

/// A while to wait. Dropped, its timer stops.
#[derive(Debug)]
#[must_use = "nothing waits before it is awaited"]
pub struct Sleep {
    deadline: Duration,
    timer: Option<u32>,
    waiting: Waiting,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { deadline, timer, waiting } = &mut *self;
        let start = || {
            let started = host::start_timer(deadline.saturating_sub(host::now()));
            *timer = Some(started);
            Wait::Firing(started)
        };
        waiting.poll(cx, start).map(drop)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer
            && self.waiting.is_open()
        {
            host::stop_timer(timer);
        }
    }
}

/// Awaits a future, but not longer than for a while.
///
/// # Errors
///
/// The while is over, and the future dropped.
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut sleep = pin!(sleep(duration));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| Err(Elapsed(()))),
    })
    .await
}

/// A future took longer than it might.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl core::error::Error for Elapsed {}
