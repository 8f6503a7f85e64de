//! A host in the same process.

use std::cell::RefCell;

/// All that a host is asked. What it is not asked it need not answer.
#[doc(hidden)]
pub trait Host: Report + Turn + Timers + Choice + Cells + Waits {}

impl<H: Report + Turn + Timers + Choice + Cells + Waits> Host for H {}

thread_local! {
    static HOST: RefCell<Option<Box<dyn Host>>> = const { RefCell::new(None) };
}

/// From now on this is the host of this thread.
#[doc(hidden)]
pub fn install(host: impl Host + 'static) {
    HOST.set(Some(Box::new(host)));
}

fn with<T>(body: impl FnOnce(&mut dyn Host) -> T) -> T {
    HOST.with_borrow_mut(|host| {
        let host = host
            .as_mut()
            .expect("an actor runs under a host: build it for wasm, or test it in an app");
        body(&mut **host)
    })
}

/// For each interface a trait, and the functions that elsewhere are the imports.
macro_rules! interfaces {
    ($($module:ident($($name:ident),*) $interface:ident {
        $(fn $function:ident($($argument:ident: $type:ty),*) $(-> $output:ty)?;)*
    })*) => {
        $(
            pub(crate) mod $module {
                $(pub(crate) use crate::bindings::coyote::actor::$module::$name;)*

                #[doc(hidden)]
                pub trait $interface {
                    $(fn $function(&mut self, $($argument: $type),*) $(-> $output)? {
                        let _ = ($($argument,)*);
                        unreachable!("this host is not asked for `{}`", stringify!($function))
                    })*
                }

                $(pub(crate) fn $function($($argument: $type),*) $(-> $output)? {
                    super::with(|host| $interface::$function(host, $($argument),*))
                })*
            }

            #[doc(hidden)]
            pub use $module::$interface;
        )*
    };
}

interfaces! {
    report(Cause, Level, StateIndex) Report {
        fn log(level: Level, message: &str);
        fn fail(cause: Cause, message: &str);
        fn set_states(stack: &[StateIndex]);
    }

    turn(ActorId, Correlation, Duration, Encoding, GroupId, SendOptions) Turn {
        fn self_id() -> ActorId;
        fn label() -> String;
        fn kind() -> String;
        fn now() -> Duration;
        fn create(kind: &str, name: Option<&str>, encoding: Encoding, payload: &[u8]) -> ActorId;
        fn reserve_id(kind: &str) -> ActorId;
        fn create_at(id: ActorId, kind: &str, encoding: Encoding, payload: &[u8]);
        fn try_create_at(id: ActorId, kind: &str, encoding: Encoding, payload: &[u8]) -> Correlation;
        fn id_of(kind: &str, name: &str) -> ActorId;
        fn send(to: ActorId, kind: &str, encoding: Encoding, payload: &[u8]);
        fn send_with(to: ActorId, kind: &str, encoding: Encoding, payload: &[u8], options: SendOptions);
        fn request(to: ActorId, kind: &str, encoding: Encoding, payload: &[u8]) -> Correlation;
        fn reply(encoding: Encoding, payload: &[u8]);
        fn reply_error(message: &str);
        fn halt();
        fn watch(id: ActorId);
        fn notify(monitor: &str, kind: &str, encoding: Encoding, payload: &[u8]);
        fn group() -> Option<GroupId>;
        fn open_group(name: Option<&str>) -> GroupId;
        fn set_group(group: Option<GroupId>);
    }

    timers(Duration, Encoding, Firing, TimerId) Timers {
        fn start(after: Duration, kind: &str, encoding: Encoding, payload: &[u8]) -> TimerId;
        fn start_periodic(
            after: Duration, period: Duration, kind: &str, encoding: Encoding, payload: &[u8]
        ) -> TimerId;
        fn stop(timer: TimerId);
        fn fired() -> Option<Firing>;
    }

    choice() Choice {
        fn random_bool() -> bool;
        fn random_below(bound: u32) -> u32;
    }

    cells(ActorId, CellKind, Correlation, Operation, Value) Cells {
        fn create(kind: CellKind) -> ActorId;
        fn apply(cell: ActorId, operation: &Operation) -> Correlation;
    }

    waits(Proceeding, TaskId, Wait) Waits {
        fn park(task: TaskId, of: TaskId, label: &str, background: bool, wait: &Wait);
        fn done(task: TaskId);
        fn proceed(task: TaskId) -> Proceeding;
    }
}
