//! The account of the demo, where the server has one and says so.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::dom;

/// The `<meta>` that names it.
const META: &str = "bff-demo-account";

#[derive(Properties, PartialEq)]
pub(crate) struct DemoAccountProps {
    /// The id of the field for the name.
    pub(crate) name_field: &'static str,
    /// The id of the field for the password.
    pub(crate) password_field: &'static str,
}

/// Name and password of the demo, and a button that fills them in.
#[component]
pub(crate) fn DemoAccount(props: &DemoAccountProps) -> Html {
    let account = use_memo((), |()| dom::meta(META).unwrap_or_default());
    let Some((name, password)) = account.split_once(' ') else { return Html::default() };
    let fill = {
        let fields = [props.name_field, props.password_field];
        let values = [name.to_owned(), password.to_owned()];
        move |_: MouseEvent| {
            for (field, value) in fields.iter().zip(&values) {
                if let Some(input) = dom::by_id::<HtmlInputElement>(field) {
                    input.set_value(value);
                }
            }
            dom::announce("Name and password are filled in.");
        }
    };
    html! {
        <div class="stack">
            <p class="hint">{ "This is a demo: sign in as " }<b>{ name }</b>{ ", password " }<b>{ password }</b>{ "." }</p>
            <button type="button" class="button" onclick={fill}>{ "Use the demo account" }</button>
        </div>
    }
}
