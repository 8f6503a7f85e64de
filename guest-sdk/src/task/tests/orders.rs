//! What runs when: scenario 71, joins, choices.

use super::*;
use crate::{
    join, select,
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
    try_join,
};
use expect_test::expect;
use std::cell::Cell;

/// 71: two tasks read a field, let others go before, and write.
#[test]
fn a_race_at_an_await_is_seen_both_ways() {
    check(
        || async {
            let field = Rc::new(Cell::new(0));
            let tasks = [0, 1].map(|_| {
                let field = Rc::clone(&field);
                spawn(async move {
                    let read = field.get();
                    yield_now().await;
                    field.set(read + 1);
                })
            });
            for task in tasks {
                task.await.unwrap();
            }
            field.get().to_string()
        },
        expect![[r#"
            6 x 1
            4 x 2"#]],
    );
}

/// 71 b.
#[test]
fn without_an_await_there_is_no_race() {
    check(
        || async {
            let field = Rc::new(Cell::new(0));
            let tasks = [0, 1].map(|_| {
                let field = Rc::clone(&field);
                spawn(async move { field.set(field.get() + 1) })
            });
            join_all(tasks).await;
            field.get().to_string()
        },
        expect!["4 x 2"],
    );
}

/// Two tasks of two stretches each: C(4, 2) orders.
#[test]
fn the_orders_are_all_and_each_once() {
    check(
        || async {
            let story = Rc::new(RefCell::new(String::new()));
            let task = |name: char| {
                let story = Rc::clone(&story);
                spawn(async move {
                    story.borrow_mut().push(name);
                    yield_now().await;
                    story.borrow_mut().push(name.to_ascii_uppercase());
                })
            };
            let (one, two) = (task('a'), task('b'));
            // The program ends long before.
            drop((one, two));
            String::new()
        },
        expect!["6 x "],
    );
}

#[test]
fn a_join_in_one_task_awaits_what_the_host_brings_in_any_order() {
    check(
        || async {
            let story = RefCell::new(String::new());
            let nap = async |name: char| {
                sleep(Duration::from_secs(1)).await;
                story.borrow_mut().push(name);
            };
            join!(nap('a'), nap('b'));
            story.take()
        },
        expect![[r#"
            1 x ab
            1 x ba"#]],
    );
}

/// Only where two branches are ready there is a choice.
#[test]
fn a_selection_is_a_choice_among_ready_branches() {
    check(
        || async {
            let (one, mut ones) = mpsc::unbounded_channel();
            let (two, mut twos) = mpsc::unbounded_channel();
            one.send('a').unwrap();
            let mut story = String::new();
            select! {
                Some(one) = ones.recv() => story.push(one),
                Some(two) = twos.recv() => story.push(two),
            }
            one.send('a').unwrap();
            two.send('b').unwrap();
            for _ in 0..2 {
                select! {
                    Some(one) = ones.recv() => story.push(one),
                    Some(two) = twos.recv() => story.push(two),
                }
            }
            story
        },
        expect![[r#"
            1 x aab
            1 x aba"#]],
    );
}

#[test]
fn a_biased_selection_is_no_choice() {
    check(
        || async {
            let (one, mut ones) = mpsc::unbounded_channel();
            let (two, mut twos) = mpsc::unbounded_channel();
            one.send('a').unwrap();
            two.send('b').unwrap();
            select! {
                biased;
                Some(one) = ones.recv() => one.to_string(),
                Some(two) = twos.recv() => two.to_string(),
            }
        },
        expect!["1 x a"],
    );
}

#[test]
fn a_branch_whose_pattern_does_not_match_is_none() {
    check(
        || async {
            let (one, mut ones) = mpsc::unbounded_channel::<char>();
            drop(one);
            let mut story = String::new();
            for enabled in [true, false] {
                select! {
                    Some(one) = ones.recv() => story.push(one),
                    () = yield_now(), if enabled => story.push('y'),
                    else => { story.push('-') }
                }
            }
            story
        },
        expect!["1 x y-"],
    );
}

#[test]
fn an_aborted_task_is_dropped_at_its_await() {
    check(
        || async {
            let story = Rc::new(RefCell::new(String::new()));
            let own = Rc::clone(&story);
            let task = spawn(async move {
                own.borrow_mut().push('a');
                yield_now().await;
                own.borrow_mut().push('b');
            });
            yield_now().await;
            task.abort();
            let ended = task.await;
            format!("{} {ended:?}", story.take())
        },
        expect![[r#"
            1 x  Err(JoinError(()))
            1 x a Err(JoinError(()))
            1 x ab Ok(())"#]],
    );
}

#[test]
fn a_future_of_somebody_else_is_told_as_such() {
    check(
        || async {
            core::future::pending::<()>().await;
            String::new()
        },
        expect![
            "1 x deadlock: program waits for a future of somebody else, which nothing here wakes"
        ],
    );
}

#[test]
fn time_is_virtual_and_the_earliest_timers_fire_first() {
    check(
        || async {
            let late = spawn(sleep(Duration::from_secs(2)));
            let result = timeout(Duration::from_secs(1), core::future::pending::<()>()).await;
            let before = Instant::now();
            late.await.unwrap();
            format!("{result:?} {before:?} {:?}", Instant::now())
        },
        expect!["2 x Err(Elapsed(())) Instant(1s) Instant(2s)"],
    );
}

#[test]
fn an_interval_ticks_at_once_and_every_period() {
    check(
        || async {
            let mut interval = interval(Duration::from_secs(3));
            let mut ticks = Vec::new();
            for _ in 0..3 {
                ticks.push((interval.tick().await, Instant::now()));
            }
            assert!(ticks.iter().all(|(due, now)| due == now));
            format!("{:?}", ticks.last().unwrap().0)
        },
        expect!["1 x Instant(6s)"],
    );
}

/// Five periods pass before the second tick is waited for; it is late, and the next ones are due as it is said.
#[test]
fn missed_ticks_come_in_a_burst_or_late_or_not_at_all() {
    let ticks = |behavior| {
        move || async move {
            let mut interval = interval(Duration::from_secs(2));
            interval.set_missed_tick_behavior(behavior);
            interval.tick().await;
            sleep(Duration::from_secs(9)).await;
            let mut ticks = Vec::new();
            for _ in 0..3 {
                let due = interval.tick().await;
                ticks.push(format!("{due:?} came at {:?}", Instant::now()));
            }
            ticks.join(", ")
        }
    };
    check(
        ticks(MissedTickBehavior::Burst),
        expect![
            "1 x Instant(2s) came at Instant(9s), Instant(4s) came at Instant(9s), Instant(6s) came at Instant(9s)"
        ],
    );
    check(
        ticks(MissedTickBehavior::Delay),
        expect![
            "1 x Instant(2s) came at Instant(9s), Instant(11s) came at Instant(11s), Instant(13s) came at Instant(13s)"
        ],
    );
    check(
        ticks(MissedTickBehavior::Skip),
        expect![
            "1 x Instant(2s) came at Instant(9s), Instant(10s) came at Instant(10s), Instant(12s) came at Instant(12s)"
        ],
    );
}

#[test]
fn the_tasks_of_a_set_are_joined_in_any_order_of_their_ends() {
    check(
        || async {
            let mut tasks = JoinSet::new();
            for name in ['a', 'b'] {
                tasks.spawn(async move {
                    yield_now().await;
                    name
                });
            }
            let mut story = String::new();
            while let Some(name) = tasks.join_next().await {
                story.push(name.unwrap());
            }
            story
        },
        expect![[r#"
            10 x ab
            10 x ba"#]],
    );
}

#[test]
fn a_set_that_is_dropped_aborts_its_tasks() {
    check(
        || async {
            let story = Rc::new(RefCell::new(String::new()));
            let mut tasks = JoinSet::new();
            let first = tasks.spawn(core::future::pending::<()>());
            let told = Rc::clone(&story);
            tasks.spawn(async move {
                told.borrow_mut().push('a');
                yield_now().await;
                told.borrow_mut().push('b');
            });
            yield_now().await;
            first.abort();
            let aborted = tasks.join_next().await;
            drop(tasks);
            yield_now().await;
            format!("{} {aborted:?}", story.take())
        },
        expect![[r#"
            2 x  Some(Err(JoinError(())))
            3 x a Some(Err(JoinError(())))
            4 x ab Some(Err(JoinError(())))
            4 x ab Some(Ok(()))"#]],
    );
}

#[test]
fn the_first_error_ends_what_is_tried_together() {
    check(
        || async {
            let both: Result<_, ()> = try_join!(async { Ok(1) }, async {
                yield_now().await;
                Ok(2)
            });
            let failed = try_join!(core::future::pending::<Result<(), _>>(), async {
                yield_now().await;
                Err::<(), _>("no")
            });
            format!("{both:?} {failed:?}")
        },
        expect![[r#"1 x Ok((1, 2)) Err("no")"#]],
    );
}
