//! The command palette: everything that can be gone to or done, found by typing a part of its name.

use shared::Todo;
use web_sys::{HtmlInputElement, InputEvent, KeyboardEvent};
use yew::prelude::*;

use super::modal::Modal;
use crate::{
    app_context::{PaletteAction, Wanted, use_changes},
    domain::{listing::newest_first, text::Needle},
    hooks::use_saved_views,
    queries::{use_people, use_session, use_todos},
    route::{
        Route,
        router::{Entry, go},
        view::{StateFilter, TodosView},
    },
};

/// The most entries that are offered at once.
const OFFERED_MAX: usize = 9;

/// The most of these that are todos.
const TODOS_MAX: usize = 5;

const LIST: &str = "palette-list";

/// What an entry does.
#[derive(Clone, PartialEq)]
enum Action {
    Go(Route),
    PaletteAction(PaletteAction),
    SignOut,
}

/// One line of the palette.
#[derive(Clone, PartialEq)]
struct Command {
    /// What kind of thing it is.
    kind: &'static str,
    name: AttrValue,
    action: Action,
}

/// Properties of [`Palette`].
#[derive(Properties, PartialEq)]
pub(crate) struct PaletteProps {
    /// Called when the palette has been closed.
    pub(crate) on_close: Callback<()>,
    /// Called with what others do.
    pub(crate) on_action: Callback<PaletteAction>,
}

/// A field, and below it what fits the text in it. The arrows choose, Enter does it.
#[component]
pub(crate) fn Palette(props: &PaletteProps) -> Html {
    let typed = use_state_eq(String::new);
    let chosen = use_state_eq(|| 0_usize);
    let commands = use_commands(&typed);
    let changes = use_changes();
    let place = (*chosen).min(commands.len().saturating_sub(1));

    let run = {
        let (on_close, on_action) = (props.on_close.clone(), props.on_action.clone());
        Callback::from(move |action: Action| {
            // First, since closing gives the focus back.
            on_close.emit(());
            match action {
                Action::Go(route) => go(&route, Entry::Push),
                Action::PaletteAction(wish) => on_action.emit(wish),
                Action::SignOut => changes.make(Wanted::SignOut),
            }
        })
    };
    let oninput = {
        let (typed, chosen) = (typed.clone(), chosen.clone());
        move |event: InputEvent| {
            typed.set(event.target_unchecked_into::<HtmlInputElement>().value());
            chosen.set(0);
        }
    };
    let onkeydown = {
        let (count, run) = (commands.len().max(1), run.clone());
        let action = commands.get(place).map(|command| command.action.clone());
        move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" => chosen.set((place + 1) % count),
                "ArrowUp" => chosen.set((place + count - 1) % count),
                "Enter" => action.iter().cloned().for_each(|action| run.emit(action)),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let option_id = |place: usize| "palette-".to_owned() + &place.to_string();
    html! {
        <Modal label="Commands" on_close={props.on_close.clone()}>
            <input class="field palette__field" type="text" role="combobox" aria-label="Search commands and todos"
                placeholder="Go to, do, find…" autocomplete="off" aria-expanded="true" aria-controls={LIST}
                aria-autocomplete="list" dir="auto" value={(*typed).clone()} {oninput} {onkeydown}
                aria-activedescendant={(!commands.is_empty()).then(|| option_id(place))} />
            <div id={LIST} class="palette" role="listbox" aria-label="Commands">
                for (number, command) in commands.iter().enumerate() {
                    <div key={number} id={option_id(number)} role="option"
                        class={classes!("palette__option", (number == place).then_some("palette__option--chosen"))}
                        aria-selected={if number == place { "true" } else { "false" }}
                        onclick={
                            let action = command.action.clone();
                            run.reform(move |_: MouseEvent| action.clone())
                        }>
                        <bdi>{ command.name.clone() }</bdi><span class="hint">{ command.kind }</span>
                    </div>
                }
            </div>
            // The page's own live region is behind the dialog, and is not heard.
            <p class="hint" role="status">{ commands.is_empty().then_some("Nothing found.") }</p>
        </Modal>
    }
}

/// What fits the text.
#[hook]
fn use_commands(typed: &str) -> Vec<Command> {
    let people = use_people();
    let todos = use_todos().data;
    let session = use_session().data;
    let (views, _) = use_saved_views();
    let typed = typed.trim();
    let wanted = Needle::new(typed);

    let go_to = |kind, name: AttrValue, route| Command { kind, name, action: Action::Go(route) };
    let page = |name, route| go_to("Page", AttrValue::Static(name), route);
    let wish = |name, wish| Command {
        kind: "Command",
        name: AttrValue::Static(name),
        action: Action::PaletteAction(wish),
    };
    let list = |view| Route::Todos(view);
    let state = |state| list(TodosView { state, ..TodosView::default() });
    let mut commands = vec![
        wish("New todo", PaletteAction::NewTodo),
        page("Overview", Route::Overview),
        page("Todos", list(TodosView::default())),
        page("Open todos", state(StateFilter::Open)),
        page("Done todos", state(StateFilter::Done)),
        page("History", Route::History),
        wish("Switch the theme", PaletteAction::Theme),
        wish("Keyboard shortcuts", PaletteAction::Shortcuts),
    ];
    if session.is_some_and(|session| session.user.is_some()) {
        commands.push(page("Your sessions", Route::Sessions));
        commands.push(Command { kind: "Command", name: "Sign out".into(), action: Action::SignOut });
    } else {
        commands.push(page("Sign in", Route::SignIn("/".to_owned())));
    }
    for (name, view) in views.iter() {
        commands.push(go_to("View", name.clone().into(), list(view.clone())));
    }
    if !typed.is_empty() {
        for (id, name) in people.iter() {
            commands.push(go_to(
                "Person",
                name.clone(),
                list(TodosView { person: Some(*id), ..TodosView::default() }),
            ));
        }
    }
    commands.retain(|command| wanted.is_in(&command.name));
    if !typed.is_empty() {
        let todos = todos.as_ref().map_or(&[] as &[Todo], |page| &page.todos);
        let found = newest_first(todos.iter()).filter(|todo| wanted.is_in(&todo.todo)).take(TODOS_MAX);
        commands.truncate(OFFERED_MAX - 1);
        commands.extend(found.map(|todo| go_to("Todo", todo.todo.clone().into(), Route::Todo(todo.id))));
        commands.truncate(OFFERED_MAX - 1);
        let search = TodosView { search: typed.to_owned(), ..TodosView::default() };
        commands.push(go_to("Search", ["Search todos for “", typed, "”"].concat().into(), list(search)));
    }
    commands.truncate(OFFERED_MAX);
    commands
}
