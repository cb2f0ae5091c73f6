//! Reads the options of all parts.

use std::sync::Arc;

use super::{
    cleartext,
    error::ConfigError,
    guard, limits,
    listen::Listen,
    log, otlp,
    parts::Config,
    permissions,
    profile::Profile,
    reader::Reader,
    redis, request_headers,
    routes::{self, Beside, Table, Upstreams},
    session, setting,
    source::Source,
    spa, upstream,
};
use crate::route_table::RouteTable;
use ::upstream::UpstreamKind;
use http_cache::route::Heuristic;

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// All errors of the settings.
    pub fn from_source(source: &Source) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(source);
        let config = Self::read(&mut reader);
        Profile::read(&mut reader).judge(&config, &mut reader);
        Ok(Self { warnings: reader.finish()?, ..config })
    }

    /// Reads every setting again, with what files hold by now. A session key that was drawn at random stays.
    ///
    /// # Errors
    /// All errors of the settings.
    pub fn again(&self, source: &Source) -> Result<Self, Vec<ConfigError>> {
        let mut config = Self::from_source(source)?;
        if !source.has(&setting::SESSION_KEY) {
            config.session.keys = Arc::clone(&self.session.keys);
        }
        Ok(config)
    }

    /// Reads every setting; the reader notes what is wrong.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let source = reader.source();
        let listen = Listen::read(reader);
        let upstream = upstream::upstream(reader, listen.address);
        let response = upstream::response(reader);
        let base_path = match &upstream.kind {
            UpstreamKind::Api(base) => base.path.as_str(),
            UpstreamKind::Demo(_) => "",
        };
        let mut sign_in = session::sign_in(reader, base_path);
        let heuristic = reader.required(&setting::CACHE_HEURISTIC, Heuristic::Off, routes::heuristic);
        let variable = |name: &str| source.variable(name);
        let claims = sign_in.oidc.as_ref().map(|oidc| oidc.claims.as_slice());
        let beside = Beside {
            base_path,
            heuristic,
            login: &sign_in.upstream_login,
            upstream: &upstream,
            has_oidc: sign_in.oidc.is_some(),
            variable: &variable,
            claims,
        };
        let (routes, upstreams) = route_table(reader, &beside);
        if let Some(oidc) = &mut sign_in.oidc {
            oidc.classes = routes.classes();
        }
        let session = session::session(reader);
        let log = log::log(reader, &session.keys);
        let listen_address = listen.address;
        Self {
            routes,
            listen,
            upstream: upstreams.default,
            proof: upstreams.proof,
            named_upstreams: upstreams.named,
            response,
            request_headers: request_headers::request_headers(reader),
            request: limits::request(reader),
            batch: limits::batch(reader),
            cache_max: limits::cache(reader),
            held_max: reader.size(&setting::HELD_MAX),
            spa: spa::spa(reader, listen_address),
            permissions: permissions::permissions(reader),
            session,
            sign_in,
            guard: guard::guard(reader),
            clear_text: reader.optional(&setting::CLEARTEXT, cleartext::clear_text).unwrap_or_default(),
            redis: redis::address(reader),
            log,
            otlp: otlp::otlp(reader),
            warnings: Vec::new(),
        }
    }
}

fn route_table(reader: &mut Reader<'_>, beside: &Beside<'_>) -> (RouteTable, Upstreams) {
    let built_in = || (RouteTable::built_in(beside.heuristic), Upstreams::only(beside.upstream));
    let Some(path) = reader.text(&setting::ROUTES) else { return built_in() };
    let mut refuse = |problem| reader.note(ConfigError::new(&setting::ROUTES, &path, problem));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(err) => {
            refuse(format!("cannot be read: {err}"));
            return built_in();
        }
    };
    match routes::parse(&text, beside) {
        Ok(Table { routes, upstreams, warnings }) => {
            for line in warnings {
                reader.warn(&setting::ROUTES, &path, format!("is hardly meant: {line}"));
            }
            (routes, upstreams)
        }
        Err(errors) => {
            errors.into_iter().for_each(|line| refuse(format!("is not a route table: {line}")));
            built_in()
        }
    }
}
