//! The imports of the package `coyote:actor` by the component model: arguments are lifted by wasmtime. Used for
//! components that `lowered` cannot call.

use coyote_kernel::{CellValue, Operation, Payload, SendOptions, Wait};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, WasmList, WasmStr};

use super::abi::{self, Encoding, Proceeding};
use super::calls::{Given, GroupChoice, STACK_MAX};
use super::component::PACKAGE_VERSION;
use super::guest::Guest;
use super::instance::renew;

type Store<'a> = StoreContextMut<'a, Guest>;
type Interface<'a> = LinkerInstance<'a, Guest>;
type Bytes = WasmList<u8>;

/// Offers all interfaces of the package.
pub(super) fn add(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut root = linker.root();
    let mut interface = |name: &str, add: fn(&mut Interface<'_>) -> wasmtime::Result<()>| {
        add(&mut root.instance(&format!("coyote:actor/{name}@{PACKAGE_VERSION}"))?)
    };
    interface("types", |_| Ok(()))?;
    interface("report", report)?;
    interface("turn", turn)?;
    interface("timers", timers)?;
    interface("choice", choice)?;
    interface("cells", cells)?;
    interface("waits", waits)
}

/// A copy: the guest's data cannot be changed while its memory is looked at.
fn text(store: &Store<'_>, text: &WasmStr) -> wasmtime::Result<String> {
    Ok(text.to_str(store)?.into_owned())
}

/// An event whose parts were copied out of the guest's memory.
struct Copied {
    kind: String,
    encoding: Encoding,
    payload: Vec<u8>,
}

impl Copied {
    fn new(
        store: &Store<'_>,
        kind: &WasmStr,
        encoding: Encoding,
        payload: Bytes,
    ) -> wasmtime::Result<Self> {
        Ok(Self {
            kind: text(store, kind)?,
            encoding,
            payload: payload.as_le_slice(store).to_vec(),
        })
    }

    fn given(&self) -> Given<'_> {
        Given { kind: &self.kind, encoding: self.encoding.into(), payload: &self.payload }
    }
}

fn report(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap(
        "log",
        |mut store: Store<'_>, (level, message): (abi::Level, WasmStr)| {
            let message = text(&store, &message)?;
            store.data_mut().log(level.into(), &message);
            Ok(())
        },
    )?;
    interface.func_wrap("fail", |store: Store<'_>, (cause, message): (abi::Cause, WasmStr)| {
        Err::<(), _>(Guest::fails(cause.into(), &message.to_str(&store)?).into())
    })?;
    interface.func_wrap("set-states", |mut store: Store<'_>, (stack,): (WasmList<u32>,)| {
        // One more than is allowed, so that it is refused.
        let states = stack.as_le_slice(&store).iter().copied().take(STACK_MAX + 1).collect();
        Ok(store.data_mut().set_states(states)?)
    })
}

fn turn(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("self-id", |mut store: Store<'_>, (): ()| {
        store.data_mut().in_turn()?;
        Ok((abi::ActorId::from(store.data().id),))
    })?;
    interface.func_wrap("label", |mut store: Store<'_>, (): ()| {
        store.data_mut().in_turn()?;
        Ok((store.data().label.to_string(),))
    })?;
    interface
        .func_wrap("kind", |mut store: Store<'_>, (): ()| Ok((store.data_mut().kind_name()?,)))?;
    interface.func_wrap("now", |mut store: Store<'_>, (): ()| {
        Ok((abi::Time::from(store.data_mut().now()?),))
    })?;
    actors(interface)?;
    events(interface)
}

fn actors(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    type Create = (WasmStr, Option<WasmStr>, Encoding, Bytes);
    interface.func_wrap(
        "create",
        |mut store: Store<'_>, (kind, name, encoding, payload): Create| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            let name = name.map(|name| text(&store, &name)).transpose()?;
            let Given { kind, encoding, payload } = given.given();
            let id = store.data_mut().create(kind, name.as_deref(), encoding, payload)?;
            Ok((abi::ActorId::from(id),))
        },
    )?;
    interface.func_wrap("reserve-id", |mut store: Store<'_>, (kind,): (WasmStr,)| {
        let kind = text(&store, &kind)?;
        Ok((abi::ActorId::from(store.data_mut().reserve_id(&kind)?),))
    })?;
    type CreateAt = (abi::ActorId, WasmStr, Encoding, Bytes);
    interface.func_wrap(
        "create-at",
        |mut store: Store<'_>, (id, kind, encoding, payload): CreateAt| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            let Given { kind, encoding, payload } = given.given();
            Ok(store.data_mut().create_at(id.into(), kind, encoding, payload)?)
        },
    )?;
    interface.func_wrap(
        "try-create-at",
        |mut store: Store<'_>, (id, kind, encoding, payload): CreateAt| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            let Given { kind, encoding, payload } = given.given();
            Ok((store.data_mut().try_create_at(id.into(), kind, encoding, payload)?,))
        },
    )?;
    interface.func_wrap("id-of", |mut store: Store<'_>, (kind, name): (WasmStr, WasmStr)| {
        let (kind, name) = (text(&store, &kind)?, text(&store, &name)?);
        Ok((abi::ActorId::from(store.data_mut().id_of(&kind, &name)?),))
    })?;
    interface.func_wrap("watch", |mut store: Store<'_>, (id,): (abi::ActorId,)| {
        Ok(store.data_mut().watch(id.into())?)
    })?;
    interface.func_wrap("halt", |mut store: Store<'_>, (): ()| Ok(store.data_mut().halt()?))
}

fn events(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    type Send = (abi::ActorId, WasmStr, Encoding, Bytes);
    interface.func_wrap("send", |mut store: Store<'_>, (to, kind, encoding, payload): Send| {
        let given = Copied::new(&store, &kind, encoding, payload)?;
        Ok(store.data_mut().send(to.into(), given.given())?)
    })?;
    type SendWith = (abi::ActorId, WasmStr, Encoding, Bytes, abi::SendOptions);
    interface.func_wrap(
        "send-with",
        |mut store: Store<'_>, (to, kind, encoding, payload, options): SendWith| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            let abi::SendOptions { must_handle, instances_max, group } = options;
            let group = match group {
                abi::GroupChoice::Current => GroupChoice::Current,
                abi::GroupChoice::None => GroupChoice::None,
                abi::GroupChoice::This(id) => GroupChoice::This(id.into()),
            };
            let options = SendOptions { must_handle, instances_max };
            Ok(store.data_mut().send_with(to.into(), given.given(), options, group)?)
        },
    )?;
    interface.func_wrap(
        "request",
        |mut store: Store<'_>, (to, kind, encoding, payload): Send| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            Ok((store.data_mut().request(to.into(), given.given())?,))
        },
    )?;
    type Notify = (WasmStr, WasmStr, Encoding, Bytes);
    interface.func_wrap(
        "notify",
        |mut store: Store<'_>, (monitor, kind, encoding, payload): Notify| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            let monitor = text(&store, &monitor)?;
            Ok(store.data_mut().notify(&monitor, given.given())?)
        },
    )?;
    interface.func_wrap(
        "reply",
        |mut store: Store<'_>, (encoding, payload): (Encoding, Bytes)| {
            let payload = Payload::from_slice(payload.as_le_slice(&store));
            Ok(store.data_mut().reply(Ok((encoding.into(), payload)))?)
        },
    )?;
    interface.func_wrap("reply-error", |mut store: Store<'_>, (message,): (WasmStr,)| {
        let message = text(&store, &message)?;
        Ok(store.data_mut().reply(Err(message))?)
    })?;
    interface.func_wrap("group", |mut store: Store<'_>, (): ()| {
        Ok((store.data_mut().group()?.map(abi::GroupId::from),))
    })?;
    interface.func_wrap("open-group", |mut store: Store<'_>, (name,): (Option<WasmStr>,)| {
        let name = name.map(|name| text(&store, &name)).transpose()?;
        Ok((abi::GroupId::from(store.data_mut().open_group(name.as_deref())?),))
    })?;
    interface.func_wrap("set-group", |mut store: Store<'_>, (id,): (Option<abi::GroupId>,)| {
        Ok(store.data_mut().set_group(id.map(Into::into))?)
    })
}

fn timers(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    type Start = (abi::Time, WasmStr, Encoding, Bytes);
    interface.func_wrap(
        "start",
        |mut store: Store<'_>, (after, kind, encoding, payload): Start| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            Ok((store.data_mut().start_timer(after.duration(), None, given.given())?,))
        },
    )?;
    type Periodic = (abi::Time, abi::Time, WasmStr, Encoding, Bytes);
    interface.func_wrap(
        "start-periodic",
        |mut store: Store<'_>, (after, period, kind, encoding, payload): Periodic| {
            let given = Copied::new(&store, &kind, encoding, payload)?;
            let (after, period) = (after.duration(), period.duration());
            Ok((store.data_mut().start_timer(after, Some(period), given.given())?,))
        },
    )?;
    interface.func_wrap("stop", |mut store: Store<'_>, (timer,): (u32,)| {
        Ok(store.data_mut().stop_timer(timer)?)
    })?;
    interface.func_wrap("fired", |mut store: Store<'_>, (): ()| {
        Ok((store.data_mut().fired()?.map(abi::Firing::from),))
    })
}

fn choice(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("random-bool", |mut store: Store<'_>, (): ()| {
        Ok((store.data_mut().random_bool()?,))
    })?;
    interface.func_wrap("random-below", |mut store: Store<'_>, (bound,): (u32,)| {
        Ok((store.data_mut().random_below(bound)?,))
    })?;
    interface.func_wrap("entropy", |mut store: Store<'_>, (): ()| Ok((store.data_mut().entropy(),)))
}

fn cells(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("create", |mut store: Store<'_>, (kind,): (abi::CellKind,)| {
        Ok((abi::ActorId::from(store.data_mut().create_cell(kind.into())?),))
    })?;
    interface.func_wrap(
        "apply",
        |mut store: Store<'_>, (cell, operation): (abi::ActorId, abi::Operation)| {
            let operation = copied_operation(&store, operation)?;
            Ok((store.data_mut().apply(cell.into(), operation)?,))
        },
    )
}

fn copied_operation(store: &Store<'_>, operation: abi::Operation) -> wasmtime::Result<Operation> {
    let key = |key: WasmStr| text(store, &key).map(String::into_boxed_str);
    let value = |value: abi::Value| CellValue {
        encoding: value.encoding.into(),
        payload: Payload::from_slice(value.payload.as_le_slice(store)),
    };
    Ok(match operation {
        abi::Operation::Add(number) => Operation::Add(number),
        abi::Operation::Get => Operation::Get,
        abi::Operation::Exchange(number) => Operation::Exchange(number),
        abi::Operation::CompareExchange((old, new)) => Operation::CompareExchange(old, new),
        abi::Operation::Set(new) => Operation::Set(value(new)),
        abi::Operation::CompareSet((old, new)) => Operation::CompareSet(value(old), value(new)),
        abi::Operation::GetKey(at) => Operation::GetKey(key(at)?),
        abi::Operation::InsertNew((at, new)) => Operation::InsertNew(key(at)?, value(new)),
        abi::Operation::CompareSetKey((at, old, new)) => {
            Operation::CompareSetKey(key(at)?, value(old), value(new))
        }
        abi::Operation::Remove(at) => Operation::Remove(key(at)?),
        abi::Operation::Len => Operation::Len,
    })
}

fn waits(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    type Park = (u32, u32, WasmStr, bool, abi::Wait);
    interface.func_wrap(
        "park",
        |mut store: Store<'_>, (task, of, label, background, wait): Park| {
            let label = text(&store, &label)?;
            let wait = match wait {
                abi::Wait::Ready => Wait::Ready,
                abi::Wait::Receive(wanted) => {
                    let wanted: Vec<_> = wanted.iter(&mut store)?.collect::<Result<_, _>>()?;
                    let known = wanted
                        .into_iter()
                        .map(|wanted| store.data().wanted(wanted.kind, wanted.condition));
                    Wait::Receive(known.collect::<Result<_, _>>()?)
                }
                abi::Wait::Answer(correlation) => Wait::Answer(correlation),
                abi::Wait::Firing(timer) => Wait::Firing(timer),
                abi::Wait::Blocked(what) => Wait::Blocked(text(&store, &what)?.into()),
            };
            Ok(store.data_mut().park(task, of, &label, background, wait)?)
        },
    )?;
    interface.func_wrap("done", |mut store: Store<'_>, (task,): (u32,)| {
        Ok(store.data_mut().done(task)?)
    })?;
    interface.func_wrap("proceed", |mut store: Store<'_>, (task,): (u32,)| {
        let proceeding = store.data_mut().proceed(task)?;
        if proceeding == Proceeding::Now {
            renew(store)?;
        }
        Ok((proceeding,))
    })
}
