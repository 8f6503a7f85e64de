//! Actors that wait, taken out of their instances and put into others: code that is suspended is in their images.

use std::path::Path;
use std::sync::{Arc, Mutex};

use coyote_kernel::strategy::{Fifo, Oracle};
use expect_test::{Expect, expect};

use super::super::stage::Stage;
use crate::app::App;
use crate::observe::{LogLine, Observer};

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl Observer for Lines {
    fn line(&self, line: &LogLine<'_>) {
        self.0.lock().unwrap().push(format!("{}: {}", line.actor, line.message));
    }
}

/// All log lines of an execution in order of arrival, and how it ended. Before each step that is taken while somebody
/// waits, if they are to move, all actors become values, their instances are dropped, and new ones go on.
fn lines(manifest: &str, moves: bool) -> String {
    let app =
        App::parse(manifest, &Path::new(env!("CARGO_MANIFEST_DIR")).join("app.toml")).unwrap();
    let lines = Arc::<Lines>::default();
    let stage = Stage::new(app, 7, None, lines.clone(), None).unwrap();
    let test = &stage.app.tests()[0];
    let mut execution = stage.forgetful(test, test.delivery);
    let mut ending = execution.begin(Box::new(Oracle::new(Box::<Fifo>::default())), 0);
    let mut moved = 0;
    while ending.is_none() {
        let waits = !execution.kernel().waiting_for_ever().is_empty();
        if moves && waits {
            let snapshot = execution.snapshot();
            execution.guests.guests.clear();
            execution.guests.cached.iter_mut().for_each(Vec::clear);
            execution.restore(&snapshot);
            moved += 1;
        }
        ending = execution.step();
    }
    assert_eq!(moved > 0, moves, "somebody waits");
    let mut told = std::mem::take(&mut *lines.0.lock().unwrap());
    told.push(format!("{:?}", ending.unwrap()));
    told.join("\n")
}

#[track_caller]
fn check(component: &str, starts: &str, expected: Expect) {
    let component = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/wasm32-unknown-unknown/release")
        .join(component);
    let component = component.display();
    let manifest = format!(
        "name = 'app'\n[actor.it]\ncomponent = '{component}'\n{starts}\n[[test]]\nname = 'it'\n"
    );
    let moved = lines(&manifest, true);
    assert_eq!(moved, lines(&manifest, false));
    expected.assert_eq(&moved);
}

#[test]
fn a_handler_that_receives_goes_on_in_another_instance() {
    check(
        "tasks.wasm",
        "[[start]]\nactor = 'it'\nname = 'it'\ninitial = 'receive'",
        expect![[r#"
            it: 2 then 1
            Quiescent"#]],
    );
    check(
        "waiter.wasm",
        "[[start]]\nactor = 'it'\nname = 'b'\ninitial = { init = ['receive question', 'reply yes', 'log answered'] }\n\
         [[start]]\nactor = 'it'\nname = 'a'\ninitial = { b = '@it/b', init = ['ask b question', 'sleep 5', 'log done'] }",
        expect![[r#"
            b: question
            b: answered
            a: answer yes
            a: timer 0 fired
            a: done
            Quiescent"#]],
    );
}

#[test]
fn tasks_that_wait_for_locks_go_on_in_another_instance() {
    check(
        "tasks.wasm",
        "[[start]]\nactor = 'it'\nname = 'it'\ninitial = 'same-order'",
        expect!["Quiescent"],
    );
    check(
        "tasks.wasm",
        "[[start]]\nactor = 'it'\nname = 'it'\ninitial = 'no-race'",
        expect!["Quiescent"],
    );
}
