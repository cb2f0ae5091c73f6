//! Mutations under any interleaving of what people, servers, clocks and networks do, against a server that the test plays.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use query_core::{
    Event, Filter, FlightId, MutationEnd, MutationId, MutationOptions, NetworkMode, NewMutation, ObserverId,
    QueryKey, Retry, query_key,
};

use crate::stage::{Stage, seconds};

/// How many interleavings are tried.
const CASES: u32 = 12_000;

/// Places with data, each a key of its own.
const PLACES: usize = 2;

/// What a change is like.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// The places that it writes: one, the other, or both.
    places: &'static [usize],
    /// Whether it is outside of every order.
    apart: bool,
    mode: NetworkMode,
    retries: u32,
    /// Whether its places are read again in any case.
    invalidates: bool,
    /// Whether the server does it although its answer was given up.
    done_unheard: bool,
}

/// A read's content: the server's state when it was asked or when it answered, or none.
#[derive(Clone, Copy, Debug)]
enum Content {
    Old,
    New,
    Failure,
}

/// Something happens. A `usize` chooses among what is there.
#[derive(Clone, Copy, Debug)]
enum Act {
    Start(Kind),
    Answer(usize, Result<(), Retry>),
    Cancel(usize),
    Pass(u64),
    Online(bool),
    Invalidate(usize),
    Reset(usize),
    Read(usize, Content),
}

fn kind() -> impl Strategy<Value = Kind> {
    let places = prop_oneof![Just(&[0][..]), Just(&[1][..]), Just(&[0, 1][..])];
    let mode = prop_oneof![
        6 => Just(NetworkMode::Online),
        1 => Just(NetworkMode::Always),
        1 => Just(NetworkMode::OfflineFirst),
    ];
    let flags = (prop::bool::weighted(0.1), any::<bool>(), any::<bool>());
    (places, mode, 0..3_u32, flags).prop_map(|(places, mode, retries, (apart, invalidates, done_unheard))| {
        // Those that are outside of every order do not know which of them came last.
        Kind { places, apart, mode, retries, invalidates: invalidates || apart, done_unheard }
    })
}

fn act() -> impl Strategy<Value = Act> {
    let answer = prop_oneof![3 => Just(Ok(())), 2 => Just(Err(Retry::Never)), 1 => Just(Err(Retry::Backoff))];
    let content = prop_oneof![3 => Just(Content::Old), 3 => Just(Content::New), 1 => Just(Content::Failure)];
    prop_oneof![
        6 => kind().prop_map(Act::Start),
        6 => (any::<usize>(), answer).prop_map(|(which, answer)| Act::Answer(which, answer)),
        1 => any::<usize>().prop_map(Act::Cancel),
        2 => prop_oneof![Just(1), Just(20), Just(61)].prop_map(Act::Pass),
        1 => any::<bool>().prop_map(Act::Online),
        1 => (0..PLACES).prop_map(Act::Invalidate),
        1 => (0..PLACES).prop_map(Act::Reset),
        3 => (any::<usize>(), content).prop_map(|(which, content)| Act::Read(which, content)),
    ]
}

/// A change that a person made.
struct Change {
    id: MutationId,
    kind: Kind,
    /// The state of its places once it is made.
    outcome: String,
    sent: bool,
    /// How it ended, once it has settled.
    end: Option<MutationEnd>,
}

impl Change {
    fn is_at(&self, place: usize) -> bool {
        self.kind.places.contains(&place)
    }

    fn is_under_way(&self) -> bool {
        self.end.is_none()
    }
}

/// A page with all places on it, and the server behind it.
struct World {
    stage: Stage,
    keys: [QueryKey; PLACES],
    observers: [ObserverId; PLACES],
    changes: Vec<Change>,
    /// The state of each place on the server.
    server: [String; PLACES],
    /// The changes that the server has made at each place, in its order.
    made: [Vec<usize>; PLACES],
    /// The server's state when a read in the air began.
    asked: Vec<(FlightId, String)>,
    a_read_failed: bool,
    /// Places that were reset while a change was under way there: what they show is anybody's guess until it has settled.
    reset: [bool; PLACES],
}

impl World {
    fn new() -> Self {
        let mut stage = Stage::new();
        let keys = [query_key!["one"], query_key!["two"]];
        let observers = [0, 1].map(|place| stage.observe_fetched(&keys[place], "at first"));
        Self {
            stage,
            keys,
            observers,
            changes: Vec::new(),
            server: ["at first"; PLACES].map(String::from),
            made: Default::default(),
            asked: Vec::new(),
            a_read_failed: false,
            reset: [false; PLACES],
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Start(kind) => self.start(kind),
            Act::Answer(which, answer) => {
                if let Some(id) = chosen(&self.stage.sent(), which) {
                    self.answer(id, answer);
                }
            }
            Act::Cancel(which) => {
                let running: Vec<_> = self
                    .changes
                    .iter()
                    .filter(|change| change.is_under_way())
                    .map(|change| change.id)
                    .collect();
                if let Some(id) = chosen(&running, which) {
                    self.stage.cancel(&[id]);
                }
            }
            Act::Pass(time) => self.stage.pass(seconds(time)),
            Act::Online(online) => self.stage.step(Event::Online(online)),
            Act::Invalidate(place) => self.stage.invalidate(self.keys[place].clone()),
            Act::Reset(place) => {
                let filter = Filter::exact(&self.keys[place]);
                self.stage.command(|cache, now| cache.reset(now, &filter));
                self.reset[place] = true;
            }
            Act::Read(which, content) => self.read(which, content),
        }
        self.follow();
    }

    fn start(&mut self, kind: Kind) {
        let outcome = format!("change {}", self.changes.len());
        let options = MutationOptions::default().network_mode(kind.mode).retries(kind.retries);
        let id = self.stage.begin_with(NewMutation { options, ..NewMutation::default() });
        let keys: Vec<_> = kind.places.iter().map(|place| self.keys[*place].clone()).collect();
        for key in &keys {
            self.stage.expect(id, key, &outcome);
        }
        let scope: Vec<_> = keys.iter().filter(|_| !kind.apart).collect();
        self.stage.submit(id, &scope);
        self.changes.push(Change { id, kind, outcome, sent: false, end: None });
    }

    fn answer(&mut self, id: MutationId, answer: Result<(), Retry>) {
        if answer.is_ok() {
            self.make(self.index(id));
        }
        self.stage.answer(id, answer);
    }

    /// The server makes a change.
    fn make(&mut self, index: usize) {
        for place in self.changes[index].kind.places {
            self.server[*place] = self.changes[index].outcome.clone();
            self.made[*place].push(index);
        }
    }

    fn read(&mut self, which: usize, content: Content) {
        let reads = self.stage.reads();
        let Some((key, flight)) = chosen(&reads, which) else { return };
        let place = if key == self.keys[0] { 0 } else { 1 };
        let asked = self.asked.iter().find(|(other, _)| *other == flight).map(|(_, state)| state.clone());
        match content {
            Content::Old => self.stage.land(&key, &asked.expect("it was noticed")),
            Content::New => self.stage.land(&key, &self.server[place].clone()),
            Content::Failure => {
                self.a_read_failed = true;
                self.stage.fail(&key, Retry::Never);
            }
        }
    }

    fn index(&self, id: MutationId) -> usize {
        self.changes.iter().position(|change| change.id == id).expect("a change of this world")
    }

    /// Notices what the cache sent, tells the ends, and checks what must hold at any time.
    fn follow(&mut self) {
        loop {
            for id in self.stage.sent() {
                let index = self.index(id);
                self.changes[index].sent = true;
            }
            for (key, flight) in self.stage.reads() {
                if !self.asked.iter().any(|(other, _)| *other == flight) {
                    let place = if key == self.keys[0] { 0 } else { 1 };
                    self.asked.push((flight, self.server[place].clone()));
                }
            }
            let ended = self.stage.take_ended();
            if ended.is_empty() {
                break;
            }
            for (id, end) in ended {
                self.settle(id, end);
            }
        }
        self.check_order();
        self.check_what_is_shown();
    }

    fn settle(&mut self, id: MutationId, end: MutationEnd) {
        let index = self.index(id);
        let change = &mut self.changes[index];
        assert!(change.is_under_way(), "{} ended twice", change.outcome);
        change.end = Some(end);
        let unheard = matches!(end, MutationEnd::TimedOut | MutationEnd::Cancelled);
        let (kind, sent) = (change.kind, change.sent);
        if unheard && sent && kind.done_unheard {
            self.make(index);
        }
        let keys: Vec<_> = kind.places.iter().map(|place| self.keys[*place].clone()).collect();
        let invalidates: Vec<_> = keys.iter().filter(|_| kind.invalidates).collect();
        self.stage.settle(id, &invalidates);
    }

    /// What is in the air has no earlier change of its scope before it.
    fn check_order(&self) {
        for id in self.stage.sent() {
            let index = self.index(id);
            let sent = &self.changes[index];
            let before = |earlier: &&Change| {
                let shares = sent.kind.places.iter().any(|place| earlier.is_at(*place));
                shares && earlier.is_under_way() && !earlier.kind.apart && !sent.kind.apart
            };
            let before = self.changes[..index].iter().find(before);
            assert!(before.is_none(), "{} is sent before {:?}", sent.outcome, before.map(|it| &it.outcome));
        }
    }

    /// While a change is under way, its place shows the last one that has not failed.
    fn check_what_is_shown(&mut self) {
        for place in 0..PLACES {
            let mut changes = self.changes.iter().filter(|change| change.is_at(place));
            let under_way = changes.clone().any(Change::is_under_way);
            self.reset[place] &= under_way;
            if !under_way || self.reset[place] {
                continue;
            }
            let stands = |change: &&Change| matches!(change.end, None | Some(MutationEnd::Succeeded));
            let last = changes.rfind(stands).map(|change| &change.outcome);
            let shown = self.stage.shown(self.observers[place]);
            assert_eq!(shown.as_deref(), last, "place {place}");
        }
    }

    /// The network is there from now on, and the server answers everything, or never says a word again.
    fn come_to_an_end(&mut self, silent: bool) {
        self.act(Act::Online(true));
        for _ in 0..=2 * self.changes.len() {
            if !silent {
                for id in self.stage.sent() {
                    self.answer(id, Ok(()));
                    self.follow();
                }
            }
            self.act(Act::Pass(61));
        }
        let left: Vec<_> = self.changes.iter().filter(|change| change.is_under_way()).collect();
        assert!(left.is_empty(), "{:?} waits for ever", left.first().map(|change| &change.outcome));
        while !self.stage.reads().is_empty() {
            self.act(Act::Read(0, Content::New));
        }
        let ordered = self.changes.iter().all(|change| !change.kind.apart);
        for place in 0..PLACES {
            let made = &self.made[place];
            assert!(!ordered || made.is_sorted(), "the server made {made:?} at {place}");
            let (shown, view) =
                (self.stage.shown(self.observers[place]), self.stage.view(self.observers[place]));
            let is_true = shown.as_deref() == Some(&self.server[place]);
            assert!(
                is_true || (self.a_read_failed && view.stale),
                "place {place} shows {shown:?}, and the server has {:?}",
                self.server[place]
            );
        }
    }
}

fn chosen<T: Clone>(among: &[T], which: usize) -> Option<T> {
    among.get(which.checked_rem(among.len())?).cloned()
}

#[test]
fn changes_of_one_scope_keep_their_order_under_any_interleaving() {
    let (waited, refused, given_up) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let add = |count: &Cell<u32>, whether: bool| count.set(count.get() + u32::from(whether));
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let interleaving = (prop::collection::vec(act(), 1..16), any::<bool>());
    let result = TestRunner::new(config).run(&interleaving, |(acts, silent)| {
        let mut world = World::new();
        for act in acts {
            world.act(act);
            add(
                &waited,
                world.stage.sent().len() < world.changes.iter().filter(|it| it.is_under_way()).count(),
            );
        }
        world.come_to_an_end(silent);
        let made = |index: &usize| world.made.iter().any(|made| made.contains(index));
        let not_made = (0..world.changes.len()).filter(|index| !made(index)).count();
        add(&refused, not_made > 0);
        add(&given_up, world.changes.iter().any(|change| change.kind.done_unheard && silent));
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.expect_err("it is none"));
    // The cases are what they are meant to be.
    for (what, count) in [("wait", &waited), ("are refused", &refused), ("are given up", &given_up)] {
        assert!(count.get() > CASES / 10, "changes {what} in {} of {CASES} cases", count.get());
    }
}
