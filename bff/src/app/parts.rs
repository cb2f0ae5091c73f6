//! What each worker has of its own, and what it is made of.

use std::{rc::Rc, sync::Arc};

use url::Url;

use http_message::shares::Shares;
use upstream::{BaseUrl, Client, Deadlines, Servers, headers::ForwardedAs, trust::Trust};

use crate::{
    config::Config,
    connection::Certificate,
    guard::{Guard, devices::Devices, login_limit::LoginGuard, token_paths::TokenPaths},
    handlers::{dev_server::DevServer, sign_in_service::SignInService},
    pipeline::{
        Caching, Destination, Destinations, Drain, Hidden, NamedUpstream, Origin, OriginParts, Pipeline,
        Proof, Readiness, RequestFields,
    },
    rate_limit::RateLimitStore,
    redis::Link,
    response::{WayBack, compression::Compressor, headers::ResponseRules},
    route_table::DEFAULT_UPSTREAM,
    session::endings::Endings,
    sign_in::{
        SignInOptions,
        credentials::UpstreamCredentials,
        oidc::{OidcProvider, OidcShared},
        provider::Provider,
        refresh::Refresher,
        upstream_token::UpstreamTokens,
    },
    spa::{Assets, Csp, SeenAs},
};

/// The parts that each worker builds its own pipeline from.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) config: Config,
    /// The upstream at `API_URL`.
    pub(super) default: SharedUpstream,
    /// Those of the route table, in its order.
    pub(super) named: Vec<SharedUpstream>,
    pub(super) request_fields: RequestFields,
    pub(super) assets: Option<Assets>,
    pub(super) oidc: Option<OidcParts>,
    pub(super) guard: Guard,
    pub(super) login_guard: LoginGuard,
    pub(super) counts: Arc<dyn RateLimitStore>,
    pub(super) caching: Caching,
    pub(super) lasting: Lasting,
}

/// What a server has from its start to its end, however often it reads its files again.
#[derive(Clone)]
pub(super) struct Lasting {
    /// The base URL of the upstream at `API_URL`, or of the embedded demo.
    pub(super) base: BaseUrl,
    pub(super) public_url: Url,
    pub(super) forwarded_as: ForwardedAs,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) redis: Option<Link>,
    /// Trust anchors for a dev server, for https alone.
    pub(super) dev_trust: Option<Trust>,
    pub(super) endings: Endings,
    pub(super) readiness: Readiness,
    pub(super) drain: Drain,
}

/// The part of an upstream that all workers share.
#[derive(Clone)]
pub(super) struct SharedUpstream {
    pub(super) servers: Servers,
    pub(super) callers: Shares,
    pub(super) tokens: UpstreamTokens,
    /// Trust anchors, for https alone.
    pub(super) trust: Option<Trust>,
}

/// The parts that each worker builds its OpenID provider from.
#[derive(Clone)]
pub(super) struct OidcParts {
    pub(super) shared: Arc<OidcShared>,
    /// Trust anchors, for https alone.
    pub(super) trust: Option<Trust>,
}

impl Parts {
    /// Connections to the upstream at `API_URL`.
    pub(super) fn client(&self) -> Rc<Client> {
        Rc::new(Client::of(self.default.servers.clone(), &self.config.upstream, self.default.trust.clone()))
    }

    /// One worker's ways to all upstreams; the one at `API_URL` by `client`.
    fn destinations(&self, client: Rc<Client>) -> Destinations {
        let named = self.config.named_upstreams.iter().zip(&self.named).enumerate();
        let named = named.map(|(number, (named, shared))| {
            let NamedUpstream { options, proof, .. } = named;
            let client = Client::of(shared.servers.clone(), options, shared.trust.clone());
            self.destination(number + DEFAULT_UPSTREAM + 1, shared, Rc::new(client), options.deadlines, proof)
        });
        let Config { upstream, proof, .. } = &self.config;
        Destinations {
            default: self.destination(DEFAULT_UPSTREAM, &self.default, client, upstream.deadlines, proof),
            named: named.collect(),
        }
    }

    fn destination(
        &self,
        number: usize,
        shared: &SharedUpstream,
        client: Rc<Client>,
        deadlines: Deadlines,
        proof: &Proof,
    ) -> Destination {
        let servers = &shared.servers;
        let way_back = self.config.routes.ways_to(number).map(WayBack::new);
        let rules = ResponseRules::new(
            servers.first().clone(),
            self.lasting.public_url.clone(),
            &self.config.response,
        );
        let default = self.default.servers.first();
        let is_at_default = |base: &&BaseUrl| base.host == default.host && base.port == default.port;
        let hidden = servers.bases().find(is_at_default).map(|base| Hidden {
            base: base.path.clone(),
            paths: TokenPaths::new(&self.config.sign_in.upstream_login).below(&default.path),
        });
        let others = self.named.iter().chain([&self.default]).flat_map(|other| other.servers.bases());
        let foreign = others.filter(|other| !servers.bases().any(|own| own.authority == other.authority));
        let rules = rules.also_of(servers.bases().skip(1).cloned().collect(), way_back);
        Destination {
            client,
            callers: shared.callers.clone(),
            hidden,
            rules: rules.apart_from(foreign.cloned().collect()),
            tokens: shared.tokens.clone(),
            fields: proof.fields.clone(),
            deadlines,
        }
    }

    /// The provider, with connections of its own where it is not the upstream.
    pub(super) fn provider(&self, client: &Rc<Client>) -> Provider {
        let upstream = &self.config.upstream;
        match &self.oidc {
            Some(OidcParts { shared, trust }) => {
                let oidc = OidcProvider::new(Arc::clone(shared), upstream.clone(), trust.clone());
                Provider::Oidc(Box::new(oidc))
            }
            None => {
                let SignInOptions { upstream_login, login_form, .. } = self.config.sign_in.clone();
                let credentials = UpstreamCredentials::new(upstream_login, login_form, upstream.deadlines);
                Provider::Upstream(Box::new(credentials), Rc::clone(client))
            }
        }
    }

    /// One worker's way to the dev server; `None`: the app is built.
    pub(super) fn dev_server(&self) -> Option<DevServer> {
        let base = self.config.spa.dev.as_ref()?;
        let seen_as = SeenAs::of(&self.lasting.public_url);
        let csp = Csp::for_dev_server(&seen_as, &self.config.spa.policy);
        Some(DevServer::new(base, seen_as.base_path, csp, self.lasting.dev_trust.clone()))
    }

    /// Builds one worker's own connections, and the pipeline and sign-in service that use them.
    pub(super) fn worker(&self) -> (Pipeline, SignInService) {
        let client = self.client();
        let provider = Rc::new(self.provider(&client));
        let refresher = Refresher::new(self.guard.sessions.clone(), Rc::clone(&provider));
        let origin = Origin::new(OriginParts {
            destinations: self.destinations(client),
            refresher,
            select_max: self.config.response.select_max,
            budget: self.caching.budget.clone(),
            forwarded_as: self.lasting.forwarded_as.clone(),
            request_fields: self.request_fields.clone(),
        });
        let pipeline = Pipeline::new(
            self.config.routes.clone(),
            self.guard.clone(),
            TokenPaths::new(&self.config.sign_in.upstream_login),
            self.config.request,
            self.caching.clone(),
            origin,
        )
        .compressing(Compressor { on: self.config.response.compress })
        .sharing(self.lasting.readiness.clone())
        .draining(self.lasting.drain.clone());
        let devices = Devices::new(&self.config.session.keys, &self.lasting.public_url);
        (pipeline, SignInService::new(provider, self.login_guard.clone(), devices))
    }
}
