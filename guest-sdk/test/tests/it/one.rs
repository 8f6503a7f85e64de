//! One actor alone.

use coyote_guest::{cells::Counter, prelude::*};
use coyote_guest_test::{Did, OneActor};

#[event]
struct Work {
    by: ActorId,
}

#[event]
struct Rest;

#[event]
struct Report {
    done: u32,
}

#[states]
enum Mood {
    #[state(goto(Rest => Tired))]
    Fresh,
    #[state(defer(Work))]
    Tired,
}

#[derive(Debug)]
struct Worker {
    done: u32,
    boss: ActorId,
}

#[actor(states = Mood)]
impl Worker {
    #[on(init)]
    fn new(boss: ActorId) -> Self {
        Self { done: 0, boss }
    }

    #[on(in Fresh)]
    fn work(&mut self, ctx: &Context, work: Work) {
        ensure!(work.by == self.boss, "orders of a stranger");
        self.done += 1 + ctx.random_below(3);
        ctx.notify("progress", Report { done: self.done });
        ctx.send(self.boss, Report { done: self.done });
        ctx.start_timer(Duration::from_secs(8), Rest);
    }

    #[on(entry in Tired)]
    fn sleep(&mut self, ctx: &Context) {
        ctx.create_kind("pillow", 1);
    }

    #[on(in Tired)]
    fn wake(&mut self, _: Report) -> Mood {
        Mood::Fresh
    }
}

#[test]
fn an_actor_shows_what_it_does() {
    let mut worker = OneActor::<Worker>::new();
    let (boss, id) = (worker.peer(), worker.id());
    assert!(worker.start(boss).is_empty());
    worker.draws([2]);
    let did = worker.send(boss, &Work { by: boss });
    assert!(matches!(did[0].notified(), Some(Report { done: 3 })));
    assert!(matches!(did[1].sent(), Some((to, Report { done: 3 })) if to == boss));
    assert!(
        matches!(&did[2], Did::StartedTimer { after, kind } if after.as_secs() == 8 && kind == "rest")
    );
    assert_eq!(did.len(), 3);

    let did = worker.fire().expect("it started a timer");
    assert!(matches!(&did[..], [Did::Created { kind, .. }] if kind == "peer"));
    assert_eq!(worker.state(), format!("tired: Worker {{ done: 3, boss: {boss:?} }}"));
    assert!(worker.fire().is_none());

    assert!(worker.send(boss, &Work { by: id }).is_empty());
    assert_eq!(worker.inbox(), ["work"]);
    let did = worker.send(boss, &Report { done: 0 });
    assert!(matches!(&did[..], [Did::Failed { cause, .. }] if cause == "assertion"), "{did:?}");
}

#[test]
fn an_actor_that_waits_goes_on() {
    #[derive(Debug, Default)]
    struct Client {
        answers: u32,
    }

    #[actor]
    impl Client {
        #[on(init)]
        async fn ask(&mut self, ctx: &Context) {
            let counter = Counter::create(ctx);
            ensure!(counter.add(2).await == 2);
            let report: Report = ctx.receive().await;
            self.answers = report.done;
        }
    }

    let mut client = OneActor::<Client>::new();
    let somebody = client.peer();
    assert!(matches!(client.start(())[..], [Did::UsedCell(_), Did::UsedCell(_)]));
    assert_eq!(client.state(), "in a handler that waits");
    client.send(somebody, &Report { done: 7 });
    assert_eq!(client.state(), "Client { answers: 7 }");
    assert!(matches!(client.send(somebody, &Halt)[..], [Did::Halted]));
    assert_eq!(client.state(), "");
}
