//! The sign-in: a form, or the way to a provider.

use shared::{Credentials, ProblemCode, SessionInfo, SessionUser, SignIn, session::LOGIN_PATH};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::fault_of;
use crate::{
    api::ApiError,
    base_path::{inside, outside},
    components::{
        boundary::{Boundary, use_fault},
        click::on_click,
        frame::brand_mark,
        heading::{heading, hidden_heading},
        person::person,
        skeleton::{rows, skeleton},
    },
    dom,
    domain::time,
    hooks::{ValueHandle, use_value},
    queries::{ENDED, SigningIn, take_has_ended, use_session, use_sign_in, use_sign_out},
    route::{
        Route,
        router::{Entry, go, link},
        with_return_url,
    },
};

const TITLE: &str = "Sign in";

const NAME: &str = "username";
const PASSWORD: &str = "password";
const ERROR: &str = "sign-in-error";

#[derive(Properties, PartialEq)]
struct SignInProps {
    /// The address to go to afterwards.
    return_url: String,
}

/// The sign-in, which leads to `return_url`.
pub(crate) fn sign_in_page(return_url: String) -> Html {
    html! {
        <div class="page__body sign-in" key="sign-in">
            <Boundary title={TITLE}><Card {return_url} /></Boundary>
        </div>
    }
}

/// The reason why a sign-in failed, and the field to mend.
#[derive(Clone, PartialEq)]
struct FormError {
    field: Option<&'static str>,
    message: String,
}

#[component]
fn Card(props: &SignInProps) -> Html {
    let return_url = &props.return_url;
    let session = use_session();
    let sign_in = use_sign_in();
    let sign_out = use_sign_out();
    let ended = use_value(take_has_ended).get();
    let visible = use_value(bool::default);
    let error = use_value(|| None::<FormError>);
    use_fault(fault_of(&session));
    let content = match session.data.as_deref() {
        None => {
            html! { <>{ hidden_heading(TITLE) }{ skeleton("Loading…", session.failures, session.held_off, rows(2)) }</> }
        }
        Some(SessionInfo { user: Some(user), .. }) => signed_in(user, return_url, &sign_out),
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
        Some(_) => form(return_url, &sign_in, &visible, &error),
    };
    html! {
        <div class="card sign-in__card">
            { brand_mark() }
            if ended { <p class="notice">{ ENDED }</p> }
            { content }
        </div>
    }
}

fn signed_in(user: &SessionUser, return_url: &str, sign_out: &Callback<()>) -> Html {
    html! {
        <>
            { heading("You’re signed in") }
            { person(user.id.parse().unwrap_or_default(), &AttrValue::from(user.name.clone())) }
            { link(&Route::after_sign_in(&inside(return_url)), "button button--primary", html! { "Continue" }) }
            <button type="button" class="button" onclick={on_click(sign_out)}>{ "Sign out" }</button>
        </>
    }
}

/// Name and password. They stay in their fields, which the browser looks after, until they are sent.
fn form(
    return_url: &str,
    sign_in: &SigningIn,
    visible: &ValueHandle<bool>,
    error: &ValueHandle<Option<FormError>>,
) -> Html {
    let (shown, shown_error, pending) = (visible.get(), error.get(), sign_in.is_pending());
    let onsubmit = {
        let (return_url, sign_in, error) = (return_url.to_owned(), sign_in.clone(), error.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if !pending {
                submit(&return_url, &sign_in, &error);
            }
        }
    };
    let toggle = {
        let visible = visible.clone();
        move |_: MouseEvent| visible.set(!shown)
    };
    let invalid = |id| shown_error.as_ref().is_some_and(|shown_error| shown_error.field == Some(id));
    let (kind, action, label) =
        if shown { ("text", "Hide", "Hide password") } else { (PASSWORD, "Show", "Show password") };
    let reveal = html! {
        <button type="button" class="button button--quiet" onclick={toggle} aria-label={label}>{ action }</button>
    };
    html! {
        <form class="stack" {onsubmit} novalidate=true>
            { heading(TITLE) }
            { field(NAME, "Name", "text", NAME, invalid(NAME), Html::default()) }
            { field(PASSWORD, "Password", kind, "current-password", invalid(PASSWORD), reveal) }
            <p id={ERROR} class="hint hint--error" role="alert">{ shown_error.map(|shown_error| shown_error.message) }</p>
            <button class="button button--primary" aria-disabled={pending.then_some("true")}>
                { if pending { "Signing in…" } else { TITLE } }
            </button>
        </form>
    }
}

fn field(
    id: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    invalid: bool,
    beside: Html,
) -> Html {
    html! {
        <div class="secret">
            <label class="label" for={id}>{ label }</label>
            <input {id} class="field" name={id} type={kind} {autocomplete} autocapitalize="none" spellcheck="false"
                aria-invalid={invalid.then_some("true")} aria-describedby={ERROR} />
            { beside }
        </div>
    }
}

fn submit(return_url: &str, sign_in: &SigningIn, error: &ValueHandle<Option<FormError>>) {
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
    let (error, return_url) = (error.clone(), return_url.to_owned());
    let done = move |result: Result<SessionInfo, ApiError>| match result {
        Ok(info) => {
            go(&Route::after_sign_in(&inside(&return_url)), Entry::Replace);
            let name = info.user.as_ref().map(|user| user.name.as_str()).unwrap_or_default();
            dom::announce(&["Signed in as ", name].concat());
        }
        Err(err) => show_error(&error, err.is_unauthenticated().then_some(PASSWORD), explain(&err)),
    };
    sign_in.start(Credentials { username, password }, done);
}

/// Says why, and moves the focus to the field to mend.
fn show_error(error: &ValueHandle<Option<FormError>>, field: Option<&'static str>, message: String) {
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
