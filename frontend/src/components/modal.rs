//! A dialog over the page. The browser keeps the focus in it, closes it on Escape, and gives the focus back.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// Properties of [`Modal`].
#[derive(Properties, PartialEq)]
pub(crate) struct ModalProps {
    /// Its name.
    pub(crate) label: &'static str,
    /// Its content.
    pub(crate) children: Html,
    /// Called when it has been closed.
    pub(crate) on_close: Callback<()>,
}

/// A dialog that is open for as long as it is there.
#[component]
pub(crate) fn Modal(props: &ModalProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // Fails only where it is open already.
                let _ = dialog.show_modal();
            }
            // Closing gives the focus back to where it was.
            move || dialog.iter().for_each(HtmlDialogElement::close)
        });
    }
    let onclose = props.on_close.reform(|_: Event| ());
    let onclick = {
        let (node, on_close) = (node.clone(), props.on_close.clone());
        // The dialog itself is hit only beside its content, on the backdrop.
        move |event: MouseEvent| {
            if event.target().map(Into::into) == node.get().map(wasm_bindgen::JsValue::from) {
                on_close.emit(());
            }
        }
    };
    html! {
        <dialog ref={node} class="modal card" aria-label={props.label} {onclose} {onclick}>
            <div class="modal__inside">{ props.children.clone() }</div>
        </dialog>
    }
}
