use super::*;

fn todo(id: TodoId, text: &str, completed: bool, user_id: u64) -> Todo {
    Todo { id, todo: text.into(), completed, user_id }
}

fn three() -> Vec<Todo> {
    vec![
        todo(1, "Call Grandma", true, 5),
        todo(2, "Plant a tree", false, 5),
        todo(3, "Call a plumber", false, 6),
    ]
}

fn ids(listing: &Listing) -> Vec<TodoId> {
    listing.ids().collect()
}

fn shown(view: TodosView) -> Vec<TodoId> {
    ids(&Listing::of(&three(), &[], &People::default(), &view))
}

#[test]
fn a_plain_view_shows_everything_newest_first() {
    assert_eq!(shown(TodosView::default()), [3, 2, 1]);
}

#[test]
fn filters_narrow_together() {
    let call = || TodosView { search: " cALL ".into(), ..TodosView::default() };
    assert_eq!(shown(call()), [3, 1]);
    assert_eq!(shown(TodosView { state: StateFilter::Open, ..call() }), [3]);
    assert_eq!(shown(TodosView { state: StateFilter::Done, ..call() }), [1]);
    assert_eq!(shown(TodosView { person: Some(6), ..call() }), [3]);
    assert_eq!(shown(TodosView { person: Some(7), ..call() }), [] as [TodoId; 0]);
}

#[test]
fn a_hidden_todo_is_neither_shown_nor_counted() {
    let listing = Listing::of(&three(), &[2], &People::default(), &TodosView::default());
    assert_eq!((ids(&listing), listing.total), (vec![3, 1], 2));
}

#[test]
fn a_page_past_the_end_is_the_last_page() {
    let todos: Vec<Todo> = (1..=30).map(|id| todo(id, "x", false, 1)).collect();
    let listing =
        Listing::of(&todos, &[], &People::default(), &TodosView { page: 99, ..TodosView::default() });
    assert_eq!((listing.page, listing.pages, listing.range()), (3, 3, (25, 30)));
    assert_eq!(ids(&listing), [6, 5, 4, 3, 2, 1]);
}

#[test]
fn an_empty_list_has_one_empty_page() {
    let listing = Listing::of(&[], &[], &People::default(), &TodosView::default());
    assert_eq!((listing.page, listing.pages, listing.range()), (1, 1, (1, 0)));
}

#[test]
fn the_next_todo_takes_over_and_the_one_before_at_the_end() {
    let listing = Listing::of(&three(), &[], &People::default(), &TodosView::default());
    assert_eq!(listing.neighbour(3), Some(2));
    assert_eq!(listing.neighbour(1), Some(2));
    assert_eq!(listing.neighbour(9), None);
    assert_eq!(Listing::of(&three()[..1], &[], &People::default(), &TodosView::default()).neighbour(1), None);
}

#[test]
fn a_line_counts_groups_and_one_that_is_elsewhere_is_after_the_last() {
    let view = TodosView { group: Group::State, ..TodosView::default() };
    let listing = Listing::of(&three(), &[], &People::default(), &view);
    let lines: Vec<_> = listing.ids().map(|id| listing.line_of(id)).collect();
    assert!(
        lines.iter().all(|line| matches!(listing.lines.get(*line), Some(Line::Todo { .. }))),
        "{lines:?}"
    );
    assert_eq!((lines[0], listing.line_of(99)), (1, listing.lines.len()));
}

#[test]
fn page_numbers_keep_the_ends_and_the_surroundings() {
    let shown = |page, pages| {
        let numbers = page_numbers(page, pages);
        numbers
            .iter()
            .map(|number| number.map_or("…".into(), |number| number.to_string()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(shown(1, 1), "1");
    assert_eq!(shown(1, 22), "1 2 … 22");
    assert_eq!(shown(4, 22), "1 2 3 4 5 … 22");
    assert_eq!(shown(11, 22), "1 … 10 11 12 … 22");
    assert_eq!(shown(19, 22), "1 … 18 19 20 21 22");
    assert_eq!(shown(3, 4), "1 2 3 4");
}
