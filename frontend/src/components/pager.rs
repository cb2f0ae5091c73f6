//! Goes through the pages of a list.

use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::domain::listing::page_numbers;

/// Properties of [`Pager`].
#[derive(Properties, PartialEq)]
pub(crate) struct PagerProps {
    /// The page that is shown, from 1.
    pub(crate) page: usize,
    /// How many pages there are.
    pub(crate) pages: usize,
    /// Called with the page to go to.
    pub(crate) on_page: Callback<usize>,
}

/// Previous, numbers (on narrow screens only which of how many), next. An empty place for a single page.
#[component]
pub(crate) fn Pager(props: &PagerProps) -> Html {
    let PagerProps { page, pages, on_page } = props;
    let (page, pages) = (*page, *pages);
    if pages < 2 {
        return html! { <div></div> };
    }
    let to = |page: usize| on_page.reform(move |_: MouseEvent| page);
    html! {
        <nav class="pager" aria-label="Pages">
            <button type="button" class="button button--quiet" disabled={page == 1} onclick={to(page - 1)}>
                { icon(Glyph::Back) }{ "Previous" }
            </button>
            <span class="pager__compact tabular">{ "Page " }{ page }{ " of " }{ pages }</span>
            <ol class="pager__pages">
                for (place, number) in page_numbers(page, pages).into_iter().enumerate() {
                    <li key={place}>
                        if let Some(number) = number {
                            <button type="button" class="button button--quiet pager__page" onclick={to(number)}
                                aria-label={"Page ".to_owned() + &number.to_string()}
                                aria-current={(number == page).then_some("page")}>
                                { number }
                            </button>
                        } else {
                            <span class="pager__gap" aria-hidden="true">{ "…" }</span>
                        }
                    </li>
                }
            </ol>
            <button type="button" class="button button--quiet" disabled={page == pages} onclick={to(page + 1)}>
                { "Next" }{ icon(Glyph::Next) }
            </button>
        </nav>
    }
}
