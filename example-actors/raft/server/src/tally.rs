//! Who answered, from one question to the next.

use coyote_guest::ActorId;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    answers: Vec<ActorId>,
    majority: usize,
    /// Whether a second answer of the same server does not count.
    distinct: bool,
}

impl Tally {
    pub(crate) fn new(servers: usize, distinct: bool) -> Self {
        Self { answers: Vec::new(), majority: servers / 2 + 1, distinct }
    }

    /// Begins anew, with the server's own answer.
    pub(crate) fn restart(&mut self, own: ActorId) {
        self.answers.clear();
        self.answers.push(own);
    }

    /// Whether this answer makes a majority, which happens once.
    pub(crate) fn completes(&mut self, server: ActorId) -> bool {
        if self.distinct && self.answers.contains(&server) {
            return false;
        }
        self.answers.push(server);
        self.answers.len() == self.majority
    }
}
