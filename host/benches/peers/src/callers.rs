//! Clients that ask a server, one question after the other, as threads of traceforge.

use traceforge::thread::{self, JoinHandle, ThreadId};
use traceforge::{Config, ConsType, recv_msg_block, send_msg, verify};

use crate::Seen;

#[derive(Clone, Debug, PartialEq)]
struct Ask {
    client: ThreadId,
}

#[derive(Clone, Debug, PartialEq)]
struct Answer {
    total: usize,
}

/// One server with so many clients.
pub(crate) fn callers(clients: usize, requests: usize) -> Seen {
    explore(move || join(start(clients, requests)))
}

/// So many servers with one client each.
pub(crate) fn pairs(pairs: usize, requests: usize) -> Seen {
    explore(move || {
        let threads: Vec<_> = (0..pairs).flat_map(|_| start(1, requests)).collect();
        join(threads);
    })
}

fn explore(program: impl Fn() + Send + Sync + 'static) -> Seen {
    // It tells how far it is once in so many executions.
    let seldom = u32::MAX as usize;
    let config = Config::builder().with_cons_type(ConsType::Causal).with_progress_report(seldom);
    let config = config.build();
    let stats = verify(config, program);
    assert_eq!(stats.block, 0, "no execution is begun in vain");
    Seen { count: stats.execs, transitions: 0, ended: true }
}

fn start(clients: usize, requests: usize) -> Vec<JoinHandle<()>> {
    let server = thread::spawn(move || {
        for total in 1..=clients * requests {
            let Ask { client } = recv_msg_block();
            send_msg(client, Answer { total });
        }
    });
    let id = server.thread().id();
    let client = |_| thread::spawn(move || ask(id, requests));
    let mut threads: Vec<_> = (0..clients).map(client).collect();
    threads.push(server);
    threads
}

fn ask(server: ThreadId, requests: usize) {
    let mut last = 0;
    for _ in 0..requests {
        send_msg(server, Ask { client: thread::current_id() });
        let Answer { total } = recv_msg_block();
        traceforge::assert(total > last);
        last = total;
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("a thread ends");
    }
}
