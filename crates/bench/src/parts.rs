//! The pure parts of a request, each so many times: `bench-parts PART COUNT`.
//!
//! `cargo xtask instructions` runs this below callgrind with two counts. The difference is what the part itself takes, to
//! the instruction; starting and setting up fall out.

use std::{
    env, io,
    net::{IpAddr, Ipv4Addr},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bff::{
    Config,
    config::Source,
    guard::{Guard, token_paths::TokenPaths},
    keys::SessionKeys,
    pipeline::{Caching, Destination, Destinations, Origin, OriginParts, Pipeline, RequestFields},
    rate_limit::memory::MemoryCounts,
    response::{
        compression::Compressor,
        headers::{Asked, ResponseRules},
    },
    session::{Sessions, cookie::CookieRule, memory::MemoryStore, store::Lifetimes},
    sign_in::{
        credentials::UpstreamCredentials, provider::Provider, refresh::Refresher,
        upstream_token::UpstreamTokens,
    },
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_cache::{
    Cache,
    entry::{Entry, control_fields},
    freshness::{Audience, Freshness},
    generations::Generations,
    key::{Key, Partition},
    request::CacheRequest,
    serve::serve,
    status::CacheStatus,
    vary::Selecting,
};
use http_message::{
    Caller, CanonicalPath, Exchange, HeaderBlock, RequestBody, RequestContext, TraceContext, forms::Forms,
};
use http_message::{budget::Budget, shares::Shares};
use telemetry::{Access, LogFormat, LogOptions, LogUser, Served};
use upstream::{BaseUrl, Client, headers::ForwardedAs};
use url::Url;

/// The server's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The address that all parts are asked for.
const TARGET: &str = "/cached/todos?limit=30&skip=60";

/// Fields that a browser sends with a request for data.
const BROWSER: [(&str, &str); 9] = [
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate, br"),
    ("accept-language", "en-US,en;q=0.9"),
    ("referer", "http://127.0.0.1/todos"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-dest", "empty"),
    ("connection", "keep-alive"),
];

/// Fields that an API answers with.
const UPSTREAM: [(&str, &str); 10] = [
    ("server", "nginx"),
    ("date", "Sun, 01 Mar 2026 00:00:00 GMT"),
    ("content-type", "application/json; charset=utf-8"),
    ("content-length", "2514"),
    ("cache-control", "max-age=315360000"),
    ("etag", "W/\"a1b2c3\""),
    ("vary", "Accept-Encoding"),
    ("x-ratelimit-limit", "100"),
    ("access-control-allow-origin", "*"),
    ("connection", "keep-alive"),
];

type Failure = Box<dyn std::error::Error>;

fn fields(list: &[(&'static str, &'static str)]) -> HeaderBlock {
    list.iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

fn context() -> RequestContext {
    RequestContext {
        id: "01a2234de22673ca8a834760b27aa650".into(),
        trace: TraceContext::begin(),
        caller: Caller { address: Some([192, 0, 2, 7].into()) },
        started: Instant::now(),
        due: None,
    }
}

/// An answer in the cache.
fn filled() -> Result<(Arc<Cache>, Key), Failure> {
    let cache = Cache::new(64 << 20, Arc::new(Generations::default())).ok_or("no cache")?;
    let key = Key { partition: Partition::Shared, target: TARGET.to_owned(), fields: None };
    let (answer, now) = (fields(&UPSTREAM), SystemTime::now());
    let entry = Entry {
        status: StatusCode::OK,
        headers: answer.clone(),
        body: Bytes::from(vec![b'x'; 2514]),
        forms: Forms::default(),
        control: control_fields(&answer),
        freshness: Freshness::of(StatusCode::OK, &answer, None, Audience::Shared, now, now)
            .ok_or("no lifetime")?,
        selecting: Selecting::of(&answer, &fields(&BROWSER)).ok_or("not selectable")?,
        reading: cache.generations().read(TARGET, &[], Instant::now()),
    };
    cache.store().put(&key, Arc::new(entry));
    Ok((Arc::new(cache), key))
}

/// One worker's pipeline with an answer in its cache. Its upstream is never asked.
fn pipeline() -> Result<Pipeline, Failure> {
    let settings = [
        ("API_URL", "http://127.0.0.1:9"),
        ("BFF_RATE_LIMIT", "1000000/1s"),
        ("BFF_LISTEN", "127.0.0.1:3000"),
    ];
    let config = Config::from_source(&Source::of(settings)).map_err(|errors| format!("{errors:?}"))?;
    let (base, public_url) = (BaseUrl::parse("http://127.0.0.1:9")?, Url::parse("http://127.0.0.1:3000")?);
    let lifetimes = Lifetimes { idle: Duration::from_secs(1800), max: Duration::from_secs(43_200) };
    let cookies = CookieRule::session(&public_url).zip(CookieRule::login(&public_url));
    let sessions = Sessions::new(
        Arc::new(MemoryStore::new(lifetimes, 100)),
        Arc::new(SessionKeys::random()),
        lifetimes,
        cookies,
    );
    let counts = Arc::new(MemoryCounts::default());
    let guard = Guard::new(sessions.clone(), counts, &public_url, "http://127.0.0.1:9", &config.guard);
    let client = Rc::new(Client::new(&base, &config.upstream, None));
    let login = config.sign_in.upstream_login.clone();
    let token_paths = TokenPaths::new(&login);
    let credentials =
        UpstreamCredentials::new(login, config.sign_in.login_form.clone(), config.upstream.deadlines);
    let refresher =
        Refresher::new(sessions, Rc::new(Provider::Upstream(Box::new(credentials), Rc::clone(&client))));
    let rules = ResponseRules::new(base, public_url.clone(), &config.response);
    let default = Destination {
        client,
        callers: Shares::new(64),
        hidden: None,
        rules,
        tokens: UpstreamTokens::default(),
        fields: Vec::new(),
        deadlines: config.upstream.deadlines,
    };
    let origin = Origin::new(OriginParts {
        destinations: Destinations { default, named: Vec::new() },
        refresher,
        select_max: config.response.select_max,
        budget: Budget::new(u64::MAX),
        forwarded_as: ForwardedAs::new(&public_url, "/api/server"),
        request_fields: RequestFields::new(config.request_headers),
    });
    let caching = Caching {
        cache: Some(filled()?.0),
        numbers: None,
        second_level: None,
        budget: Budget::new(u64::MAX),
    };
    Ok(Pipeline::new(config.routes, guard, token_paths, config.request, caching, origin)
        .compressing(Compressor { on: true }))
}

/// From the exchange to the reply: admission, charge, lookup, accounting.
async fn hit(count: u32) -> Result<(), Failure> {
    let pipeline = pipeline()?;
    for _ in 0..count {
        let exchange = Exchange {
            method: Method::GET,
            target: TARGET.to_owned(),
            headers: fields(&BROWSER),
            body: RequestBody::None,
        };
        let answered = pipeline.run(context(), exchange).await;
        assert!(answered.reply.status == StatusCode::OK, "{}", answered.reply.status);
    }
    Ok(())
}

fn path(count: u32) -> Result<(), Failure> {
    for _ in 0..count {
        CanonicalPath::parse(std::hint::black_box("/users/26/todos/7"))?;
    }
    Ok(())
}

fn request_fields(count: u32) -> Result<(), Failure> {
    let (browser, caller) = (fields(&BROWSER), Caller { address: Some([192, 0, 2, 7].into()) });
    let forwarded_as = ForwardedAs::new(&Url::parse("https://app.example")?, "/api/server");
    let trace = TraceContext::begin();
    for _ in 0..count {
        let headers =
            upstream::headers::for_upstream(&browser, |_| true, &caller, &forwarded_as, "0123456789", trace);
        std::hint::black_box(headers);
    }
    Ok(())
}

fn response_fields(count: u32) -> Result<(), Failure> {
    let config = Config::from_source(&Source::of([("API_URL", "http://127.0.0.1:9")]))
        .map_err(|errors| format!("{errors:?}"))?;
    let base = BaseUrl::parse("http://127.0.0.1:9")?;
    let rules = ResponseRules::new(base, Url::parse("https://app.example")?, &config.response);
    let answer = fields(&UPSTREAM);
    for _ in 0..count {
        std::hint::black_box(rules.for_browser(StatusCode::OK, &answer, Asked::of("/todos"))?);
    }
    Ok(())
}

fn lookup(count: u32) -> Result<(), Failure> {
    let (cache, key) = filled()?;
    let (browser, now) = (fields(&BROWSER), SystemTime::now());
    for _ in 0..count {
        let request = CacheRequest::new(&Method::GET, &browser, false);
        let reading = cache.generations().read(&key.target, &[], Instant::now());
        let entry = cache.find(&key, &request).entry.ok_or("no entry")?;
        assert!(cache.is_current(&entry, &reading, Instant::now()), "outdated");
        let said = CacheStatus { ttl: Some(entry.freshness.ttl(now)), ..CacheStatus::default() };
        std::hint::black_box(serve(&entry, None, &request, &said, now));
    }
    Ok(())
}

fn access_line(count: u32) -> Result<(), Failure> {
    let trace = TraceContext::begin();
    for number in 0..count {
        // A buffer that grew would be copied, more or less often as the writing thread comes.
        if number % 100 == 0 {
            telemetry::flush();
        }
        Access {
            served: Served::Api,
            request_id: "0123456789",
            trace,
            method: "GET",
            path: "/users/26/todos/7",
            route: Some("/users/{id}/todos/{todo}"),
            user: None,
            address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            status: 200,
            bytes: 2500,
        }
        .write(Duration::from_micros(1250), None);
    }
    Ok(())
}

#[actix_web::main]
async fn main() -> Result<(), Failure> {
    let mut args = env::args().skip(1);
    let part = args.next().ok_or("which part?")?;
    let count = args.next().ok_or("how often?")?.parse()?;
    // The line is a part of its own: elsewhere the thread that writes it would be counted as well.
    let filter = if part == "access-line" { "info" } else { "off" };
    telemetry::init(&LogOptions {
        filter: filter.to_owned(),
        format: LogFormat::Pretty,
        user: LogUser::Off,
    })?;
    match part.as_str() {
        "hit" => hit(count).await,
        "path" => path(count),
        "request-fields" => request_fields(count),
        "response-fields" => response_fields(count),
        "lookup" => lookup(count),
        "access-line" => access_line(count),
        other => Err(io::Error::other(format!("there is no part {other}")).into()),
    }
}
