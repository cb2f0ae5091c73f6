//! The profile of a server: `production` refuses to start with settings that are fine on a desk and unsafe in the world;
//! a desk is warned where it shows itself to the network.

use super::{error::ConfigError, parts::Config, policy, production, reader::Reader, setting};
use upstream::UpstreamKind;

/// The environment that the server is meant to run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A developer's desk.
    Development,
    /// The open internet.
    Production,
}

impl Profile {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        reader.required(&setting::PROFILE, Self::Development, |given| match given {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("is neither development nor production".into()),
        })
    }

    /// Notes what is wrong with `config` in this profile.
    pub(super) fn judge(self, config: &Config, reader: &mut Reader<'_>) {
        match self {
            Self::Production => {
                production::refused(config, reader).into_iter().for_each(|problem| reader.note_once(problem));
                production::doubtful(config, reader).into_iter().for_each(|doubt| reader.warn_of(doubt));
            }
            Self::Development => {
                if reader.has_open_file() {
                    reader.warn_of(production::open_file());
                }
                if policy::runs_inline_scripts(&config.spa.policy) {
                    let given = reader.text(&setting::CSP).unwrap_or_default();
                    reader.warn(
                        &setting::CSP,
                        &given,
                        format!("is refused in production: {}", policy::INLINE),
                    );
                }
                let is_shown = !config.listen.address.ip().is_loopback();
                if is_shown && config.spa.dev.is_some() && !reader.is_given(&setting::PROFILE) {
                    let given = reader.text(&setting::SPA_DEV).unwrap_or_default();
                    let problem = "shows a dev server, and the files that it reads, to the network that BFF_LISTEN is on; \
                                   say BFF_PROFILE=development if that is meant";
                    reader.note_once(ConfigError::new(&setting::SPA_DEV, &given, problem));
                }
                if is_shown && config.routes.is_open() {
                    shown(config, reader);
                }
            }
        }
    }
}

/// Judges a server on a desk that the network can reach, with every path of its upstream open.
fn shown(config: &Config, reader: &mut Reader<'_>) {
    let given = |setting| reader.text(setting).unwrap_or_default();
    match config.upstream.kind {
        // A developer's container listens on all addresses, and the demo has nothing to lose.
        UpstreamKind::Demo(_) => {
            let given = given(&setting::LISTEN);
            reader.warn(
                &setting::LISTEN,
                &given,
                "shows the demo, whose passwords everybody knows, to the network",
            );
        }
        // The word was given: that is what a developer means.
        UpstreamKind::Api(_) if reader.is_given(&setting::PROFILE) => {}
        UpstreamKind::Api(_) => {
            let problem = "leaves every path of API_URL open to the network that BFF_LISTEN is on; name a route table, \
                           set BFF_PROFILE=production, or say BFF_PROFILE=development if that is meant";
            reader.note_once(ConfigError::new(&setting::ROUTES, &given(&setting::ROUTES), problem));
        }
    }
}
