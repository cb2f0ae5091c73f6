//! What each worker has of its own, and what it is made of.

use std::{rc::Rc, sync::Arc};

use url::Url;

use http_message::shares::Shares;
use upstream::{BaseUrl, Client, headers::ForwardedAs, trust::Trust};

use crate::{
    config::Config,
    connection::Certificate,
    guard::{Guard, devices::Devices, login_limit::LoginGuard, token_paths::TokenPaths},
    handlers::sign_in_service::SignInService,
    pipeline::{Caching, Origin, OriginParts, Pipeline, Readiness, RequestFields},
    redis::Link,
    response::{compression::Compressor, headers::ResponseRules},
    sign_in::{
        SignInOptions,
        credentials::UpstreamCredentials,
        oidc::{OidcProvider, OidcShared},
        provider::Provider,
        refresh::Refresher,
    },
    spa::Assets,
};

/// The parts that each worker builds its own pipeline from.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) config: Config,
    pub(super) base: BaseUrl,
    pub(super) trust: Option<Trust>,
    pub(super) public_url: Url,
    pub(super) forwarded_as: ForwardedAs,
    pub(super) request_fields: RequestFields,
    pub(super) assets: Option<Assets>,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) oidc: Option<OidcParts>,
    pub(super) guard: Guard,
    pub(super) callers: Shares,
    pub(super) login_guard: LoginGuard,
    pub(super) caching: Caching,
    pub(super) readiness: Readiness,
    pub(super) redis: Option<Link>,
}

/// The parts that each worker builds its OpenID provider from.
#[derive(Clone)]
pub(super) struct OidcParts {
    pub(super) shared: Arc<OidcShared>,
    /// Trust anchors, for https alone.
    pub(super) trust: Option<Trust>,
}

impl Parts {
    /// Connections to the upstream.
    pub(super) fn client(&self) -> Rc<Client> {
        Rc::new(Client::new(&self.base, &self.config.upstream, self.trust.clone()))
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

    /// Builds one worker's own connections, and the pipeline and sign-in service that use them.
    pub(super) fn worker(&self) -> (Pipeline, SignInService) {
        let upstream = &self.config.upstream;
        let client = self.client();
        let provider = Rc::new(self.provider(&client));
        let refresher = Refresher::new(self.guard.sessions.clone(), Rc::clone(&provider));
        let rules = ResponseRules::new(self.base.clone(), self.public_url.clone(), &self.config.response);
        let origin = Origin::new(OriginParts {
            client,
            callers: self.callers.clone(),
            refresher,
            rules,
            select_max: self.config.response.select_max,
            budget: self.caching.budget.clone(),
            forwarded_as: self.forwarded_as.clone(),
            request_fields: self.request_fields.clone(),
        });
        let pipeline = Pipeline::new(
            self.config.routes.clone(),
            self.guard.clone(),
            TokenPaths::new(&self.config.sign_in.upstream_login),
            self.config.request,
            upstream.deadlines,
            self.caching.clone(),
            origin,
        )
        .compressing(Compressor { on: self.config.response.compress })
        .sharing(self.readiness.clone());
        let devices = Devices::new(&self.config.session.keys, &self.public_url);
        (pipeline, SignInService::new(provider, self.login_guard.clone(), devices))
    }
}
