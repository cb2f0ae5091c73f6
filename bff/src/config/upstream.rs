//! Settings of the upstream of `/api/server/*`: address, trust, deadlines, and limits on its answers.

use std::path::PathBuf;

use http::HeaderName;

use super::{error::ConfigError, reader::Reader, setting};
use crate::response::{ForeignRedirects, ResponseOptions, headers::NEVER};
use upstream::{BaseUrl, Deadlines, UpstreamKind, UpstreamOptions};

pub(super) fn upstream(reader: &mut Reader<'_>) -> UpstreamOptions {
    UpstreamOptions {
        kind: kind(reader),
        ca_file: reader.text(&setting::UPSTREAM_CA).map(PathBuf::from),
        deadlines: deadlines(reader),
        connections: reader.number(&setting::UPSTREAM_CONNECTIONS, 1..=65_535).unwrap_or_default(),
        keep_alive: reader.duration(&setting::UPSTREAM_KEEP_ALIVE),
        head_max: usize::try_from(reader.size(&setting::MAX_RESPONSE_HEADERS)).unwrap_or(usize::MAX),
    }
}

pub(super) fn response(reader: &mut Reader<'_>) -> ResponseOptions {
    ResponseOptions {
        foreign_redirects: reader.required(
            &setting::FOREIGN_REDIRECTS,
            ForeignRedirects::Refuse,
            foreign_redirects,
        ),
        extra_headers: reader.optional(&setting::RESPONSE_HEADERS, response_headers).unwrap_or_default(),
        select_max: reader.size(&setting::MAX_SELECT),
    }
}

fn deadlines(reader: &mut Reader<'_>) -> Deadlines {
    let answer = reader.duration(&setting::UPSTREAM_TIMEOUT);
    Deadlines {
        connect: reader.duration(&setting::CONNECT_TIMEOUT),
        head: answer,
        total: answer,
        idle: reader.duration(&setting::IDLE_TIMEOUT),
    }
}

fn kind(reader: &mut Reader<'_>) -> UpstreamKind {
    let Some(given) = reader.text(&setting::API_URL) else {
        let database = reader.text(&setting::DEMO_DB).unwrap_or_default();
        return UpstreamKind::Demo((database != ":memory:").then(|| PathBuf::from(database)));
    };
    match BaseUrl::parse(&given) {
        Ok(base) => UpstreamKind::Api(base),
        Err(problem) => {
            // Text before an @ may be a password, and is not repeated.
            let shown = given.rsplit_once('@').map_or(given.as_str(), |(_, host)| host);
            reader.note(ConfigError::new(&setting::API_URL, shown, problem));
            UpstreamKind::Demo(None)
        }
    }
}

fn foreign_redirects(given: &str) -> Result<ForeignRedirects, String> {
    match given {
        "refuse" => Ok(ForeignRedirects::Refuse),
        "pass" => Ok(ForeignRedirects::Pass),
        _ => Err("is neither refuse nor pass".into()),
    }
}

fn response_headers(given: &str) -> Result<Vec<HeaderName>, String> {
    let names = given.split(',').map(str::trim).filter(|name| !name.is_empty()).map(|name| {
        let header = name.parse::<HeaderName>().map_err(|_| format!("names {name:?}, which is no header"))?;
        if NEVER.contains(&header) {
            return Err(format!("names {name}, which never leaves the server"));
        }
        Ok(header)
    });
    names.collect()
}
