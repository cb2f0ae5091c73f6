//! Mutations under way, and the defaults of those to come.

use std::rc::Rc;

use query_core::{
    Effect, MutationEffect, MutationFilter, MutationId, MutationOptions, MutationStatus, NewMutation,
    QueryKey, Retry, query_key,
};

use crate::stage::{Stage, seconds};

fn named(key: QueryKey) -> NewMutation {
    NewMutation { key: Some(key), ..NewMutation::default() }
}

fn start(stage: &mut Stage, new: NewMutation, scope: &[&QueryKey]) -> MutationId {
    let mutation = stage.begin_with(new);
    stage.submit(mutation, scope);
    mutation
}

fn ids(stage: &Stage, filter: MutationFilter) -> Vec<MutationId> {
    stage.cache.mutations(&filter).iter().map(|state| state.id).collect()
}

#[test]
fn mutations_are_found_by_key_prefix_status_and_predicate() {
    let mut stage = Stage::new();
    let scope = query_key!["scope"];
    let add = start(&mut stage, named(query_key!["todos", "add"]), &[&scope]);
    let all = start(&mut stage, named(query_key!["todos"]), &[&scope]);
    let nameless = start(&mut stage, NewMutation::default(), &[]);
    assert_eq!(ids(&stage, MutationFilter::all()), [add, all, nameless]);
    assert_eq!(ids(&stage, MutationFilter::below(&query_key!["todos"])), [add, all]);
    assert_eq!(ids(&stage, query_key!["todos"].into()), [add, all]);
    assert_eq!(ids(&stage, MutationFilter::exact(&query_key!["todos"])), [all]);
    assert_eq!(ids(&stage, MutationFilter::all().status(MutationStatus::Queued)), [all]);
    let later = MutationFilter::below(&query_key!["todos"]).predicate(move |state| state.id != add);
    assert_eq!(ids(&stage, later), [all]);
}

#[test]
fn a_mutation_under_way_tells_about_itself() {
    let mut stage = Stage::new();
    let new = NewMutation {
        variables: Rc::new(7_u8),
        meta: Some(Rc::new("from the form")),
        options: MutationOptions::default().retries(1),
        ..named(query_key!["todos"])
    };
    let mutation = start(&mut stage, new, &[]);
    let started = stage.now;
    stage.pass(seconds(2));
    stage.answer(mutation, Err(Retry::Backoff));
    let states = stage.cache.mutations(&MutationFilter::all());
    let state = states.first().expect("it is under way");
    assert_eq!((state.status, state.failures), (MutationStatus::Waiting, 1));
    assert_eq!((state.submitted_at, state.key.clone()), (started, Some(query_key!["todos"])));
    assert_eq!(state.variables::<u8>().as_deref(), Some(&7));
    assert_eq!(state.variables::<u16>(), None);
    assert_eq!(state.meta::<&str>().as_deref(), Some(&"from the form"));
    assert!(!state.is_paused());
}

#[test]
fn every_change_of_state_is_told() {
    let mut stage = Stage::new();
    let mutation = stage.change_with(&[], "", MutationOptions::default().retries(1));
    let told =
        |stage: &mut Stage| stage.take().contains(&Effect::Mutation(MutationEffect::Changed { mutation }));
    assert!(told(&mut stage), "it runs");
    stage.pass(seconds(1));
    assert!(!told(&mut stage), "it still does");
    stage.answer(mutation, Err(Retry::Backoff));
    assert!(told(&mut stage), "it waits");
    stage.pass(seconds(1));
    assert!(told(&mut stage), "it runs again");
    stage.answer(mutation, Ok(()));
    told(&mut stage);
    stage.settle(mutation, &[]);
    assert!(told(&mut stage), "it is gone");
}

#[test]
fn defaults_of_a_longer_key_count_more_and_a_choice_of_its_own_most() {
    let mut stage = Stage::new();
    let set = |stage: &mut Stage, key, options| stage.cache.set_mutation_defaults(key, options);
    set(&mut stage, query_key!["todos"], MutationOptions::default().retries(2));
    let everywhere = MutationOptions::default().retries(1).time_limit(seconds(5));
    set(&mut stage, query_key![], everywhere);
    assert_eq!(stage.cache.mutation_defaults(&query_key!["todos"]).retries, Some(2));
    assert_eq!(stage.cache.mutation_defaults(&query_key!["users"]).retries, None);
    let own = NewMutation { options: MutationOptions::default().retries(3), ..named(query_key!["todos"]) };
    for (new, retries) in [(NewMutation::default(), 1), (named(query_key!["todos", "add"]), 2), (own, 3)] {
        let mutation = start(&mut stage, new, &[]);
        for _ in 0..retries {
            stage.answer(mutation, Err(Retry::Backoff));
            stage.pass(seconds(4));
        }
        stage.answer(mutation, Err(Retry::Backoff));
        assert_eq!(stage.take_ended().len(), 1, "after {retries} retries");
        stage.settle(mutation, &[]);
    }
}

#[test]
fn defaults_for_all_mutations_hold_for_one_without_a_key() {
    let mut stage = Stage::new();
    stage.cache.set_mutation_defaults(query_key![], MutationOptions::default().time_limit(seconds(5)));
    start(&mut stage, NewMutation::default(), &[]);
    stage.pass(seconds(5));
    assert_eq!(stage.take_ended().len(), 1);
}
