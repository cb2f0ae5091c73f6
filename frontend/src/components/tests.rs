//! Components in a real browser: `cargo test -p frontend --target wasm32-unknown-unknown`.

use std::{cell::RefCell, rc::Rc};

use query_yew::{QueryClient, QueryClientProvider, QueryDefaults, query_key};
use shared::{Problem, ProblemCode, SessionInfo, SessionUser, SignIn, Todo};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    Element, Event, EventInit, HtmlElement, HtmlFormElement, HtmlInputElement, KeyboardEvent,
    KeyboardEventInit,
};
use yew::{prelude::*, scheduler};

use super::{
    account::Account,
    boundary::{Boundary, use_fault},
    text_editor::{TextEditor, TextEditorProps},
    todo_row::{Field, RowEvent, TodoRow, TodoRowProps},
};
use crate::{
    api::ApiError,
    app_context::{Fault, Parts},
    dom,
    domain::todo_change::TodoChange,
    pages::SignInPage,
    route::Route,
};

wasm_bindgen_test_configure!(run_in_browser);

/// The calls of a component, in order.
struct Calls<T>(Rc<RefCell<Vec<T>>>);

impl<T: 'static> Calls<T> {
    fn new() -> Self {
        Self(Rc::default())
    }

    fn callback(&self) -> Callback<T> {
        let calls = Rc::clone(&self.0);
        Callback::from(move |call| calls.borrow_mut().push(call))
    }

    fn take(&self) -> Vec<T> {
        self.0.take()
    }
}

async fn mount<C: BaseComponent>(props: C::Properties) -> Element {
    let document = dom::document().unwrap();
    let root = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&root).unwrap();
    yew::Renderer::<C>::with_root_and_props(root.clone(), props).render();
    scheduler::flush().await;
    root
}

fn find<T: JsCast>(root: &Element, selector: &str) -> T {
    root.query_selector(selector).unwrap().unwrap().dyn_into().unwrap()
}

async fn click(root: &Element, selector: &str) {
    find::<HtmlElement>(root, selector).click();
    scheduler::flush().await;
}

fn todo() -> Todo {
    Todo { id: 7, todo: "Water the plants".into(), completed: false, user_id: 5 }
}

fn row(on_event: Callback<RowEvent>) -> TodoRowProps {
    TodoRowProps {
        todo: todo(),
        name: "Ada".into(),
        people: None,
        editing: None,
        selected: None,
        is_passing: false,
        parts: Parts::default(),
        on_event,
    }
}

#[wasm_bindgen_test]
async fn a_row_reports_what_is_done_to_it() {
    let calls = Calls::new();
    let on_event = calls.callback();
    let root = mount::<TodoRow>(row(on_event)).await;
    click(&root, "input[type=checkbox]").await;
    click(&root, "[aria-label='Edit “Water the plants”']").await;
    click(&root, "[aria-label='Delete “Water the plants”']").await;
    assert_eq!(
        calls.take(),
        [RowEvent::Tick(todo(), true), RowEvent::Edit(todo(), Field::Text), RowEvent::Delete(todo())]
    );
}

#[wasm_bindgen_test]
async fn the_checkbox_of_a_row_is_named_by_its_text() {
    let on_event = Callback::noop();
    let root = mount::<TodoRow>(row(on_event)).await;
    let label = find::<Element>(&root, "input").get_attribute("aria-labelledby").unwrap();
    assert_eq!(find::<Element>(&root, &["#", &label].concat()).text_content().unwrap(), "Water the plants");
}

#[wasm_bindgen_test]
async fn a_row_that_passes_by_is_read_and_not_pressed() {
    let root = mount::<TodoRow>(TodoRowProps { is_passing: true, ..row(Callback::noop()) }).await;
    assert_eq!(find::<Element>(&root, "#todo-7").text_content().unwrap(), "Water the plants");
    assert_eq!(find::<Element>(&root, ".todo__person").text_content().unwrap(), "Ada");
    assert!(root.query_selector("button").unwrap().is_none());
}

/// An editor with a cache around it.
#[component]
fn CachedEditor(props: &TextEditorProps) -> Html {
    html! { <QueryClientProvider><TextEditor ..props.clone() /></QueryClientProvider> }
}

async fn editor() -> (Element, Calls<TodoChange>, Calls<()>) {
    let (saved, closed) = (Calls::new(), Calls::new());
    let (on_save, on_close) = (saved.callback(), closed.callback());
    let todo = Todo { todo: "Before".to_owned(), ..todo() };
    let root = mount::<CachedEditor>(TextEditorProps { todo, on_save, on_close }).await;
    (root, saved, closed)
}

async fn submit(root: &Element, text: &str) {
    let input: HtmlInputElement = find(root, "input");
    input.set_value(text);
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    input.dispatch_event(&Event::new_with_event_init_dict("input", &bubbling).unwrap()).unwrap();
    scheduler::flush().await;
    find::<HtmlFormElement>(root, "form").request_submit().unwrap();
    scheduler::flush().await;
}

#[wasm_bindgen_test]
async fn an_editor_saves_the_trimmed_text_and_closes() {
    let (root, saved, closed) = editor().await;
    submit(&root, "  After ").await;
    let saved: Vec<_> = saved.take().into_iter().map(|change| change.data.todo).collect();
    assert_eq!((saved, closed.take().len()), (vec![Some("After".to_owned())], 1));
}

#[wasm_bindgen_test]
async fn an_editor_closes_without_saving_when_nothing_changed() {
    let (root, saved, closed) = editor().await;
    submit(&root, "Before").await;
    assert_eq!((saved.take().len(), closed.take().len()), (0, 1));
}

#[wasm_bindgen_test]
async fn an_editor_stays_open_and_says_why_it_refuses_a_text() {
    let (root, saved, closed) = editor().await;
    submit(&root, "   ").await;
    assert_eq!((saved.take().len(), closed.take().len()), (0, 0));
    assert_eq!(
        find::<Element>(&root, "#editor-hint").text_content().unwrap(),
        "Write what needs to be done."
    );
    assert_eq!(find::<Element>(&root, "input").get_attribute("aria-invalid").as_deref(), Some("true"));
}

#[wasm_bindgen_test]
async fn escape_closes_an_editor() {
    let (root, saved, closed) = editor().await;
    let key = KeyboardEventInit::new();
    key.set_key("Escape");
    key.set_bubbles(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &key).unwrap();
    find::<Element>(&root, "input").dispatch_event(&event).unwrap();
    scheduler::flush().await;
    assert_eq!((saved.take().len(), closed.take().len()), (0, 1));
}

/// A section that fails until it is retried.
#[component]
fn Fragile() -> Html {
    let failed = use_state_eq(|| true);
    let retry = {
        let failed = failed.clone();
        use_callback((), move |(), ()| failed.set(false))
    };
    use_fault(failed.then_some(Fault { error: ApiError::Timeout, retry }));
    html! { <p class="content">{ "Content" }</p> }
}

#[component]
fn Guarded() -> Html {
    html! { <QueryClientProvider><Boundary><Fragile /></Boundary></QueryClientProvider> }
}

#[wasm_bindgen_test]
async fn boundary_shows_a_fault_in_place_of_its_children_until_a_retry_works() {
    let root = mount::<Guarded>(()).await;
    assert_eq!(find::<Element>(&root, "[role=alert] h2").text_content().unwrap(), "That took too long");
    assert!(find::<HtmlElement>(&root, ".boundary__inside").hidden());
    click(&root, "[role=alert] button").await;
    assert!(root.query_selector("[role=alert]").unwrap().is_none());
    assert!(!find::<HtmlElement>(&root, ".boundary__inside").hidden());
}

#[component]
fn InNeedOfStepUp() -> Html {
    let mut problem = Problem::new(ProblemCode::StepUpRequired, 401, "", "r-1");
    (problem.acr_values, problem.max_age) = (Some(vec!["urn:example:mfa".to_owned()]), Some(600));
    use_fault(Some(Fault { error: ApiError::Problem(Rc::new(problem)), retry: Callback::noop() }));
    Html::default()
}

#[component]
fn GuardedByStepUp() -> Html {
    html! { <QueryClientProvider><Boundary><InNeedOfStepUp /></Boundary></QueryClientProvider> }
}

#[wasm_bindgen_test]
async fn a_step_up_is_offered_as_a_link_to_the_sign_in_that_is_needed() {
    let root = mount::<GuardedByStepUp>(()).await;
    assert_eq!(find::<Element>(&root, "[role=alert] h2").text_content().unwrap(), "Confirm it is you");
    let link = find::<Element>(&root, "[role=alert] a");
    assert_eq!(link.text_content().unwrap(), "Confirm it is you");
    let href = link.get_attribute("href").unwrap();
    assert!(
        href.starts_with("/bff/login?acr_values=urn%3Aexample%3Amfa&max_age=600&returnUrl=%2F"),
        "{href}"
    );
    assert!(root.query_selector("[role=alert] button").unwrap().is_none(), "trying again is no use");
}

#[derive(Properties, PartialEq)]
struct SessionProps {
    session: SessionInfo,
}

/// The top bar's part and the sign-in of a page whose session is known.
#[component]
fn InSession(props: &SessionProps) -> Html {
    let client = use_memo((), |()| {
        let client = QueryClient::new(QueryDefaults::default());
        client.set_data(&query_key!["session"], props.session.clone());
        client
    });
    html! {
        <QueryClientProvider client={(*client).clone()}>
            <Account route={Route::Todo(7)} />
            <SignInPage return_url="/todos?page=2" />
        </QueryClientProvider>
    }
}

fn signed_out(sign_in: SignIn, provider: Option<&str>) -> SessionInfo {
    SessionInfo { user: None, expires_at: None, sign_in, provider: provider.map(str::to_owned) }
}

#[wasm_bindgen_test]
async fn a_provider_is_one_link_that_the_server_answers_and_no_form() {
    let session = signed_out(SignIn::Provider, Some("Example"));
    let root = mount::<InSession>(SessionProps { session }).await;
    let link = find::<Element>(&root, ".sign-in a.button--primary");
    assert_eq!(link.text_content().unwrap(), "Continue with Example");
    assert_eq!(link.get_attribute("href").unwrap(), "/bff/login?returnUrl=%2Ftodos%3Fpage%3D2");
    assert!(root.query_selector("input").unwrap().is_none());
    let bar = find::<Element>(&root, ".account a");
    assert_eq!(bar.get_attribute("href").unwrap(), "/login?returnUrl=%2Ftodos%2F7");
}

#[wasm_bindgen_test]
async fn name_and_password_are_fields_that_a_password_manager_knows() {
    let session = signed_out(SignIn::Form, None);
    let root = mount::<InSession>(SessionProps { session }).await;
    let hint = |selector| find::<Element>(&root, selector).get_attribute("autocomplete").unwrap();
    assert_eq!(hint("#username"), "username");
    assert_eq!(hint("#password"), "current-password");
    click(&root, "[aria-label='Show password']").await;
    assert_eq!(find::<HtmlInputElement>(&root, "#password").type_(), "text");
    click(&root, "[aria-label='Hide password']").await;
    assert_eq!(find::<HtmlInputElement>(&root, "#password").type_(), "password");
}

#[wasm_bindgen_test]
async fn whoever_is_signed_in_is_named_and_not_asked_for_a_password() {
    let user = SessionUser { id: "1".into(), username: "ada".into(), name: "Ada Okafor".into() };
    let session = SessionInfo { user: Some(user), ..signed_out(SignIn::Form, None) };
    let root = mount::<InSession>(SessionProps { session }).await;
    assert_eq!(find::<Element>(&root, ".sign-in h1").text_content().unwrap(), "You’re signed in");
    assert!(root.query_selector("input").unwrap().is_none());
    let menu = find::<Element>(&root, ".account button");
    assert_eq!(menu.get_attribute("aria-label").unwrap(), "Account: Ada Okafor");
    assert_eq!(menu.get_attribute("popovertarget").unwrap(), find::<Element>(&root, "[popover]").id());
}
