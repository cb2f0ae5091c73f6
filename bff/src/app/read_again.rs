//! SIGHUP: the route table, the app, certificates and the files of secrets are read again. All of it is used from then on, or
//! none.

use std::sync::Arc;

use telemetry::access;

use super::live::Live;
use crate::{
    config::Config,
    handlers::metrics::LookedAt,
    sign_in::revocation::Revoker,
    spa::{Assets, SeenAs},
};

/// Reads a configuration again, given the one in use.
pub(super) type Reread = Box<dyn Fn(&Config) -> Result<Config, String>>;

/// The parts of a running server that what is read again goes to.
pub(super) struct Rereading<'a> {
    pub(super) live: &'a Live,
    pub(super) looked_at: &'a LookedAt,
    pub(super) revoker: Option<&'a Revoker>,
    /// `None`: there is nothing that the configuration came from.
    pub(super) reread: Option<Reread>,
}

/// What was read.
struct Read {
    routes: usize,
    files: usize,
}

impl Rereading<'_> {
    /// Reads everything again. One line in the log says what came of it.
    pub(super) async fn again(&self) {
        let Some(reread) = &self.reread else {
            return tracing::info!("SIGHUP: there is nothing to read again");
        };
        match self.try_again(reread).await {
            Ok(Read { routes, files }) => {
                tracing::info!(
                    routes,
                    files,
                    "SIGHUP: routes, app, certificates and secrets were read again"
                );
            }
            Err(problem) => tracing::error!(problem, "SIGHUP: nothing has changed"),
        }
    }

    async fn try_again(&self, reread: &Reread) -> Result<Read, String> {
        let before = self.live.parts();
        let config = reread(&before.config)?;
        let lasting = &before.lasting;
        let certificate = lasting.certificate.as_ref().map(|certificate| certificate.renewed()).transpose();
        let certificate = certificate.map_err(|err| err.to_string())?;
        let link = lasting.redis.as_ref().zip(config.redis.clone());
        let moved = link.filter(|(link, address)| !link.is_to(address));
        if let Some((link, address)) = &moved {
            link.could_move_to(address).await.map_err(|problem| format!("REDIS_URL: {problem}"))?;
        }
        let seen_as = SeenAs::of(&lasting.public_url);
        let assets = Assets::load(&config.spa, &seen_as).map_err(|err| err.to_string())?;
        let files = assets.as_ref().map_or(0, Assets::count);
        let warnings = config.warnings.clone();
        let parts = before.renewed(config, assets).map_err(|err| err.to_string())?;
        // From here on nothing can fail.
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        if let Some((certificate, renewed)) = lasting.certificate.as_ref().zip(certificate) {
            certificate.turn_to(renewed);
        }
        if let Some((link, address)) = moved {
            link.move_to(address);
        }
        access::name_people_by(&parts.config.log.user);
        let routes = parts.config.routes.routes().count();
        self.looked_at.turn_to(parts.looked_at());
        if let Some(revoker) = self.revoker {
            revoker.turn_to(parts.provider(&parts.client()));
        }
        let keys = Arc::clone(&parts.config.session.keys);
        self.live.replace(parts);
        before.guard.sessions.end_flows_without(&keys);
        if let Some(numbers) = before.caching.numbers {
            // Changes that it has not written yet would be lost with it.
            actix_rt::spawn(async move { numbers.flush().await });
        }
        Ok(Read { routes, files })
    }
}
