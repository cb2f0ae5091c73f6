//! A person: with initials, and to choose from.

use std::rc::Rc;

use shared::UserId;
use web_sys::{Event, HtmlSelectElement};
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::domain::people::{People, initials};

/// How many colours `controls.css` has for people.
const COLOURS: u64 = 6;

const COLOUR_CLASSES: [&str; COLOURS as usize] =
    ["colour--0", "colour--1", "colour--2", "colour--3", "colour--4", "colour--5"];

fn colour(id: UserId) -> &'static str {
    COLOUR_CLASSES[usize::try_from(id % COLOURS).unwrap_or_default()]
}

/// The initials of a person in a colour of their own. The style sheet writes them: they are a picture, and no text of the name.
pub(crate) fn avatar(id: UserId, name: &str) -> Html {
    html! { <span class={classes!("avatar", colour(id))} data-initials={initials(name)} aria-hidden="true"></span> }
}

/// Initials and name. One element, as there is one in each row of a list.
pub(crate) fn person(id: UserId, name: &AttrValue) -> Html {
    html! { <bdi class={classes!("person", colour(id))} data-initials={initials(name)}>{ name.clone() }</bdi> }
}

/// Properties of [`PersonSelect`].
#[derive(Properties, PartialEq)]
pub(crate) struct PersonSelectProps {
    /// Id, for its label.
    pub(crate) id: AttrValue,
    /// All people.
    pub(crate) people: Rc<People>,
    /// The chosen person.
    pub(crate) value: Option<UserId>,
    /// The option for no person. Without it a person has to be chosen.
    #[prop_or_default]
    pub(crate) empty_option: Option<AttrValue>,
    /// `aria-label`, if there is no visible one.
    #[prop_or_default]
    pub(crate) label: Option<AttrValue>,
    /// Whether the choice is refused.
    #[prop_or_default]
    pub(crate) invalid: bool,
    /// Id of the text that says why.
    #[prop_or_default]
    pub(crate) described_by: Option<AttrValue>,
    /// Whether it takes the focus when it appears.
    #[prop_or_default]
    pub(crate) focused: bool,
    /// Called with the choice.
    pub(crate) on_change: Callback<Option<UserId>>,
}

/// A list to choose a person from.
#[component]
pub(crate) fn PersonSelect(props: &PersonSelectProps) -> Html {
    let node = use_node_ref();
    {
        // Yew writes `selected` as an attribute, which browsers ignore after the first choice by hand.
        let node = node.clone();
        use_effect_with((props.value, props.people.clone()), move |(value, _)| {
            if let Some(select) = node.cast::<HtmlSelectElement>() {
                select.set_value(&value.map(|id| id.to_string()).unwrap_or_default());
            }
        });
    }
    {
        let node = node.clone();
        use_effect_with((), {
            let focused = props.focused;
            move |()| {
                if focused && let Some(select) = node.cast::<HtmlSelectElement>() {
                    // Focus fails only on elements that are gone.
                    let _ = select.focus();
                }
            }
        });
    }
    let onchange = props.on_change.reform(|event: Event| {
        event.target_dyn_into::<HtmlSelectElement>().and_then(|select| select.value().parse().ok())
    });
    // A person who is not in the list (yet) can still be the choice.
    let unlisted = props.value.filter(|id| !props.people.iter().any(|(known, _)| known == id));
    html! {
        <div class="select">
            <select ref={node} id={props.id.clone()} class="field" {onchange} aria-label={props.label.clone()}
                aria-invalid={props.invalid.then_some("true")} aria-describedby={props.described_by.clone()}>
                if let Some(empty_option) = &props.empty_option {
                    <option value="">{ empty_option.clone() }</option>
                }
                if let Some(id) = unlisted {
                    <option value={id.to_string()}>{ props.people.name(id) }</option>
                }
                for (id, name) in props.people.iter() {
                    <option key={*id} value={id.to_string()}>{ name.clone() }</option>
                }
            </select>
            { icon(Glyph::Down) }
        </div>
    }
}
