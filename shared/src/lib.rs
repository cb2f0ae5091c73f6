//! The wire contract between the BFF and its single-page app.
//!
//! Whatever crosses the wire is defined here once and compiled into both sides: the resources ([`mod@todo`],
//! [`user`], [`page`]), the session ([`session`]) and the way back from signing in ([`return_url`]), many
//! requests in one ([`batch`]), changes on a condition ([`condition`]), the one error body ([`problem`]), what went wrong in the browser ([`report`]) and the table of
//! endpoints ([`endpoint`]). This crate does no I/O and knows neither actix nor Yew.

pub mod batch;
pub mod condition;
pub mod endpoint;
pub mod page;
pub mod problem;
pub mod report;
pub mod return_url;
pub mod session;
pub mod todo;
pub mod user;

pub use batch::{Batch, BatchAnswer, BatchAnswers, BatchItem, BatchLine};
pub use endpoint::{Endpoint, EndpointInfo, Method, Target};
pub use page::{TodoPage, UserPage};
pub use problem::{Problem, ProblemCode};
pub use report::{BrowserReport, ReportKind};
pub use session::{Credentials, OwnSession, OwnSessions, SessionInfo, SessionUser, SignIn, SignedOut};
pub use todo::{CreateTodoData, DeletedTodo, Todo, TodoId, UpdateTodoData};
pub use user::{User, UserId};

/// The path below which the BFF forwards to its upstream.
pub const API_BASE: &str = "/api/server";
