//! Skeletons: bones in the shape of the content that is being loaded.

use query_yew::QueryResult;
use yew::prelude::*;

/// Properties of [`Skeleton`].
#[derive(Properties, PartialEq)]
pub(crate) struct SkeletonProps {
    /// What is loading, for screen readers.
    pub(crate) label: &'static str,
    /// How the query does that loads it.
    pub(crate) progress: Progress,
    /// The bones.
    pub(crate) children: Html,
}

/// How far a query is that has no data yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    failures: u32,
    held_off: bool,
}

impl Progress {
    /// The progress of `query`.
    pub(crate) fn of<T, E>(query: &QueryResult<T, E>) -> Self {
        Self { failures: query.failures, held_off: query.held_off }
    }

    /// The progress of something else, of which so many attempts have failed.
    pub(crate) const fn after(failures: u32) -> Self {
        Self { failures, held_off: false }
    }
}

/// The loading state of a section. After a first failure a notice says that it takes longer, and whether the server has
/// asked for that.
#[component]
pub(crate) fn Skeleton(props: &SkeletonProps) -> Html {
    const NOTICE: &str = "notice notice--alone";
    let SkeletonProps { label, progress, children } = props;
    let (class, text) = match progress.failures {
        _ if progress.held_off => {
            (NOTICE, "Too many requests. The server asks for a short break, then this goes on by itself.")
        }
        0 => ("visually-hidden", *label),
        _ => (NOTICE, "No answer yet. Trying again…"),
    };
    html! {
        <div class="stack" aria-busy="true" data-testid="skeleton">
            <p {class} role="status">{ text }</p>
            <div aria-hidden="true">{ children.clone() }</div>
        </div>
    }
}

/// Properties of [`RowBones`].
#[derive(Properties, PartialEq)]
pub(crate) struct RowBonesProps {
    /// How many.
    pub(crate) count: usize,
}

/// Rows like those of the todo list.
#[component]
pub(crate) fn RowBones(props: &RowBonesProps) -> Html {
    const WIDTHS: [Option<&str>; 3] = [None, Some("bone--long"), Some("bone--short")];
    html! {
        <div class="card todos">
            for index in 0..props.count {
                <div class="todo" key={index}>
                    <span class="bone bone--box"></span>
                    <span class={classes!("bone", "bone--text", WIDTHS[index % WIDTHS.len()])}></span>
                </div>
            }
        </div>
    }
}
