//! In a browser whose network is scripted.

use std::cell::{Cell, RefCell};

use js_sys::{Promise, eval};
use serde_json::{Value, json};
use shared::{Problem, ProblemCode, Todo, TodoId, UpdateTodoData, batch::DEFAULT_MAX_ITEMS};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;
use yew::Callback;

use super::*;
use crate::api::{ApiError, session_end, todos};

/// Takes the network's place and the clock's: nothing is answered, and no time runs out, but as the test says.
const SCRIPT: &str = r#"
    window.network = { asked: [], limits: [] };
    AbortSignal.timeout = (milliseconds) => {
        const limit = new AbortController();
        network.limits.push({ milliseconds, expire: () => limit.abort(new DOMException("", "TimeoutError")) });
        return limit.signal;
    };
    window.fetch = (request) => new Promise((resolve, reject) => {
        const { pathname, search } = new URL(request.url);
        const entry = { line: `${request.method} ${pathname}${search}`, accept: request.headers.get("accept"), request };
        entry.answer = (status, fields, body) => {
            const stream = new ReadableStream({ start: (controller) => { entry.stream = controller; } });
            resolve(new Response(body ?? stream, { status, headers: fields }));
        };
        entry.fail = (reason) => { reject(reason); try { entry.stream?.error(reason); } catch {} };
        if (request.signal.aborted) entry.fail(request.signal.reason);
        request.signal.addEventListener("abort", () => entry.fail(request.signal.reason));
        network.asked.push(entry);
    });
"#;

fn js(script: &str) -> JsValue {
    eval(script).unwrap()
}

fn js_text(script: &str) -> String {
    js(script).as_string().unwrap()
}

struct Network;

impl Network {
    fn scripted() -> Self {
        limit_batch_size(DEFAULT_MAX_ITEMS);
        js(SCRIPT);
        Self
    }

    /// The requests so far, when there are `count` of them and no more come.
    async fn requests(&self, count: usize) -> Vec<String> {
        let lines = || -> Vec<String> {
            serde_json::from_str(&js_text("JSON.stringify(network.asked.map((entry) => entry.line))"))
                .unwrap()
        };
        until("the requests", || lines().len() >= count).await;
        turn().await;
        assert_eq!(lines().len(), count, "{:?}", lines());
        lines()
    }

    /// The items in the body of the `index`th request.
    async fn items(&self, index: usize) -> Vec<String> {
        let body = js(&format!("network.asked[{index}].request.clone().text()")).unchecked_into::<Promise>();
        let body = JsFuture::from(body).await.unwrap().as_string().unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let items = body["requests"].as_array().unwrap();
        items
            .iter()
            .map(|item| format!("{} {}", item["method"].as_str().unwrap(), item["url"].as_str().unwrap()))
            .collect()
    }

    /// Answers the `index`th request; without a body it is fed later.
    fn answer(&self, index: usize, status: u16, fields: Value, body: Option<&str>) {
        js(&format!("network.asked[{index}].answer({status}, {fields}, {})", json!(body)));
    }

    fn feed(&self, index: usize, text: &str) {
        js(&format!("network.asked[{index}].stream.enqueue(new TextEncoder().encode({}))", json!(text)));
    }

    fn end(&self, index: usize) {
        js(&format!("network.asked[{index}].stream.close()"));
    }

    fn is_aborted(&self, index: usize) -> bool {
        js(&format!("network.asked[{index}].request.signal.aborted")).is_truthy()
    }
}

/// Lets everything happen that is due.
async fn turn() {
    let due = js("new Promise((resolve) => setTimeout(resolve, 0))").unchecked_into::<Promise>();
    JsFuture::from(due).await.unwrap();
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        turn().await;
    }
    panic!("waited for {what}");
}

/// A read under way.
struct Reading {
    controller: AbortController,
    outcome: Rc<RefCell<Option<Result<Todo, ApiError>>>>,
}

impl Reading {
    fn of(id: TodoId) -> Self {
        let controller = AbortController::new().unwrap();
        let outcome = Rc::new(RefCell::new(None));
        let (signal, slot) = (controller.signal(), Rc::clone(&outcome));
        spawn_local(async move {
            let result = todos::get(id, &signal).await;
            slot.replace(Some(result));
        });
        Self { controller, outcome }
    }

    fn is_over(&self) -> bool {
        self.outcome.borrow().is_some()
    }

    async fn outcome(&self) -> Result<Todo, ApiError> {
        until("an outcome", || self.is_over()).await;
        self.outcome.take().unwrap()
    }
}

fn todo(id: TodoId) -> Todo {
    Todo { id, todo: "Water the plants".to_owned(), completed: false, user_id: 5 }
}

fn line(index: usize, id: TodoId) -> String {
    json!({ "index": index, "status": 200, "headers": {}, "data": todo(id) }).to_string() + "\n"
}

fn problem_line(index: usize, code: ProblemCode, status: u16) -> String {
    let problem = Problem::new(code, status, "", "r-1");
    json!({ "index": index, "status": status, "headers": { "retry-after": "7" }, "problem": problem })
        .to_string()
        + "\n"
}

fn problem(code: ProblemCode, status: u16) -> String {
    serde_json::to_string(&Problem::new(code, status, "", "r-1")).unwrap()
}

#[wasm_bindgen_test]
async fn reads_of_one_turn_are_batched_and_answered_line_by_line() {
    let network = Network::scripted();
    let [first, second] = [1, 2].map(Reading::of);
    assert_eq!(network.requests(1).await, ["POST /api/server/batch"]);
    assert_eq!(js_text("network.asked[0].accept"), "application/x-ndjson");
    assert_eq!(js_text("network.asked[0].request.headers.get('content-type')"), "application/json");
    assert_eq!(network.items(0).await, ["GET /todos/1", "GET /todos/2"]);
    network.answer(0, 200, json!({}), None);
    let (start, rest) = (line(1, 2)[..20].to_owned(), line(1, 2)[20..].to_owned());
    network.feed(0, &start);
    turn().await;
    assert!(!first.is_over() && !second.is_over());
    network.feed(0, &rest);
    assert_eq!(second.outcome().await, Ok(todo(2)));
    assert!(!first.is_over());
    network.feed(0, &line(0, 1));
    assert_eq!(first.outcome().await, Ok(todo(1)));
}

#[wasm_bindgen_test]
async fn a_read_that_is_alone_in_its_turn_goes_alone() {
    let network = Network::scripted();
    let first = Reading::of(1);
    assert_eq!(network.requests(1).await, ["GET /api/server/todos/1"]);
    let second = Reading::of(2);
    assert_eq!(network.requests(2).await[1], "GET /api/server/todos/2");
    network.answer(0, 200, json!({}), Some(&json!(todo(1)).to_string()));
    network.answer(1, 200, json!({}), Some("<html>"));
    assert_eq!(first.outcome().await, Ok(todo(1)));
    assert_eq!(second.outcome().await, Err(ApiError::Decode));
}

#[wasm_bindgen_test]
async fn more_reads_than_a_batch_may_have_are_split() {
    let network = Network::scripted();
    let _readings: Vec<_> = (1..=41).map(Reading::of).collect();
    let requests = network.requests(3).await;
    assert_eq!(requests, ["POST /api/server/batch", "POST /api/server/batch", "GET /api/server/todos/41"]);
    assert_eq!((network.items(0).await.len(), network.items(1).await.len()), (20, 20));
}

#[wasm_bindgen_test]
async fn with_batches_switched_off_every_read_goes_alone() {
    let network = Network::scripted();
    limit_batch_size(1);
    let _readings = [1, 2].map(Reading::of);
    assert_eq!(network.requests(2).await, ["GET /api/server/todos/1", "GET /api/server/todos/2"]);
}

#[wasm_bindgen_test]
async fn changes_travel_together_and_apart_from_reads() {
    let network = Network::scripted();
    for id in [1, 2] {
        spawn_local(async move { drop(todos::update(id, &UpdateTodoData::default(), None).await) });
    }
    let _reading = Reading::of(3);
    let mut requests = network.requests(2).await;
    requests.sort();
    assert_eq!(requests, ["GET /api/server/todos/3", "POST /api/server/batch"]);
}

#[wasm_bindgen_test]
async fn changes_leave_a_task_after_their_turn() {
    let network = Network::scripted();
    // Due after this turn, and before all that the change asks for.
    js("setTimeout(() => { network.askedByThen = network.asked.length }, 0)");
    spawn_local(async { drop(todos::update(1, &UpdateTodoData::default(), None).await) });
    assert_eq!(network.requests(1).await, ["PUT /api/server/todos/1"]);
    assert_eq!(js("network.askedByThen").as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
async fn aborted_reads_leave_the_others_and_the_last_one_aborts_the_batch() {
    let network = Network::scripted();
    let [first, second, third] = [1, 2, 3].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 200, json!({}), None);
    first.controller.abort();
    assert_eq!(first.outcome().await, Err(ApiError::Cancelled));
    assert!(!network.is_aborted(0));
    network.feed(0, &(line(0, 1) + &line(1, 2)));
    assert_eq!(second.outcome().await, Ok(todo(2)));
    third.controller.abort();
    assert_eq!(third.outcome().await, Err(ApiError::Cancelled));
    assert!(network.is_aborted(0));
}

#[wasm_bindgen_test]
async fn a_read_that_is_given_up_in_the_turn_of_its_asking_is_not_sent() {
    let network = Network::scripted();
    let readings = [1, 2].map(Reading::of);
    readings[0].controller.abort();
    assert_eq!(network.requests(1).await, ["GET /api/server/todos/2"]);
    assert_eq!(readings[0].outcome().await, Err(ApiError::Cancelled));
}

#[wasm_bindgen_test]
async fn the_time_limit_holds_for_each_read_with_its_content() {
    let network = Network::scripted();
    let [first, second] = [1, 2].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 200, json!({}), None);
    network.feed(0, &line(0, 1));
    network.feed(0, &line(1, 2)[..40]);
    assert_eq!(first.outcome().await, Ok(todo(1)));
    assert_eq!(js_text("JSON.stringify(network.limits.map((limit) => limit.milliseconds))"), "[10000]");
    js("network.limits[0].expire()");
    assert_eq!(second.outcome().await, Err(ApiError::Timeout));
}

#[wasm_bindgen_test]
async fn errors_of_one_read_are_its_own() {
    let network = Network::scripted();
    let [first, second, third] = [1, 2, 3].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 200, json!({ "retry-after": "99" }), None);
    network.feed(0, &problem_line(0, ProblemCode::RateLimited, 429));
    network.feed(0, &problem_line(1, ProblemCode::UpstreamTimeout, 504));
    network.feed(0, &line(2, 3));
    network.end(0);
    let wait = Some(std::time::Duration::from_secs(7));
    assert_eq!(first.outcome().await, Err(ApiError::RateLimited { wait }));
    let timeout = Problem::new(ProblemCode::UpstreamTimeout, 504, "", "r-1");
    assert_eq!(second.outcome().await, Err(ApiError::Problem(Rc::new(timeout))));
    assert_eq!(third.outcome().await, Ok(todo(3)));
}

#[wasm_bindgen_test]
async fn refused_batch_refuses_each_read_as_if_it_were_sent_alone() {
    for (status, fields, body) in [
        (429, json!({ "retry-after": "7" }), problem(ProblemCode::RateLimited, 429)),
        (403, json!({}), problem(ProblemCode::CrossSite, 403)),
        (401, json!({}), problem(ProblemCode::Unauthenticated, 401)),
        (503, json!({}), problem(ProblemCode::UpstreamOverloaded, 503)),
        (500, json!({}), "<html>".to_owned()),
        (404, json!({}), r#"{"message":"no such thing"}"#.to_owned()),
        // A foreign page, as networks put before a sign-in.
        (200, json!({}), "<html>\n</html>".to_owned()),
    ] {
        let network = Network::scripted();
        let together = [1, 2].map(Reading::of);
        network.requests(1).await;
        let alone = Reading::of(3);
        network.requests(2).await;
        for index in [0, 1] {
            network.answer(index, status, fields.clone(), Some(&body));
        }
        let expected = alone.outcome().await;
        assert!(expected.is_err());
        for reading in together {
            assert_eq!(reading.outcome().await, expected, "{status}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_network_that_fails_is_a_failure_of_every_read_that_is_not_answered() {
    for fail in ["network.asked[0].fail(new TypeError('network error'))", "network.asked[0].stream.close()"] {
        let network = Network::scripted();
        let [first, second, third] = [1, 2, 3].map(Reading::of);
        network.requests(1).await;
        network.answer(0, 200, json!({}), None);
        network.feed(0, &line(2, 3));
        assert_eq!(third.outcome().await, Ok(todo(3)));
        network.feed(0, &line(0, 1)[..30]);
        turn().await;
        js(fail);
        assert_eq!(first.outcome().await, Err(ApiError::Network));
        assert_eq!(second.outcome().await, Err(ApiError::Network));
    }
}

#[wasm_bindgen_test]
async fn without_a_network_every_read_says_so() {
    let network = Network::scripted();
    js("Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })");
    let readings = [1, 2].map(Reading::of);
    network.requests(1).await;
    js("network.asked[0].fail(new TypeError('network error'))");
    for reading in readings {
        assert_eq!(reading.outcome().await, Err(ApiError::Offline));
    }
    js("delete navigator.onLine");
}

#[wasm_bindgen_test]
async fn batch_that_is_too_large_is_sent_singly_and_later_ones_are_halved() {
    let network = Network::scripted();
    let readings = [1, 2, 3, 4].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 413, json!({}), Some(&problem(ProblemCode::BatchTooLarge, 413)));
    let requests = network.requests(5).await;
    assert!(requests[1..].iter().all(|line| line.starts_with("GET /api/server/todos/")), "{requests:?}");
    for (index, reading) in readings.iter().enumerate() {
        let id = index as TodoId + 1;
        network.answer(index + 1, 200, json!({}), Some(&json!(todo(id)).to_string()));
        assert_eq!(reading.outcome().await, Ok(todo(id)));
    }
    let _readings = [1, 2, 3, 4].map(Reading::of);
    let requests = network.requests(7).await;
    assert_eq!(requests[5..], ["POST /api/server/batch", "POST /api/server/batch"]);
    limit_batch_size(DEFAULT_MAX_ITEMS);
}

#[wasm_bindgen_test]
async fn what_does_not_fit_into_a_batch_is_asked_for_alone() {
    let network = Network::scripted();
    let [first, second] = [1, 2].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 200, json!({}), None);
    network.feed(0, &problem_line(0, ProblemCode::UpstreamInvalid, 502));
    network.feed(0, &line(1, 2));
    network.end(0);
    assert_eq!(second.outcome().await, Ok(todo(2)));
    assert_eq!(network.requests(2).await[1], "GET /api/server/todos/1");
    network.answer(1, 200, json!({}), Some(&json!(todo(1)).to_string()));
    assert_eq!(first.outcome().await, Ok(todo(1)));
}

#[wasm_bindgen_test]
async fn the_end_of_a_session_is_told_of_whichever_way_it_comes() {
    let told = Rc::new(Cell::new(0));
    let count = Rc::clone(&told);
    session_end::listen(Callback::from(move |()| count.set(count.get() + 1)));

    let network = Network::scripted();
    let readings = [1, 2].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 200, json!({}), None);
    network.feed(0, &problem_line(0, ProblemCode::Unauthenticated, 401));
    network.feed(0, &line(1, 2));
    network.end(0);
    assert!(readings[0].outcome().await.unwrap_err().is_unauthenticated());
    assert_eq!(told.get(), 1);

    let network = Network::scripted();
    let readings = [1, 2].map(Reading::of);
    network.requests(1).await;
    network.answer(0, 401, json!({}), Some(&problem(ProblemCode::Unauthenticated, 401)));
    assert!(readings[0].outcome().await.unwrap_err().is_unauthenticated());
    assert_eq!(told.get(), 2);
    session_end::listen(Callback::noop());
}
