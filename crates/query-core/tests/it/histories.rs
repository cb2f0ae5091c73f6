//! Queries under any history of what people, servers, clocks and networks do.

use std::cell::Cell;
use std::rc::Rc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use query_core::{
    Event, FetchKind, Filter, MutationEnd, MutationId, ObserverId, Options, Plan, QueryKey, Retry, View,
    query_key,
};

use crate::stage::{Stage, options, seconds, text};

/// How many histories are tried.
const CASES: u32 = 5_000;

/// Rounds of answers after a history; queued changes take one each.
const ROUNDS: usize = 12;

/// What the server always has.
const TRUTH: &str = "truth";

/// What every change expects, in vain: the server stays as it is.
const GUESS: &str = "guess";

/// Something happens. A `usize` chooses among what is there.
#[derive(Clone, Debug)]
enum Act {
    Observe(usize, usize, Look),
    Leave(usize),
    Refetch(usize),
    Page(usize, FetchKind),
    Prefetch(usize),
    Invalidate(usize),
    Reset(usize),
    Write(usize),
    /// A change that expects data, or none.
    Change(usize, bool),
    Answer(usize, bool),
    Cancel(usize),
    Land(usize),
    Fail(usize, Retry),
    Pass(u64),
    Online(bool),
    Visible(bool),
}

/// What an observer wants.
#[derive(Clone, Copy, Debug)]
struct Look {
    enabled: bool,
    in_background: bool,
    stale_time: u64,
    interval: Option<u64>,
}

impl Look {
    fn options(self) -> Options {
        options(|options| {
            options.enabled = self.enabled;
            options.refetch_interval_in_background = self.in_background;
            options.stale_time = seconds(self.stale_time);
            options.refetch_interval = self.interval.map(seconds);
        })
    }
}

fn look() -> impl Strategy<Value = Look> {
    let interval = prop_oneof![Just(None), Just(Some(5)), Just(Some(7))];
    let stale_time = prop_oneof![Just(0), Just(30), Just(60)];
    let enabled = prop::bool::weighted(0.75);
    let flags = (enabled, any::<bool>());
    (flags, stale_time, interval).prop_map(|((enabled, in_background), stale_time, interval)| Look {
        enabled,
        in_background,
        stale_time,
        interval,
    })
}

fn act_of_a_reader() -> impl Strategy<Value = Act> {
    let page = prop_oneof![Just(FetchKind::More), Just(FetchKind::Earlier)];
    prop_oneof![
        2 => (0..2_usize, 0..2_usize, look()).prop_map(|(observer, key, look)| Act::Observe(observer, key, look)),
        1 => (0..2_usize).prop_map(Act::Leave),
        1 => (0..2_usize).prop_map(Act::Refetch),
        1 => (0..2_usize, page).prop_map(|(key, kind)| Act::Page(key, kind)),
        1 => (0..2_usize).prop_map(Act::Prefetch),
        1 => (0..2_usize).prop_map(Act::Invalidate),
        1 => (0..2_usize).prop_map(Act::Reset),
        1 => (0..2_usize).prop_map(Act::Write),
    ]
}

fn act_of_a_writer() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..2_usize, prop::bool::weighted(0.8)).prop_map(|(key, data)| Act::Change(key, data)),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, ok)| Act::Answer(which, ok)),
        1 => any::<usize>().prop_map(Act::Cancel),
    ]
}

fn act_of_the_world() -> impl Strategy<Value = Act> {
    let retry = prop_oneof![Just(Retry::Backoff), Just(Retry::After(seconds(20)))];
    prop_oneof![
        2 => any::<usize>().prop_map(Act::Land),
        1 => (any::<usize>(), retry).prop_map(|(which, retry)| Act::Fail(which, retry)),
        1 => (0..70_u64).prop_map(Act::Pass),
        1 => any::<bool>().prop_map(Act::Online),
        1 => any::<bool>().prop_map(Act::Visible),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![9 => act_of_a_reader(), 5 => act_of_a_writer(), 6 => act_of_the_world()]
}

/// Two observers of two queries, one below the other.
struct World {
    stage: Stage,
    keys: [QueryKey; 2],
    observers: [ObserverId; 2],
    /// Whether each observer wants data.
    wants: [bool; 2],
    /// Changes that have not ended.
    under_way: Vec<MutationId>,
}

impl World {
    fn new() -> Self {
        let mut stage = Stage::new();
        let observers = [stage.cache.new_observer(), stage.cache.new_observer()];
        let keys = [query_key!["todos"], query_key!["todos", 1]];
        Self { stage, keys, observers, wants: [false; 2], under_way: Vec::new() }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Observe(observer, key, look) => self.observe(observer, key, look),
            Act::Leave(observer) => self.leave(observer),
            Act::Refetch(key) => self.tell(Event::Refetch { key: self.key(key), plan: Plan::default() }),
            Act::Page(key, kind) => {
                self.tell(Event::FetchPage { key: self.key(key), kind, plan: Plan::default() });
            }
            Act::Prefetch(key) => self.stage.prefetch(&self.keys[key], &Options::default()),
            Act::Invalidate(key) => self.stage.invalidate(&self.keys[key]),
            Act::Reset(key) => {
                let filter = Filter::exact(&self.keys[key]);
                self.stage.command(|cache, now| cache.reset(now, &filter));
            }
            Act::Write(key) => self.stage.write(&self.keys[key], TRUTH),
            Act::Change(key, expects_data) => self.change(key, expects_data),
            Act::Answer(which, is_success) => self.answer(which, is_success),
            Act::Cancel(which) => self.cancel(which),
            Act::Land(which) => self.land(which),
            Act::Fail(which, retry) => self.fail(which, retry),
            Act::Pass(time) => self.stage.pass(seconds(time)),
            Act::Online(online) => self.tell(Event::Online(online)),
            Act::Visible(visible) => self.tell(Event::Visible(visible)),
        }
        self.settle_what_ended();
    }

    fn key(&self, key: usize) -> QueryKey {
        self.keys[key].clone()
    }

    fn tell(&mut self, event: Event) {
        self.stage.step(event);
    }

    fn observe(&mut self, observer: usize, key: usize, look: Look) {
        self.stage.look(self.observers[observer], &self.keys[key], look.options());
        self.wants[observer] = look.enabled;
    }

    fn leave(&mut self, observer: usize) {
        self.stage.leave(self.observers[observer]);
        self.wants[observer] = false;
    }

    fn change(&mut self, key: usize, expects_data: bool) {
        let mutation = self.stage.begin();
        self.stage.guess(mutation, &self.keys[key], expects_data.then(|| text(GUESS)));
        self.stage.submit(mutation, &[&self.keys[key]]);
        self.under_way.push(mutation);
    }

    fn answer(&mut self, which: usize, is_success: bool) {
        if let Some(mutation) = chosen(&self.stage.sent(), which) {
            self.stage.answer(mutation, if is_success { Ok(()) } else { Err(Retry::Never) });
        }
    }

    fn cancel(&mut self, which: usize) {
        if let Some(mutation) = chosen(&self.under_way, which) {
            self.stage.cancel(&[mutation]);
        }
    }

    fn land(&mut self, which: usize) {
        if let Some((key, _)) = chosen(&self.stage.reads(), which) {
            self.stage.land(&key, TRUTH);
        }
    }

    fn fail(&mut self, which: usize, retry: Retry) {
        if let Some((key, _)) = chosen(&self.stage.reads(), which) {
            self.stage.fail(&key, retry);
        }
    }

    /// Settles each change that ended; what succeeded has the upper query and all below it read again.
    fn settle_what_ended(&mut self) {
        loop {
            let ended = self.stage.take_ended();
            if ended.is_empty() {
                return;
            }
            for (mutation, end) in ended {
                self.under_way.retain(|other| *other != mutation);
                let invalidates: &[_] = if end == MutationEnd::Succeeded { &[&self.keys[0]] } else { &[] };
                self.stage.settle(mutation, invalidates);
            }
        }
    }

    /// The network is there from now on, and the server answers whatever it is asked.
    fn come_to_an_end(&mut self) {
        self.act(&Act::Online(true));
        for _ in 0..ROUNDS {
            while !self.stage.sent().is_empty() {
                self.act(&Act::Answer(0, true));
            }
            for (key, _) in self.stage.reads() {
                if self.stage.in_the_air(&key) > 0 {
                    self.stage.land(&key, TRUTH);
                }
            }
            self.act(&Act::Pass(40));
        }
        while !self.stage.reads().is_empty() {
            self.act(&Act::Land(0));
        }
    }

    /// What an observer shows that wants data and does not show what the server has.
    fn what_is_shown_in_vain(&self) -> Option<(Option<Rc<String>>, View)> {
        (0..2)
            .filter(|observer| self.wants[*observer])
            .map(|observer| self.observers[observer])
            .find(|observer| !self.stage.shows(*observer, TRUTH))
            .map(|observer| (self.stage.shown(observer), self.stage.view(observer)))
    }
}

fn chosen<T: Clone>(among: &[T], which: usize) -> Option<T> {
    among.get(which.checked_rem(among.len())?).cloned()
}

#[test]
fn whoever_shows_a_query_ends_with_the_truth_after_any_history() {
    let shown = Cell::new(0);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let history = prop::collection::vec(act(), 1..18);
    let result = TestRunner::new(config).run(&history, |acts| {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        shown.set(shown.get() + u32::from(world.wants.contains(&true)));
        world.come_to_an_end();
        let wrong = world.what_is_shown_in_vain();
        prop_assert!(wrong.is_none(), "somebody is shown {wrong:?}");
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.expect_err("it is none"));
    assert!(shown.get() > CASES / 3, "somebody shows a query in {} of {CASES} cases", shown.get());
}
