//! What tasks share: scenario 70, and each primitive.

use super::*;
use crate::sync::{
    Barrier, Condvar, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch,
};
use expect_test::expect;
use std::cell::Cell;

async fn two_mutexes(opposite: bool) -> String {
    let (p, q) = (Rc::new(Mutex::new(())), Rc::new(Mutex::new(())));
    let task = |first: &Rc<Mutex<()>>, second: &Rc<Mutex<()>>| {
        let (first, second) = (Rc::clone(first), Rc::clone(second));
        spawn(async move {
            let _first = first.lock().await;
            yield_now().await;
            let _second = second.lock().await;
        })
    };
    let one = task(&p, &q);
    let two = if opposite { task(&q, &p) } else { task(&p, &q) };
    drop((one, two));
    String::new()
}

/// 70.
#[test]
fn mutexes_in_opposite_orders_deadlock() {
    check(
        || two_mutexes(true),
        expect![[r#"
        2 x 
        4 x deadlock: task 1, spawned at place a waits for the mutex made at place b, held by task 2, spawned at place a; task 2, spawned at place a waits for the mutex made at place c, held by task 1, spawned at place a"#]],
    );
}

/// 70 b.
#[test]
fn mutexes_in_the_same_order_do_not() {
    check(|| two_mutexes(false), expect!["4 x "]);
}

/// 70 c.
#[test]
fn what_waits_in_the_background_may_wait_for_ever() {
    check(
        || async {
            let (sender, mut receiver) = mpsc::channel::<()>(1);
            spawn_background(async move { receiver.recv().await });
            core::mem::forget(sender);
            String::new()
        },
        expect!["1 x "],
    );
}

#[test]
fn one_holds_a_mutex_and_any_of_those_who_wait_is_next() {
    check(
        || async {
            let mutex = Rc::new(Mutex::new(String::new()));
            let guard = mutex.lock().await;
            let tasks = ['a', 'b', 'c'].map(|name| {
                let mutex = Rc::clone(&mutex);
                spawn(async move {
                    let mut story = mutex.lock().await;
                    story.push(name);
                    yield_now().await;
                    story.push(name);
                })
            });
            drop(guard);
            join_all(tasks).await;
            mutex.try_lock().unwrap().clone()
        },
        expect![[r#"
            72 x aabbcc
            72 x aaccbb
            72 x bbaacc
            72 x bbccaa
            72 x ccaabb
            72 x ccbbaa"#]],
    );
}

/// The holder goes, another one comes: those who still wait are told anew.
#[test]
fn a_report_names_the_present_holder() {
    check(
        || async {
            let mutex = Rc::new(Mutex::new(()));
            let own = Rc::clone(&mutex);
            let guard = mutex.lock().await;
            let first = spawn(async move {
                let _guard = own.lock().await;
                core::future::pending::<()>().await;
            });
            yield_now().await;
            let _ = &first;
            drop(guard);
            let _guard = mutex.lock().await;
            String::new()
        },
        expect![[r#"
            1 x deadlock: program waits for the mutex made at place a, held by task 1, spawned at place b; task 1, spawned at place b waits for a future of somebody else, which nothing here wakes
            1 x deadlock: task 1, spawned at place a waits for a future of somebody else, which nothing here wakes"#]],
    );
}

#[test]
fn an_aborted_waiter_passes_the_lock_on() {
    check(
        || async {
            let mutex = Rc::new(Mutex::new(0));
            let guard = mutex.lock().await;
            let tasks = [1, 2].map(|number| {
                let mutex = Rc::clone(&mutex);
                spawn(async move { *mutex.lock().await += number })
            });
            yield_now().await;
            drop(guard);
            tasks[0].abort();
            let [one, two] = tasks;
            let (one, two) = (one.await.is_ok(), two.await.is_ok());
            format!("{one} {two} {}", mutex.lock().await)
        },
        expect!["7 x false true 2"],
    );
}

#[test]
fn readers_share_and_writers_do_not() {
    check(
        || async {
            let lock = Rc::new(RwLock::new(0));
            let most = Rc::new(Cell::new(0));
            let readers = [0, 1].map(|_| {
                let (lock, most) = (Rc::clone(&lock), Rc::clone(&most));
                spawn(async move {
                    let value = lock.read().await;
                    most.set(most.get() + 1);
                    yield_now().await;
                    most.set(most.get() - 1);
                    *value
                })
            });
            let own = (Rc::clone(&lock), Rc::clone(&most));
            let writer = spawn(async move {
                let mut value = own.0.write().await;
                assert_eq!(own.1.get(), 0);
                *value = 1;
                yield_now().await;
                *value = 2;
            });
            writer.await.unwrap();
            let [one, two] = readers;
            format!("{} {}", one.await.unwrap(), two.await.unwrap())
        },
        expect![[r#"
            16 x 0 0
            18 x 0 2
            18 x 2 0
            200 x 2 2"#]],
    );
}

#[test]
#[expect(clippy::arc_with_non_send_sync, reason = "as with tokio, in one thread")]
fn a_semaphore_bounds_how_many_go_on() {
    check(
        || async {
            let semaphore = Arc::new(Semaphore::new(2));
            let inside = Rc::new(Cell::new((0, 0)));
            let tasks = [0, 1, 2].map(|_| {
                let (semaphore, inside) = (Arc::clone(&semaphore), Rc::clone(&inside));
                spawn(async move {
                    let _permit = semaphore.acquire_owned().await.unwrap();
                    let (now, most) = inside.get();
                    inside.set((now + 1, most.max(now + 1)));
                    yield_now().await;
                    inside.set((inside.get().0 - 1, inside.get().1));
                })
            });
            join_all(tasks).await;
            format!("at most {}, {} left", inside.get().1, semaphore.available_permits())
        },
        expect![[r#"
            54 x at most 1, 2 left
            528 x at most 2, 2 left"#]],
    );
}

#[test]
fn a_notification_is_remembered_and_wakes_any_one() {
    check(
        || async {
            let notify = Rc::new(Notify::new());
            notify.notify_one();
            notify.notified().await;
            let story = Rc::new(RefCell::new(String::new()));
            let tasks = ['a', 'b'].map(|name| {
                let (notify, story) = (Rc::clone(&notify), Rc::clone(&story));
                spawn_background(async move {
                    notify.notified().await;
                    story.borrow_mut().push(name);
                })
            });
            yield_now().await;
            notify.notify_one();
            for _ in 0..2 {
                yield_now().await;
            }
            drop(tasks);
            story.take()
        },
        expect![[r#"
            14 x 
            17 x a
            17 x b"#]],
    );
}

#[test]
fn a_condition_releases_its_mutex() {
    check(
        || async {
            let shared = Rc::new((Mutex::new(0), Condvar::new()));
            let own = Rc::clone(&shared);
            let task = spawn(async move {
                *own.0.lock().await += 1;
                own.1.notify_one();
            });
            let guard = shared.0.lock().await;
            let guard = shared.1.wait_while(guard, |number| *number == 0).await;
            let number = *guard;
            drop(guard);
            task.await.unwrap();
            number.to_string()
        },
        expect!["1 x 1"],
    );
}

#[test]
fn a_barrier_has_one_leader() {
    check(
        || async {
            let barrier = Rc::new(Barrier::new(2));
            let own = Rc::clone(&barrier);
            let task = spawn(async move { own.wait().await.is_leader() });
            let leads = barrier.wait().await.is_leader();
            format!("{leads} {}", task.await.unwrap())
        },
        expect!["1 x false true"],
    );
}

#[test]
fn a_bounded_channel_keeps_order_and_makes_senders_wait() {
    check(
        || async {
            let (sender, mut receiver) = mpsc::channel(1);
            let other = sender.clone();
            spawn(async move {
                for number in [1, 2] {
                    sender.send(number).await.unwrap();
                }
            });
            spawn(async move { other.send(10).await.unwrap() });
            let mut story = Vec::new();
            while let Some(number) = receiver.recv().await {
                story.push(number);
            }
            format!("{story:?}")
        },
        expect![[r#"
            1 x [1, 10, 2]
            4 x [1, 2, 10]
            2 x [10, 1, 2]"#]],
    );
}

#[test]
fn a_channel_without_a_receiver_refuses() {
    check(
        || async {
            let (sender, receiver) = mpsc::channel(1);
            sender.send(1).await.unwrap();
            let full = sender.try_send(2);
            let task = spawn(async move { sender.send(3).await });
            yield_now().await;
            drop(receiver);
            format!("{full:?} {:?}", task.await.unwrap())
        },
        expect!["2 x Err(Full(2)) Err(SendError(3))"],
    );
}

#[test]
fn a_oneshot_channel_has_one_value_or_none() {
    check(
        || async {
            let (sender, receiver) = oneshot::channel();
            spawn(async move { sender.send(1) });
            let (other, nothing) = oneshot::channel::<()>();
            drop(other);
            format!("{:?} {:?}", receiver.await, nothing.await)
        },
        expect!["1 x Ok(1) Err(RecvError(()))"],
    );
}

#[test]
fn all_receive_what_is_broadcast_unless_they_lag() {
    check(
        || async {
            let (sender, mut one) = broadcast::channel(2);
            let mut two = sender.subscribe();
            let task = spawn(async move { (two.recv().await, two.recv().await) });
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            sender.send(3).unwrap();
            drop(sender);
            let mut story = Vec::new();
            for _ in 0..4 {
                story.push(one.recv().await);
            }
            format!("{story:?} {:?}", task.await.unwrap())
        },
        expect!["1 x [Err(Lagged(1)), Ok(2), Ok(3), Err(Closed)] (Err(Lagged(1)), Ok(2))"],
    );
}

#[test]
fn who_watches_sees_the_latest_value() {
    check(
        || async {
            let (sender, mut receiver) = watch::channel(0);
            let task = spawn(async move {
                let mut seen = Vec::new();
                while receiver.changed().await.is_ok() {
                    seen.push(*receiver.borrow_and_update());
                }
                seen
            });
            sender.send(1).unwrap();
            yield_now().await;
            sender.send(2).unwrap();
            drop(sender);
            format!("{:?}", task.await.unwrap())
        },
        expect![[r#"
            1 x [1, 2]
            1 x [2]"#]],
    );
}

#[test]
#[expect(clippy::arc_with_non_send_sync, reason = "the names and types are those of tokio")]
fn an_owned_guard_has_the_mutex_beyond_its_scope() {
    check(
        || async {
            let mutex = Arc::new(Mutex::new(1));
            let mut guard = Arc::clone(&mutex).lock_owned().await;
            let other = Arc::clone(&mutex);
            let task = spawn(async move { *other.lock().await });
            yield_now().await;
            assert!(mutex.try_lock().is_err() && Arc::clone(&mutex).try_lock_owned().is_err());
            *guard += 1;
            let told = format!("{mutex:?} {guard:?}");
            drop(guard);
            format!("{told} {} {mutex:?}", task.await.unwrap())
        },
        expect!["2 x Mutex(<locked>) 2 2 Mutex(2)"],
    );
}

#[test]
fn room_is_kept_for_who_reserved_it() {
    check(
        || async {
            let (sender, mut receiver) = mpsc::channel(1);
            let permit = sender.reserve().await.unwrap();
            let (full, room) = (sender.try_send(2), sender.capacity());
            permit.send(1);
            let first = receiver.recv().await;
            drop(sender.try_reserve().unwrap());
            let permit = sender.clone().reserve_owned().await.unwrap();
            receiver.close();
            let none = receiver.try_recv();
            drop(permit.send(3));
            let last =
                (receiver.recv().await, receiver.recv().await, sender.reserve().await.is_err());
            format!("{full:?} {room} {first:?} {none:?} {last:?}")
        },
        expect!["1 x Err(Full(2)) 0 Some(1) Err(Empty) (Some(3), None, true)"],
    );
}

#[test]
fn a_permit_that_is_dropped_ends_a_closed_channel() {
    check(
        || async {
            let (sender, mut receiver) = mpsc::channel::<u32>(1);
            let permit = sender.reserve().await.unwrap();
            receiver.close();
            let task = spawn(async move { receiver.recv().await });
            yield_now().await;
            drop(permit);
            format!("{:?}", task.await.unwrap())
        },
        expect!["2 x None"],
    );
}
