//! The imports of the package `coyote:actor`. Each stages an effect or answers a question; none acts.

use coyote_kernel::{Effect, Event, Init, Kind, Payload, SendOptions, TimerStart};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, WasmList, WasmStr};

use super::abi::{self, Encoding};
use super::component::PACKAGE_VERSION;
use super::guest::{Fails, Guest, illegal, no_turn};
use super::kinds::NAME_BYTES_MAX;
use crate::app::KindIndex;

type Store<'a> = StoreContextMut<'a, Guest>;

/// Offers all interfaces of the package.
pub(super) fn add(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut root = linker.root();
    let mut interface =
        |name: &str, add: fn(&mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()>| {
            add(&mut root.instance(&format!("coyote:actor/{name}@{PACKAGE_VERSION}"))?)
        };
    interface("types", |_| Ok(()))?;
    interface("report", report)?;
    interface("turn", identity)?;
    interface("timers", timers)?;
    interface("choice", choice)?;
    interface("cells", cells)?;
    interface("waits", waits)
}

fn report(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap(
        "log",
        |mut store: Store<'_>, (level, message): (abi::Level, WasmStr)| {
            let message = message.to_str(&store)?.into_owned();
            store.data_mut().log(level.into(), &message);
            Ok(())
        },
    )?;
    interface.func_wrap("fail", |store: Store<'_>, (cause, message): (abi::Cause, WasmStr)| {
        let message = message.to_str(&store)?;
        let cut = message.floor_char_boundary(MESSAGE_BYTES_MAX);
        let failure = coyote_kernel::Failure::new(cause.into(), &message[..cut]);
        Err::<(), _>(Fails(failure).into())
    })?;
    interface.func_wrap("set-states", |mut store: Store<'_>, (stack,): (WasmList<u32>,)| {
        if stack.len() > STACK_MAX {
            return Err(illegal(format!(
                "a state stack of {} states, at most {STACK_MAX} are allowed",
                stack.len()
            ))
            .into());
        }
        let stack = stack.as_le_slice(&store).to_vec();
        store.data_mut().in_turn()?.outbox.set_stack(stack);
        Ok(())
    })
}

/// Longest message of a failure, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Most states on a stack.
const STACK_MAX: usize = 1024;

fn identity(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("self-id", |mut store: Store<'_>, (): ()| {
        store.data_mut().in_turn()?;
        Ok((abi::ActorId::from(store.data().id),))
    })?;
    interface.func_wrap("label", |mut store: Store<'_>, (): ()| {
        store.data_mut().in_turn()?;
        Ok((store.data().label.to_string(),))
    })?;
    interface.func_wrap("kind", |mut store: Store<'_>, (): ()| {
        let kind = store.data_mut().in_turn()?.kind;
        Ok((kind.map_or_else(String::new, |kind| store.data().shared.kinds.name(kind)),))
    })?;
    interface.func_wrap("now", |mut store: Store<'_>, (): ()| {
        Ok((abi::Time::from(store.data_mut().in_turn()?.now),))
    })?;
    creation(interface)?;
    sending(interface)?;
    groups(interface)
}

fn creation(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    type Create = (WasmStr, Option<WasmStr>, Encoding, WasmList<u8>);
    interface.func_wrap(
        "create",
        |mut store: Store<'_>, (kind, name, encoding, payload): Create| {
            let init = init(&store, encoding, payload);
            let kind = granted(&store, &kind)?;
            let name: Option<Box<str>> = match name {
                Some(name) => Some(actor_name(&name.to_str(&store)?)?.into()),
                None => None,
            };
            let definition = kind.number();
            let guest = store.data_mut();
            let (key, creator) = (guest.shared.key, guest.id);
            let outbox = &mut guest.in_turn()?.outbox;
            let id = match &name {
                Some(name) => key.named(definition, name),
                None => outbox.next_id(&key, creator),
            };
            stage(guest, Effect::Create { id, definition, name, init })?;
            Ok((abi::ActorId::from(id),))
        },
    )?;
    interface.func_wrap("reserve-id", |mut store: Store<'_>, (kind,): (WasmStr,)| {
        let definition = granted(&store, &kind)?.number();
        let guest = store.data_mut();
        let (key, creator) = (guest.shared.key, guest.id);
        let id = guest.in_turn()?.outbox.next_id(&key, creator);
        stage(guest, Effect::Reserve { id, definition })?;
        Ok((abi::ActorId::from(id),))
    })?;
    type CreateAt = (abi::ActorId, WasmStr, Encoding, WasmList<u8>);
    interface.func_wrap(
        "create-at",
        |mut store: Store<'_>, (id, kind, encoding, payload): CreateAt| {
            let init = init(&store, encoding, payload);
            let definition = granted(&store, &kind)?.number();
            let effect = Effect::Create { id: id.into(), definition, name: None, init };
            Ok(stage(store.data_mut(), effect)?)
        },
    )?;
    interface.func_wrap("try-create-at", |_: Store<'_>, _: CreateAt| {
        Err::<(u32,), _>(unserved("try-create-at"))
    })?;
    interface.func_wrap("id-of", |mut store: Store<'_>, (kind, name): (WasmStr, WasmStr)| {
        let (kind_name, name) =
            (kind.to_str(&store)?.into_owned(), name.to_str(&store)?.into_owned());
        let guest = store.data_mut();
        let app = &guest.shared.app;
        let kind = app
            .kind_of(&kind_name)
            .filter(|&kind| guest.actor.grants.may_look_up(kind, &name))
            .ok_or_else(|| {
                illegal(format!("look-up of `{kind_name}/{name}`: the manifest does not grant it"))
            })?;
        let (id, definition) = (guest.shared.key.named(kind.number(), &name), kind.number());
        stage(guest, Effect::Reserve { id, definition })?;
        Ok((abi::ActorId::from(id),))
    })?;
    interface.func_wrap("watch", |mut store: Store<'_>, (id,): (abi::ActorId,)| {
        Ok(stage(store.data_mut(), Effect::Watch(id.into()))?)
    })?;
    interface.func_wrap("halt", |mut store: Store<'_>, (): ()| {
        store.data_mut().in_turn()?.outbox.halt();
        Ok(())
    })
}

fn sending(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    type Send = (abi::ActorId, WasmStr, Encoding, WasmList<u8>);
    interface.func_wrap("send", |mut store: Store<'_>, (to, kind, encoding, payload): Send| {
        let event = event(&store, &kind, encoding, payload)?;
        let guest = store.data_mut();
        let limits = &guest.actor.limits;
        let scope = guest.scope.as_deref_mut().ok_or_else(no_turn)?;
        Ok(scope.outbox.send(to.into(), event, limits).map_err(Fails)?)
    })?;
    type SendWith = (abi::ActorId, WasmStr, Encoding, WasmList<u8>, abi::SendOptions);
    interface.func_wrap(
        "send-with",
        |mut store: Store<'_>, (to, kind, encoding, payload, options): SendWith| {
            let event = event(&store, &kind, encoding, payload)?;
            let guest = store.data_mut();
            let scope = guest.in_turn()?;
            let group = match options.group {
                abi::GroupChoice::Current => scope.outbox.group().cloned(),
                abi::GroupChoice::None => None,
                abi::GroupChoice::This(id) => Some(scope.group(id.into())),
            };
            let options = SendOptions {
                must_handle: options.must_handle,
                instances_max: options.instances_max,
            };
            Ok(stage(guest, Effect::Send { to: to.into(), event, group, options })?)
        },
    )?;
    interface
        .func_wrap("request", |_: Store<'_>, _: Send| Err::<(u32,), _>(unserved("request")))?;
    type Notify = (WasmStr, WasmStr, Encoding, WasmList<u8>);
    interface.func_wrap(
        "notify",
        |mut store: Store<'_>, (monitor, kind, encoding, payload): Notify| {
            let event = event(&store, &kind, encoding, payload)?;
            let monitor = monitor.to_str(&store)?.into();
            Ok(stage(store.data_mut(), Effect::Notify { monitor, event })?)
        },
    )?;
    interface.func_wrap(
        "reply",
        |mut store: Store<'_>, (encoding, payload): (Encoding, WasmList<u8>)| {
            let payload = Payload::from_slice(payload.as_le_slice(&store));
            reply(store.data_mut(), Ok((encoding.into(), payload)))
        },
    )?;
    interface.func_wrap("reply-error", |mut store: Store<'_>, (message,): (WasmStr,)| {
        let message = message.to_str(&store)?.into_owned();
        reply(store.data_mut(), Err(message))
    })
}

fn groups(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("group", |mut store: Store<'_>, (): ()| {
        let group = store.data_mut().in_turn()?.outbox.group();
        Ok((group.map(|group| abi::GroupId::from(group.id)),))
    })?;
    interface.func_wrap("open-group", |mut store: Store<'_>, (name,): (Option<WasmStr>,)| {
        let name = match name {
            Some(name) => Some(actor_name(&name.to_str(&store)?)?.into()),
            None => None,
        };
        let guest = store.data_mut();
        let (key, opener) = (guest.shared.key, guest.id);
        let scope = guest.in_turn()?;
        let group = scope.outbox.open_group(&key, opener, name);
        let id = abi::GroupId::from(group.id);
        scope.opened.push(group);
        Ok((id,))
    })?;
    interface.func_wrap("set-group", |mut store: Store<'_>, (id,): (Option<abi::GroupId>,)| {
        let scope = store.data_mut().in_turn()?;
        let group = id.map(|id| scope.group(id.into()));
        scope.outbox.set_group(group);
        Ok(())
    })
}

fn timers(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    type Start = (abi::Time, WasmStr, Encoding, WasmList<u8>);
    interface.func_wrap(
        "start",
        |mut store: Store<'_>, (after, kind, encoding, payload): Start| {
            let event = event(&store, &kind, encoding, payload)?;
            start_timer(store.data_mut(), after, None, event)
        },
    )?;
    type Periodic = (abi::Time, abi::Time, WasmStr, Encoding, WasmList<u8>);
    interface.func_wrap(
        "start-periodic",
        |mut store: Store<'_>, (after, period, kind, encoding, payload): Periodic| {
            let event = event(&store, &kind, encoding, payload)?;
            start_timer(store.data_mut(), after, Some(period), event)
        },
    )?;
    interface.func_wrap("stop", |mut store: Store<'_>, (timer,): (u32,)| {
        let guest = store.data_mut();
        if !guest.in_turn()?.knows_timer(timer) {
            return Err(
                illegal(format!("stop of timer {timer}: this actor never started it")).into()
            );
        }
        Ok(stage(guest, Effect::StopTimer(timer))?)
    })?;
    interface.func_wrap("fired", |mut store: Store<'_>, (): ()| {
        Ok((store.data_mut().in_turn()?.firing.map(abi::Firing::from),))
    })
}

fn choice(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("random-bool", |mut store: Store<'_>, (): ()| {
        store.data_mut().in_turn()?;
        Ok((store.data_mut().choose(2) == 1,))
    })?;
    interface.func_wrap("random-below", |mut store: Store<'_>, (bound,): (u32,)| {
        store.data_mut().in_turn()?;
        if bound == 0 {
            return Err(illegal("a random number below 0").into());
        }
        Ok((store.data_mut().choose(bound),))
    })?;
    interface.func_wrap("entropy", |mut store: Store<'_>, (): ()| Ok((store.data_mut().entropy(),)))
}

fn cells(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("create", |_: Store<'_>, (_,): (abi::CellKind,)| {
        Err::<(abi::ActorId,), _>(unserved("cells"))
    })?;
    interface.func_wrap("apply", |_: Store<'_>, _: (abi::ActorId, abi::Operation)| {
        Err::<(u32,), _>(unserved("cells"))
    })
}

fn waits(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("park", |_: Store<'_>, _: (u32, WasmStr, bool, abi::Wait)| {
        Err::<(), _>(unserved("waits"))
    })?;
    interface.func_wrap("done", |_: Store<'_>, _: (u32,)| Err::<(), _>(unserved("waits")))
}

/// What the package has and this version of the host does not serve.
fn unserved(what: &str) -> wasmtime::Error {
    illegal(format!("`{what}` is not served by version {} of the host", env!("CARGO_PKG_VERSION")))
        .into()
}

fn init(store: &Store<'_>, encoding: Encoding, payload: WasmList<u8>) -> Init {
    Init { encoding: encoding.into(), payload: Payload::from_slice(payload.as_le_slice(store)) }
}

fn event(
    store: &Store<'_>,
    kind: &WasmStr,
    encoding: Encoding,
    payload: WasmList<u8>,
) -> wasmtime::Result<Event> {
    let kind = event_kind(store, &kind.to_str(store)?)?;
    let payload = Payload::from_slice(payload.as_le_slice(store));
    Ok(Event { kind, encoding: encoding.into(), payload })
}

fn event_kind(store: &Store<'_>, name: &str) -> Result<Kind, Fails> {
    let kind = store.data().shared.kinds.intern_sendable(name);
    kind.ok_or_else(|| {
        let cut = &name[..name.floor_char_boundary(NAME_BYTES_MAX)];
        illegal(format!("`{cut}` is no kind of event that can be sent"))
    })
}

fn actor_name(name: &str) -> Result<&str, Fails> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(illegal(format!(
            "a name of {} bytes, 1 to {NAME_BYTES_MAX} are allowed",
            name.len()
        )));
    }
    Ok(name)
}

/// The kind of actor with this name, if the manifest grants to create it.
fn granted(store: &Store<'_>, name: &WasmStr) -> wasmtime::Result<KindIndex> {
    let name = name.to_str(store)?;
    let guest = store.data();
    let app = &guest.shared.app;
    let grants = &guest.actor.grants;
    match app.kind_of(&name).filter(|&kind| grants.may_create(kind)) {
        Some(kind) => Ok(kind),
        None => Err(illegal(format!("create of `{name}`: the manifest does not grant it")).into()),
    }
}

fn stage(guest: &mut Guest, effect: Effect) -> Result<(), Fails> {
    let limits = &guest.actor.limits;
    let scope = guest.scope.as_deref_mut().ok_or_else(no_turn)?;
    scope.outbox.stage(effect, limits).map_err(Fails)
}

fn reply(guest: &mut Guest, reply: coyote_kernel::Reply) -> wasmtime::Result<()> {
    let group = guest.in_turn()?.outbox.group().cloned();
    match group {
        Some(group) if group.asker.is_some() => Ok(stage(guest, Effect::Reply { group, reply })?),
        _ => Err(illegal("a reply, but the current group is not that of a request").into()),
    }
}

fn start_timer(
    guest: &mut Guest,
    after: abi::Time,
    period: Option<abi::Time>,
    event: Event,
) -> wasmtime::Result<(u32,)> {
    let duration = |time: abi::Time| {
        time.duration().ok_or_else(|| illegal("a duration with 1,000,000,000 nanoseconds or more"))
    };
    let after = duration(after)?;
    let period = period.map(duration).transpose()?;
    if period.is_some_and(|period| period.is_zero()) {
        return Err(illegal("a periodic timer with a period of zero").into());
    }
    let outbox = &mut guest.in_turn()?.outbox;
    let (id, group) = (outbox.next_timer(), outbox.group().cloned());
    stage(guest, Effect::StartTimer(Box::new(TimerStart { id, after, period, event, group })))?;
    Ok((id,))
}
