//! The imports of the package `coyote:actor` in their lowered form: arguments are numbers, and places in the guest's
//! memory.

use coyote_kernel::{
    ActorId, CellValue, Encoding, GroupId, Operation, Payload, SendOptions, Wait, Wanted,
};
use wasmtime::{AsContextMut, Caller, Linker};

use super::{LoweredGuest, interface, out_of_bounds, slice, trap};
use crate::sandbox::abi::{self, Proceeding};
use crate::sandbox::calls::{Given, GroupChoice, STACK_MAX};
use crate::sandbox::guest::{Fails, Guest};
use crate::sandbox::instance::renew;

fn guest(caller: &Caller<'_, Guest>) -> Result<LoweredGuest, Fails> {
    caller.data().lowered.ok_or_else(|| trap("an import was called before there was a memory"))
}

/// The memory of the guest that calls, and its data beside it.
fn enter<'a>(caller: &'a mut Caller<'_, Guest>) -> Result<(&'a [u8], &'a mut Guest), Fails> {
    let (memory, data) = guest(caller)?.memory.data_and_store_mut(caller);
    Ok((memory, data))
}

fn text(memory: &[u8], start: u32, length: u32) -> Result<&str, Fails> {
    std::str::from_utf8(slice(memory, start, length)?).map_err(|_| trap("a text is not UTF-8"))
}

fn optional_text(memory: &[u8], some: u32, start: u32, length: u32) -> Result<Option<&str>, Fails> {
    if some == 0 { Ok(None) } else { text(memory, start, length).map(Some) }
}

fn encoding(number: u32) -> Result<Encoding, Fails> {
    abi::Encoding::from_number(number).map(Into::into).ok_or_else(|| trap("no such encoding"))
}

/// The arguments of an event: where its kind is, its encoding, where its payload is.
type EventArguments = (u32, u32, u32, u32, u32);

fn given(
    memory: &[u8],
    (kind, kind_length, number, payload, length): EventArguments,
) -> Result<Given<'_>, Fails> {
    Ok(Given {
        kind: text(memory, kind, kind_length)?,
        encoding: encoding(number)?,
        payload: slice(memory, payload, length)?,
    })
}

fn actor(high: u32, low: u32) -> ActorId {
    abi::ActorId { high, low }.into()
}

fn group(high: u32, low: u32) -> GroupId {
    abi::GroupId { high, low }.into()
}

/// Writes a record of two words to where a result is wanted.
fn put(caller: &mut Caller<'_, Guest>, at: u32, words: [u32; 2]) -> Result<(), Fails> {
    let [first, second] = words.map(u32::to_le_bytes);
    let bytes = [first, second];
    guest(caller)?.write(caller, at, bytes.as_flattened())
}

/// Writes an optional record of two words.
fn put_option(
    caller: &mut Caller<'_, Guest>,
    at: u32,
    words: Option<[u32; 2]>,
) -> Result<(), Fails> {
    guest(caller)?.write(&mut *caller, at, &[u8::from(words.is_some())])?;
    match words {
        Some(words) => put(caller, at.wrapping_add(4), words),
        None => Ok(()),
    }
}

/// Writes a text into a block that the guest allocates, and its place to where a result is wanted.
fn put_text(caller: &mut Caller<'_, Guest>, at: u32, text: &str) -> wasmtime::Result<()> {
    let lowered = guest(caller)?;
    let realloc = lowered.realloc(&mut *caller)?;
    let length = u32::try_from(text.len()).expect("names are short");
    let start = realloc.call(&mut *caller, (0, 0, 1, length))?;
    lowered.write(&mut *caller, start, text.as_bytes())?;
    Ok(put(caller, at, [start, length])?)
}

type Context<'a> = Caller<'a, Guest>;
type Done<T = ()> = wasmtime::Result<T>;

/// Offers all functions of the package in their lowered form.
pub(in crate::sandbox) fn add(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    report(linker)?;
    turn(linker)?;
    actors(linker)?;
    events(linker)?;
    timers(linker)?;
    choice(linker)?;
    cells(linker)?;
    waits(linker)
}

fn report(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let report = interface("report");
    linker.func_wrap(
        &report,
        "log",
        |mut c: Context<'_>, level: u32, at: u32, length: u32| -> Done {
            let (memory, guest) = enter(&mut c)?;
            let level = abi::Level::from_number(level).ok_or_else(|| trap("no such level"))?;
            guest.log(level.into(), text(memory, at, length)?);
            Ok(())
        },
    )?;
    linker.func_wrap(
        &report,
        "fail",
        |mut c: Context<'_>, cause: u32, at: u32, length: u32| -> Done {
            let (memory, _) = enter(&mut c)?;
            let cause = abi::Cause::from_number(cause).ok_or_else(|| trap("no such cause"))?;
            Err(Guest::fails(cause.into(), text(memory, at, length)?).into())
        },
    )?;
    linker.func_wrap(&report, "set-states", |mut c: Context<'_>, at: u32, count: u32| -> Done {
        let (memory, guest) = enter(&mut c)?;
        let bytes = slice(memory, at, count.checked_mul(4).ok_or_else(out_of_bounds)?)?;
        // One more than is allowed, so that it is refused.
        let words = bytes.as_chunks::<4>().0.iter().take(STACK_MAX + 1);
        Ok(guest.set_states(words.map(|word| u32::from_le_bytes(*word)).collect())?)
    })?;
    Ok(())
}

fn turn(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let turn = interface("turn");
    linker.func_wrap(&turn, "self-id", |mut c: Context<'_>, at: u32| -> Done {
        let guest = c.data_mut();
        guest.in_turn()?;
        let id = abi::ActorId::from(guest.id).words();
        Ok(put(&mut c, at, id)?)
    })?;
    linker.func_wrap(&turn, "label", |mut c: Context<'_>, at: u32| -> Done {
        c.data_mut().in_turn()?;
        let label = c.data().label.clone();
        put_text(&mut c, at, &label)
    })?;
    linker.func_wrap(&turn, "kind", |mut c: Context<'_>, at: u32| -> Done {
        let kind = c.data_mut().kind_name()?;
        put_text(&mut c, at, &kind)
    })?;
    linker.func_wrap(&turn, "now", |mut c: Context<'_>, at: u32| -> Done {
        let now = abi::Time::from(c.data_mut().now()?).words();
        Ok(put(&mut c, at, now)?)
    })?;
    linker.func_wrap(&turn, "group", |mut c: Context<'_>, at: u32| -> Done {
        let group = c.data_mut().group()?.map(|id| abi::GroupId::from(id).words());
        Ok(put_option(&mut c, at, group)?)
    })?;
    linker.func_wrap(
        &turn,
        "open-group",
        |mut c: Context<'_>, some: u32, name: u32, length: u32, at: u32| -> Done {
            let (memory, guest) = enter(&mut c)?;
            let id = guest.open_group(optional_text(memory, some, name, length)?)?;
            Ok(put(&mut c, at, abi::GroupId::from(id).words())?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "set-group",
        |mut c: Context<'_>, some: u32, high: u32, low: u32| -> Done {
            Ok(c.data_mut().set_group((some != 0).then(|| group(high, low)))?)
        },
    )?;
    Ok(())
}

fn actors(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let turn = interface("turn");
    linker.func_wrap(
        &turn,
        "create",
        |mut c: Context<'_>,
         k: u32,
         kl: u32,
         some: u32,
         n: u32,
         nl: u32,
         e: u32,
         p: u32,
         pl: u32,
         at: u32|
         -> Done {
            let (memory, guest) = enter(&mut c)?;
            let Given { kind, encoding, payload } = given(memory, (k, kl, e, p, pl))?;
            let id = guest.create(kind, optional_text(memory, some, n, nl)?, encoding, payload)?;
            Ok(put(&mut c, at, abi::ActorId::from(id).words())?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "reserve-id",
        |mut c: Context<'_>, kind: u32, length: u32, at: u32| -> Done {
            let (memory, guest) = enter(&mut c)?;
            let id = guest.reserve_id(text(memory, kind, length)?)?;
            Ok(put(&mut c, at, abi::ActorId::from(id).words())?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "create-at",
        |mut c: Context<'_>,
         high: u32,
         low: u32,
         k: u32,
         kl: u32,
         e: u32,
         p: u32,
         pl: u32|
         -> Done {
            let (memory, guest) = enter(&mut c)?;
            let Given { kind, encoding, payload } = given(memory, (k, kl, e, p, pl))?;
            Ok(guest.create_at(actor(high, low), kind, encoding, payload)?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "try-create-at",
        |mut c: Context<'_>,
         high: u32,
         low: u32,
         k: u32,
         kl: u32,
         e: u32,
         p: u32,
         pl: u32|
         -> Done<u32> {
            let (memory, guest) = enter(&mut c)?;
            let Given { kind, encoding, payload } = given(memory, (k, kl, e, p, pl))?;
            Ok(guest.try_create_at(actor(high, low), kind, encoding, payload)?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "id-of",
        |mut c: Context<'_>,
         kind: u32,
         kind_length: u32,
         name: u32,
         name_length: u32,
         at: u32|
         -> Done {
            let (memory, guest) = enter(&mut c)?;
            let id =
                guest.id_of(text(memory, kind, kind_length)?, text(memory, name, name_length)?)?;
            Ok(put(&mut c, at, abi::ActorId::from(id).words())?)
        },
    )?;
    linker.func_wrap(&turn, "watch", |mut c: Context<'_>, high: u32, low: u32| -> Done {
        Ok(c.data_mut().watch(actor(high, low))?)
    })?;
    linker.func_wrap(&turn, "halt", |mut c: Context<'_>| -> Done { Ok(c.data_mut().halt()?) })?;
    Ok(())
}

fn events(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let turn = interface("turn");
    linker.func_wrap(
        &turn,
        "send",
        |mut c: Context<'_>,
         high: u32,
         low: u32,
         k: u32,
         kl: u32,
         e: u32,
         p: u32,
         pl: u32|
         -> Done {
            let (memory, guest) = enter(&mut c)?;
            Ok(guest.send(actor(high, low), given(memory, (k, kl, e, p, pl))?)?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "send-with",
        |mut c: Context<'_>,
         high: u32,
         low: u32,
         k: u32,
         kl: u32,
         e: u32,
         p: u32,
         pl: u32,
         must_handle: u32,
         bounded: u32,
         instances: u32,
         choice: u32,
         group_high: u32,
         group_low: u32|
         -> Done {
            let (memory, guest) = enter(&mut c)?;
            let group = match choice {
                0 => GroupChoice::Current,
                1 => GroupChoice::None,
                2 => GroupChoice::This(group(group_high, group_low)),
                _ => return Err(trap("no such choice of a group").into()),
            };
            let options = SendOptions {
                must_handle: must_handle != 0,
                instances_max: (bounded != 0).then_some(instances),
            };
            Ok(guest.send_with(
                actor(high, low),
                given(memory, (k, kl, e, p, pl))?,
                options,
                group,
            )?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "request",
        |mut c: Context<'_>,
         high: u32,
         low: u32,
         k: u32,
         kl: u32,
         e: u32,
         p: u32,
         pl: u32|
         -> Done<u32> {
            let (memory, guest) = enter(&mut c)?;
            Ok(guest.request(actor(high, low), given(memory, (k, kl, e, p, pl))?)?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "notify",
        |mut c: Context<'_>, m: u32, ml: u32, k: u32, kl: u32, e: u32, p: u32, pl: u32| -> Done {
            let (memory, guest) = enter(&mut c)?;
            Ok(guest.notify(text(memory, m, ml)?, given(memory, (k, kl, e, p, pl))?)?)
        },
    )?;
    linker.func_wrap(
        &turn,
        "reply",
        |mut c: Context<'_>, number: u32, at: u32, length: u32| -> Done {
            let (memory, guest) = enter(&mut c)?;
            let payload = Payload::from_slice(slice(memory, at, length)?);
            Ok(guest.reply(Ok((encoding(number)?, payload)))?)
        },
    )?;
    linker.func_wrap(&turn, "reply-error", |mut c: Context<'_>, at: u32, length: u32| -> Done {
        let (memory, guest) = enter(&mut c)?;
        let message = text(memory, at, length)?.to_owned();
        Ok(guest.reply(Err(message))?)
    })?;
    Ok(())
}

fn timers(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let timers = interface("timers");
    let time = |seconds, nanoseconds| abi::Time { seconds, nanoseconds }.duration();
    linker.func_wrap(
        &timers,
        "start",
        move |mut c: Context<'_>,
              s: u32,
              n: u32,
              k: u32,
              kl: u32,
              e: u32,
              p: u32,
              pl: u32|
              -> Done<u32> {
            let (memory, guest) = enter(&mut c)?;
            Ok(guest.start_timer(time(s, n), None, given(memory, (k, kl, e, p, pl))?)?)
        },
    )?;
    linker.func_wrap(
        &timers,
        "start-periodic",
        move |mut c: Context<'_>,
              s: u32,
              n: u32,
              ps: u32,
              pn: u32,
              k: u32,
              kl: u32,
              e: u32,
              p: u32,
              pl: u32|
              -> Done<u32> {
            let (memory, guest) = enter(&mut c)?;
            let given = given(memory, (k, kl, e, p, pl))?;
            Ok(guest.start_timer(time(s, n), Some(time(ps, pn)), given)?)
        },
    )?;
    linker.func_wrap(&timers, "stop", |mut c: Context<'_>, timer: u32| -> Done {
        Ok(c.data_mut().stop_timer(timer)?)
    })?;
    linker.func_wrap(&timers, "fired", |mut c: Context<'_>, at: u32| -> Done {
        let firing = c.data_mut().fired()?.map(|firing| [firing.timer, firing.ticks]);
        Ok(put_option(&mut c, at, firing)?)
    })?;
    Ok(())
}

fn choice(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let choice = interface("choice");
    linker.func_wrap(&choice, "random-bool", |mut c: Context<'_>| -> Done<u32> {
        Ok(u32::from(c.data_mut().random_bool()?))
    })?;
    linker.func_wrap(&choice, "random-below", |mut c: Context<'_>, bound: u32| -> Done<u32> {
        Ok(c.data_mut().random_below(bound)?)
    })?;
    linker.func_wrap(&choice, "entropy", |mut c: Context<'_>| -> u32 { c.data_mut().entropy() })?;
    Ok(())
}

fn waits(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let waits = interface("waits");
    linker.func_wrap(
        &waits,
        "park",
        |mut c: Context<'_>,
         task: u32,
         of: u32,
         label: u32,
         length: u32,
         background: u32,
         sort: u32,
         first: u32,
         second: u32|
         -> Done {
            let (memory, guest) = enter(&mut c)?;
            let wait = match sort {
                0 => Wait::Ready,
                1 => Wait::Receive(wanted(memory, guest, first, second)?),
                2 => Wait::Answer(first),
                3 => Wait::Firing(first),
                4 => Wait::Blocked(text(memory, first, second)?.into()),
                _ => return Err(trap("no such wait").into()),
            };
            Ok(guest.park(task, of, text(memory, label, length)?, background != 0, wait)?)
        },
    )?;
    linker.func_wrap(&waits, "done", |mut c: Context<'_>, task: u32| -> Done {
        Ok(c.data_mut().done(task)?)
    })?;
    linker.func_wrap(&waits, "proceed", |mut c: Context<'_>, task: u32| -> Done<u32> {
        let proceeding = c.data_mut().proceed(task)?;
        if proceeding == Proceeding::Now {
            renew(c.as_context_mut())?;
        }
        Ok(proceeding as u32)
    })?;
    Ok(())
}

/// A list of what a receive accepts: each a kind, a byte that says whether there is a condition, the condition.
fn wanted(memory: &[u8], guest: &Guest, at: u32, count: u32) -> Result<Box<[Wanted]>, Fails> {
    let bytes = slice(memory, at, count.checked_mul(12).ok_or_else(out_of_bounds)?)?;
    let word = |word: &[u8]| u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
    let all = bytes.as_chunks::<12>().0.iter();
    let all = all.map(|bytes| {
        let condition = (bytes[4] != 0).then(|| word(&bytes[8..]));
        guest.wanted(word(&bytes[..4]), condition)
    });
    all.collect()
}

fn cells(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let cells = interface("cells");
    linker.func_wrap(&cells, "create", |mut c: Context<'_>, kind: u32, at: u32| -> Done {
        let guest = c.data_mut();
        let kind = abi::CellKind::from_number(kind).ok_or_else(|| trap("no such kind of cell"))?;
        let id = guest.create_cell(kind.into())?;
        Ok(put(&mut c, at, abi::ActorId::from(id).words())?)
    })?;
    linker.func_wrap(
        &cells,
        "apply",
        |mut c: Context<'_>,
         high: u32,
         low: u32,
         sort: u32,
         a: u32,
         b: u32,
         c3: u32,
         d: u32,
         e: u32,
         f: u32,
         g: u32,
         h: u32|
         -> Done<u32> {
            let (memory, guest) = enter(&mut c)?;
            let operation = operation(memory, sort, [a, b, c3, d, e, f, g, h])?;
            Ok(guest.apply(actor(high, low), operation)?)
        },
    )?;
    Ok(())
}

fn operation(memory: &[u8], sort: u32, words: [u32; 8]) -> Result<Operation, Fails> {
    let key = || text(memory, words[0], words[1]).map(Into::into);
    let value = |place: usize| {
        Ok::<_, Fails>(CellValue {
            encoding: encoding(words[place])?,
            payload: Payload::from_slice(slice(memory, words[place + 1], words[place + 2])?),
        })
    };
    let [first, second, ..] = words.map(u32::cast_signed);
    Ok(match sort {
        0 => Operation::Add(first),
        1 => Operation::Get,
        2 => Operation::Exchange(first),
        3 => Operation::CompareExchange(first, second),
        4 => Operation::Set(value(0)?),
        5 => Operation::CompareSet(value(0)?, value(3)?),
        6 => Operation::GetKey(key()?),
        7 => Operation::InsertNew(key()?, value(2)?),
        8 => Operation::CompareSetKey(key()?, value(2)?, value(5)?),
        9 => Operation::Remove(key()?),
        10 => Operation::Len,
        _ => return Err(trap("no such operation")),
    })
}
