//! The way of a mutation to the server: in line, paused, tried again, given up, cancelled.
//!
//! A mutation is in line by the keys of its scope: it is sent once no earlier one that shares a key with it is left.
//! An attempt has a time limit unless it was given none; what is cancelled or fails makes room for the next.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::client::Cache;
use crate::event::{Effect, MutationEffect, MutationEnd, MutationId};
use crate::filter::Targets;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::mutation::filter::MutationFilter;
use crate::mutation::options::MutationOptions;
use crate::mutation::run::{MutationLeg, MutationRun};
use crate::mutation::state::{MutationState, MutationStatus};
use crate::options::NetworkMode;
use crate::retry::Failure;

/// A mutation to be started.
pub struct NewMutation {
    /// Its key, by which filters and defaults find it.
    pub key: Option<QueryKey>,
    /// Its input.
    pub variables: Rc<dyn Any>,
    /// What the application keeps with it.
    pub meta: Option<Rc<dyn Any>>,
    /// Its own choices.
    pub options: MutationOptions,
}

impl Default for NewMutation {
    fn default() -> Self {
        Self { key: None, variables: Rc::new(()), meta: None, options: MutationOptions::default() }
    }
}

impl fmt::Debug for NewMutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("NewMutation");
        shown.field("key", &self.key).field("options", &self.options).finish_non_exhaustive()
    }
}

impl Cache {
    /// Starts a mutation. Its optimistic writes come next, and then [`Cache::submit_mutation`].
    pub fn begin_mutation(&mut self, now: Moment, new: NewMutation) -> MutationId {
        self.advance_mutations = Some(Self::advance_mutations);
        let id = MutationId(self.next_id());
        let rules = self.mutations.defaults.rules(new.key.as_ref(), new.options);
        self.mutations.runs.push(MutationRun {
            id,
            key: new.key,
            variables: new.variables,
            meta: new.meta,
            submitted_at: now,
            rules,
            scope: Vec::new(),
            writes: Vec::new(),
            leg: MutationLeg::Beginning,
            failures: 0,
            attempts: 0,
            forgotten: false,
        });
        id
    }

    /// Puts a mutation in line: it is sent once no earlier one is left whose scope has a key of `scope`.
    #[must_use = "effects that are not carried out leave mutations in the air for ever"]
    pub fn submit_mutation(&mut self, now: Moment, id: MutationId, scope: Vec<QueryKey>) -> Vec<Effect> {
        self.now = now;
        if let Some(run) = self.mutations.get_mut(id).filter(|run| run.leg == MutationLeg::Beginning) {
            run.leg = MutationLeg::Queued;
            if !run.forgotten {
                run.scope = scope;
            }
            self.tell_change(id);
        }
        self.advance_mutations();
        self.flush()
    }

    /// The answer to an attempt: nothing, or the error. Ignored when that attempt was given up meanwhile.
    #[must_use = "effects that are not carried out leave mutations in the air for ever"]
    pub fn mutation_answered(
        &mut self,
        now: Moment,
        id: MutationId,
        attempt: u32,
        answer: Result<(), Failure>,
    ) -> Vec<Effect> {
        self.now = now;
        let awaited = |run: &&mut MutationRun| {
            run.attempts == attempt && matches!(run.leg, MutationLeg::Running { .. })
        };
        if self.mutations.get_mut(id).filter(awaited).is_none() {
            return self.flush();
        }
        match answer {
            Ok(()) => self.end_mutation(id, MutationEnd::Succeeded),
            Err(failure) => self.attempt_failed(id, &failure),
        }
        self.advance_mutations();
        self.flush()
    }

    /// Removes a mutation that has ended, and makes stale what it changed: the keys of `invalidates` are fetched again
    /// once no mutation has writes there.
    #[must_use = "effects that are not carried out leave mutations in the air for ever"]
    pub fn settle_mutation(
        &mut self,
        now: Moment,
        id: MutationId,
        invalidates: Vec<QueryKey>,
    ) -> Vec<Effect> {
        self.now = now;
        self.mutations.runs.retain(|run| run.id != id);
        for key in invalidates {
            self.mutations.defer(key);
        }
        let mut stale = Vec::new();
        for released in self.mutations.take_released() {
            stale.extend(if released.exact { vec![released.key] } else { self.keys(&released.key) });
        }
        // Each once: to outdate a key again would abort the read that has just begun.
        stale.sort();
        stale.dedup();
        let reads = self.mutations.take_reads();
        let reads = reads.into_iter().filter(|(key, _)| !stale.contains(key) || self.plan(key).is_none());
        let reads: Vec<_> = reads.collect();
        self.outdate(stale, Targets::Active);
        for (key, plan) in reads {
            self.read_again(&key, plan);
        }
        self.tell_change(id);
        self.advance_mutations();
        self.flush()
    }

    /// Ends mutations wherever they are. What is in the air may reach the server all the same, so that the keys such a
    /// one has written are fetched again.
    #[must_use = "effects that are not carried out leave mutations in the air for ever"]
    pub fn cancel_mutations(&mut self, now: Moment, ids: &[MutationId]) -> Vec<Effect> {
        self.now = now;
        // The newest first: each finds its own write on top.
        for id in ids.iter().rev() {
            self.end_mutation(*id, MutationEnd::Cancelled);
        }
        self.advance_mutations();
        self.flush()
    }

    /// The mutations under way that a filter chooses, in the order in which they were started.
    pub fn mutations(&self, filter: &MutationFilter) -> Vec<MutationState> {
        let states = self.mutations.runs.iter().map(MutationRun::state);
        states.filter(|state| filter.matches(state)).collect()
    }

    /// What a mutation under way does at the moment, and how many of its attempts have failed.
    pub fn mutation_status(&self, id: MutationId) -> Option<(MutationStatus, u32)> {
        let run = self.mutations.runs.iter().find(|run| run.id == id)?;
        Some((run.status(), run.failures))
    }

    /// The defaults set for the mutations at and below a key, where [`Cache::set_mutation_defaults`] did.
    pub fn mutation_defaults(&self, prefix: &QueryKey) -> MutationOptions {
        self.mutations.defaults.at(prefix)
    }

    /// Sets defaults for the mutations at and below a key that are started from now on. Those of a longer key count more
    /// than those of a shorter one; the empty key is that of all mutations, also of those without a key.
    pub fn set_mutation_defaults(&mut self, prefix: QueryKey, options: MutationOptions) {
        self.mutations.defaults.set(prefix, options);
    }

    /// Does what the time, the network or an earlier mutation's end makes possible or necessary.
    fn advance_mutations(&mut self) {
        let (now, online) = (self.now, self.online);
        for (id, end) in self.overdue_mutations() {
            self.end_mutation(id, end);
        }
        for at in 0..self.mutations.runs.len() {
            let (earlier, rest) = self.mutations.runs.split_at_mut(at);
            let Some(run) = rest.first_mut() else { break };
            let wants = match run.leg {
                MutationLeg::Queued => !earlier.iter().any(|earlier| run.is_behind(earlier)),
                MutationLeg::Paused => true,
                MutationLeg::Waiting { until } => until <= now,
                MutationLeg::Beginning | MutationLeg::Running { .. } | MutationLeg::Ended => false,
            };
            if !wants {
                continue;
            }
            let (id, before) = (run.id, run.status());
            let may_go = match run.rules.plan.network_mode {
                NetworkMode::Online => online,
                NetworkMode::Always => true,
                NetworkMode::OfflineFirst => online || run.attempts == 0,
            };
            if may_go {
                run.attempts += 1;
                run.leg = MutationLeg::Running { until: now.plus(run.rules.time_limit) };
                let attempt = MutationEffect::Attempt { mutation: id, attempt: run.attempts };
                self.mutations.effects.push(Effect::Mutation(attempt));
            } else {
                run.leg = MutationLeg::Paused;
            }
            if run.status() != before {
                self.tell_change(id);
            }
        }
        self.mutations.wake = self.mutations.runs.iter().filter_map(MutationRun::wake).min();
    }

    /// The mutations whose time is over, or whose cache was cleared before they were sent.
    fn overdue_mutations(&self) -> Vec<(MutationId, MutationEnd)> {
        let overdue = |run: &MutationRun| match run.leg {
            MutationLeg::Running { until } if until <= self.now => Some((run.id, MutationEnd::TimedOut)),
            MutationLeg::Queued | MutationLeg::Paused | MutationLeg::Waiting { .. } if run.forgotten => {
                Some((run.id, MutationEnd::Cancelled))
            }
            _ => None,
        };
        self.mutations.runs.iter().filter_map(overdue).collect()
    }

    fn attempt_failed(&mut self, id: MutationId, failure: &Failure) {
        let retry = failure.retry.unwrap_or_else(|| self.defaults.verdicts.on(&failure.error));
        let (now, jitter) = (self.now, self.jitter());
        let Some(run) = self.mutations.get_mut(id) else {
            return;
        };
        let wait = run.rules.plan.wait(retry, run.failures, jitter).filter(|_| !run.forgotten);
        run.failures += 1;
        if let Some(wait) = wait {
            run.leg = MutationLeg::Waiting { until: now.plus(wait) };
        }
        self.tell_change(id);
        if wait.is_none() {
            self.end_mutation(id, MutationEnd::Failed);
        }
    }

    /// Gives a mutation its outcome, unless it has one.
    fn end_mutation(&mut self, id: MutationId, end: MutationEnd) {
        let Some(run) = self.mutations.get_mut(id).filter(|run| run.leg != MutationLeg::Ended) else {
            return;
        };
        let unknown = matches!(end, MutationEnd::TimedOut | MutationEnd::Cancelled);
        let in_the_air = matches!(run.leg, MutationLeg::Running { .. });
        run.leg = MutationLeg::Ended;
        let maybe_done = if unknown && run.attempts > 0 { run.writes.clone() } else { Vec::new() };
        for write in maybe_done {
            self.mutations.defer_exactly(write.key);
        }
        if unknown && in_the_air {
            self.mutations.effects.push(Effect::Mutation(MutationEffect::Abort { mutation: id }));
        }
        if end != MutationEnd::Succeeded {
            self.roll_back(id);
        }
        self.mutations.effects.push(Effect::Mutation(MutationEffect::End { mutation: id, end }));
    }

    fn tell_change(&mut self, id: MutationId) {
        let is_told = |effect: &Effect| matches!(effect, Effect::Mutation(MutationEffect::Changed { mutation }) if *mutation == id);
        if !self.mutations.effects.iter().any(is_told) {
            self.mutations.effects.push(Effect::Mutation(MutationEffect::Changed { mutation: id }));
        }
    }
}
