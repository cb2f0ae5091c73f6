//! The sign-in: a form, or the way to a provider.

use query_yew::{MutationHandle, MutationResult};
use shared::{Credentials, ProblemCode, SessionInfo, SessionUser, SignIn, session::LOGIN_PATH};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::fault_of;
use crate::{
    api::ApiError,
    app_context::{Wanted, use_changes},
    base_path::{inside, outside},
    components::{
        bar::brand_mark,
        boundary::{Boundary, use_fault},
        demo_account::DemoAccount,
        heading::{heading, hidden_heading},
        person::person,
        skeleton::{Progress, RowBones, Skeleton},
    },
    dom,
    domain::time,
    queries::{ENDED, error_of, use_has_ended, use_session, use_sign_in},
    route::{
        Route,
        router::{Entry, Link, go},
        with_return_url,
    },
};

const TITLE: &str = "Sign in";

const NAME: &str = "username";
const PASSWORD: &str = "password";
const ERROR: &str = "sign-in-error";

/// Properties of [`SignInPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct SignInPageProps {
    /// The address to go to afterwards.
    pub(crate) return_url: AttrValue,
}

/// The sign-in, which leads to `return_url`.
#[component]
pub(crate) fn SignInPage(props: &SignInPageProps) -> Html {
    html! {
        <div class="page__body sign-in">
            <Boundary title={TITLE}><Card return_url={props.return_url.clone()} /></Boundary>
        </div>
    }
}

#[component]
fn Card(props: &SignInPageProps) -> Html {
    let return_url = &props.return_url;
    let session = use_session();
    let has_ended = use_has_ended();
    use_fault(fault_of(&session));
    let content = match session.data.as_deref() {
        None => html! {
            <>
                { hidden_heading(TITLE) }
                <Skeleton label="Loading…" progress={Progress::of(&session)}><RowBones count={2} /></Skeleton>
            </>
        },
        Some(SessionInfo { user: Some(user), .. }) => {
            html! { <SignedIn user={user.clone()} return_url={return_url.clone()} /> }
        }
        Some(SessionInfo { sign_in: SignIn::Provider, provider, .. }) => {
            // Not a link of the app: the server has to answer it.
            html! {
                <>
                    { heading(TITLE) }
                    <a class="button button--primary" href={outside(&with_return_url(LOGIN_PATH, return_url))}>
                        { "Continue with " }{ provider.clone().unwrap_or_else(|| "your provider".to_owned()) }
                    </a>
                </>
            }
        }
        Some(_) => html! { <Form return_url={return_url.clone()} /> },
    };
    html! {
        <div class="card sign-in__card">
            { brand_mark() }
            if has_ended { <p class="notice">{ ENDED }</p> }
            { content }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SignedInProps {
    user: SessionUser,
    return_url: AttrValue,
}

#[component]
fn SignedIn(props: &SignedInProps) -> Html {
    let SignedInProps { user, return_url } = props;
    let changes = use_changes();
    html! {
        <>
            { heading("You’re signed in") }
            { person(user.id.parse().unwrap_or_default(), &AttrValue::from(user.name.clone())) }
            <Link to={Route::after_sign_in(&inside(return_url))} class="button button--primary">{ "Continue" }</Link>
            <button type="button" class="button" onclick={move |_: MouseEvent| changes.make(Wanted::SignOut)}>{ "Sign out" }</button>
        </>
    }
}

/// The reason why a sign-in failed, and the field to mend.
#[derive(Clone, PartialEq)]
struct FormError {
    field: Option<&'static str>,
    message: String,
}

/// Name and password. They stay in their fields, which the browser looks after, until they are sent.
#[component]
fn Form(props: &SignInPageProps) -> Html {
    let sign_in = use_sign_in();
    let visible = use_state_eq(|| false);
    let error = use_state_eq(|| None::<FormError>);
    let (shown, pending) = (*visible, sign_in.pending);
    let onsubmit = {
        let (return_url, error) = (props.return_url.clone(), error.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if !pending {
                submit(&return_url, &sign_in, &error);
            }
        }
    };
    let toggle = move |_: MouseEvent| visible.set(!shown);
    let invalid = |id| error.as_ref().is_some_and(|error| error.field == Some(id));
    let (kind, action, label) =
        if shown { ("text", "Hide", "Hide password") } else { (PASSWORD, "Show", "Show password") };
    html! {
        <form class="stack" {onsubmit} novalidate=true>
            { heading(TITLE) }
            <Field id={NAME} label="Name" kind="text" autocomplete={NAME} invalid={invalid(NAME)} />
            <Field id={PASSWORD} label="Password" {kind} autocomplete="current-password" invalid={invalid(PASSWORD)}>
                <button type="button" class="button button--quiet" onclick={toggle} aria-label={label}>{ action }</button>
            </Field>
            <p id={ERROR} class="hint hint--error" role="alert">
                { error.as_ref().map(|error| error.message.clone()) }
            </p>
            <button class="button button--primary" aria-disabled={pending.then_some("true")}>
                { if pending { "Signing in…" } else { TITLE } }
            </button>
            <DemoAccount name_field={NAME} password_field={PASSWORD} />
        </form>
    }
}

#[derive(Properties, PartialEq)]
struct FieldProps {
    id: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    invalid: bool,
    /// Beside the field.
    #[prop_or_default]
    children: Html,
}

#[component]
fn Field(props: &FieldProps) -> Html {
    let FieldProps { id, label, kind, autocomplete, invalid, children } = props;
    html! {
        <div class="secret">
            <label class="label" for={*id}>{ label }</label>
            <input id={*id} class="field" name={*id} type={*kind} autocomplete={*autocomplete} autocapitalize="none"
                spellcheck="false" aria-invalid={invalid.then_some("true")} aria-describedby={ERROR} />
            { children.clone() }
        </div>
    }
}

fn submit(
    return_url: &AttrValue,
    sign_in: &MutationHandle<Credentials, SessionInfo, ApiError>,
    error: &UseStateHandle<Option<FormError>>,
) {
    let [username, password] = [NAME, PASSWORD]
        .map(|id| dom::by_id::<HtmlInputElement>(id).map(|input| input.value()).unwrap_or_default());
    let username = username.trim().to_owned();
    if username.is_empty() {
        return show_error(error, Some(NAME), "Enter your name.".to_owned());
    }
    if password.is_empty() {
        return show_error(error, Some(PASSWORD), "Enter your password.".to_owned());
    }
    // An alert is only read out when it changes.
    error.set(None);
    let (error, return_url) = (error.clone(), return_url.clone());
    let done = Callback::from(move |result: MutationResult<SessionInfo, ApiError>| match result {
        Ok(info) => {
            go(&Route::after_sign_in(&inside(&return_url)), Entry::Replace);
            let name = info.user.as_ref().map(|user| user.name.as_str()).unwrap_or_default();
            dom::announce(&["Signed in as ", name].concat());
        }
        Err(fault) => {
            let err = error_of(&fault);
            show_error(&error, err.is_unauthenticated().then_some(PASSWORD), explain(&err));
        }
    });
    sign_in.mutate_with(Credentials { username, password }, done);
}

/// Says why, and moves the focus to the field to mend.
fn show_error(error: &UseStateHandle<Option<FormError>>, field: Option<&'static str>, message: String) {
    error.set(Some(FormError { field, message }));
    if let Some(input) = field.and_then(dom::by_id::<HtmlInputElement>) {
        // Focus fails only on elements that are gone.
        let _ = input.focus();
        input.select();
    }
}

/// An error and its remedy in one line.
fn explain(err: &ApiError) -> String {
    match err {
        ApiError::RateLimited { wait } => {
            let wait = wait.map_or_else(|| "a moment".to_owned(), |wait| time::wait(wait.as_secs()));
            ["Too many attempts. Try again in ", &wait, "."].concat()
        }
        ApiError::Offline => "You’re offline. Check your connection and try again.".to_owned(),
        ApiError::Problem(problem)
            if matches!(
                problem.code,
                ProblemCode::Unauthenticated | ProblemCode::Forbidden | ProblemCode::InvalidRequest
            ) =>
        {
            problem.detail.clone()
        }
        err => {
            let words = err.explain();
            [words.title, ". ", words.advice].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{rc::Rc, time::Duration};

    use shared::Problem;

    use super::*;

    fn problem(code: ProblemCode, status: u16, detail: &str) -> ApiError {
        ApiError::Problem(Rc::new(Problem::new(code, status, detail, "r1")))
    }

    #[test]
    fn a_refused_sign_in_is_explained_by_the_server() {
        let wrong = problem(ProblemCode::Unauthenticated, 401, "The name or the password is wrong.");
        assert_eq!(explain(&wrong), "The name or the password is wrong.");
    }

    #[test]
    fn too_many_attempts_say_when_to_come_back() {
        let wait = Some(Duration::from_secs(42));
        assert_eq!(explain(&ApiError::RateLimited { wait }), "Too many attempts. Try again in 42 seconds.");
        let unknown = ApiError::RateLimited { wait: None };
        assert_eq!(explain(&unknown), "Too many attempts. Try again in a moment.");
    }

    #[test]
    fn a_network_that_is_away_is_not_blamed_on_the_password() {
        assert_eq!(explain(&ApiError::Offline), "You’re offline. Check your connection and try again.");
        assert!(explain(&ApiError::Timeout).starts_with("That took too long. "));
        let down = problem(ProblemCode::UpstreamUnreachable, 502, "");
        assert!(explain(&down).starts_with("The service behind this is down. "));
    }
}
