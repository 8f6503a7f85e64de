//! Waiting for virtual time, with the API of `tokio::time`.

use crate::{
    Context as Turn, Encoding,
    bindings::coyote::actor::waits::Wait,
    host::{timers, turn},
    task::wait::Waiting,
    timer::{lift, lower},
};
use core::{
    fmt,
    future::{Future, poll_fn},
    ops::{Add, AddAssign, Sub, SubAssign},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

pub use core::time::Duration;

/// The kind of the events of timers that only tasks see.
const SLEEP: &str = "sleep";

impl Turn {
    /// Waits for a while; see [`sleep`].
    pub fn sleep(&self, duration: Duration) -> Sleep {
        sleep(duration)
    }
}

/// A moment of virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The present moment. Constant within a turn.
    #[must_use]
    pub fn now() -> Self {
        Self(lift(turn::now()))
    }

    /// How long ago it was; zero if it is to come.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now().duration_since(self)
    }

    /// How long after an earlier moment it is; zero if that is no earlier one.
    #[must_use]
    pub fn duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

/// Waits for a while of virtual time. Zero is legal, and waits nevertheless.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::now() + duration)
}

/// Waits until a moment of virtual time. One that has passed is legal, and waits nevertheless.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, timer: None, waiting: Waiting::new() }
}

/// A while to wait. Dropped, its timer stops.
#[derive(Debug)]
#[must_use = "nothing waits before it is awaited"]
pub struct Sleep {
    deadline: Instant,
    timer: Option<u32>,
    waiting: Waiting,
}

impl Sleep {
    /// When it ends.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { deadline, timer, waiting } = &mut *self;
        let start = || {
            let after = lower(*deadline - Instant::now());
            let started = timers::start(after, SLEEP, Encoding::Bytes, &[]);
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
            timers::stop(timer);
        }
    }
}

/// Ticks every `period`, which is not zero; for the first time at once.
///
/// ```
/// use coyote_guest::{prelude::*, time::interval};
///
/// # async fn f() {
/// let mut interval = interval(Duration::from_secs(5));
/// loop {
///     interval.tick().await;
///     info!("5 seconds, or none yet");
/// }
/// # }
/// ```
///
/// # Panics
///
/// If `period` is zero.
#[must_use]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// As [`interval`], for the first time at `start`.
///
/// # Panics
///
/// If `period` is zero.
#[must_use]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(!period.is_zero(), "`period` must be non-zero.");
    Interval { period, missed: MissedTickBehavior::default(), next: sleep_until(start) }
}

/// Moments that are one period apart.
#[derive(Debug)]
pub struct Interval {
    period: Duration,
    missed: MissedTickBehavior,
    next: Sleep,
}

impl Interval {
    /// Waits for the next tick, and gives the moment at which it was due. Dropped, it loses no tick.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// As [`tick`](Self::tick), as a poll.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.next).poll(cx));
        let due = self.next.deadline();
        self.next = sleep_until(self.missed.after(due, Instant::now(), self.period));
        Poll::Ready(due)
    }

    /// The next tick is due one period from now.
    pub fn reset(&mut self) {
        self.next = sleep_until(Instant::now() + self.period);
    }

    /// The time from one tick to the next.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What becomes of ticks that nobody waited for in time.
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Sets what becomes of ticks that nobody waited for in time.
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed = behavior;
    }
}

/// What becomes of ticks that nobody waited for in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// They come one after the other, as fast as they are waited for.
    #[default]
    Burst,
    /// The next one comes a whole period after the late one.
    Delay,
    /// They are left out; the next one comes where it would have come anyhow.
    Skip,
}

impl MissedTickBehavior {
    /// When the next tick is due after one that was due at `due` and came `now`.
    fn after(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            Self::Burst => due + period,
            Self::Delay => now.max(due) + period,
            Self::Skip => {
                let late = (now - due).as_nanos() % period.as_nanos();
                now + period - Duration::from_nanos_u128(late)
            }
        }
    }
}

/// Awaits a future, but not longer than for a while.
///
/// # Errors
///
/// The while is over, and the future dropped.
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, Elapsed> {
    timeout_at(Instant::now() + duration, future).await
}

/// Awaits a future, but not longer than until a moment.
///
/// # Errors
///
/// The moment has come, and the future is dropped.
pub async fn timeout_at<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut sleep = pin!(sleep_until(deadline));
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
