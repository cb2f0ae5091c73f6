//! Settings of an OpenID provider: our registration there, what is asked for, and who may sign in.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{address::of_server, error::ConfigError, reader::Reader, setting};
use crate::{
    keys::Secret,
    session::ClaimName,
    sign_in::{
        Admission,
        oidc::{AddedParameters, OidcOptions},
    },
};

pub(super) fn oidc(reader: &mut Reader<'_>) -> Option<OidcOptions> {
    let client_id = reader.text(&setting::OIDC_CLIENT_ID);
    if reader.text(&setting::OIDC_ISSUER).is_none() {
        let secret = reader.text(&setting::OIDC_CLIENT_SECRET);
        for (setting, given) in [
            (&setting::OIDC_CLIENT_ID, client_id.is_some()),
            (&setting::OIDC_CLIENT_SECRET, secret.is_some()),
        ] {
            if given {
                reader.note(ConfigError::new(setting, "…", "is given, and BFF_OIDC_ISSUER is not"));
            }
        }
        if let Some(given) = reader.text(&setting::ALLOW) {
            let problem = "needs BFF_OIDC_ISSUER: the upstream's own login says nothing to go by";
            reader.note(ConfigError::new(&setting::ALLOW, &given, problem));
        }
        for setting in [
            &setting::OIDC_SCOPES,
            &setting::OIDC_PARAMS,
            &setting::OIDC_CLAIMS,
            &setting::OIDC_NAME,
            &setting::OIDC_CA,
        ] {
            if reader.is_given(setting) {
                let given = reader.text(setting).unwrap_or_default();
                reader.warn(setting, &given, "has no effect without BFF_OIDC_ISSUER");
            }
        }
        return None;
    }
    let issuer = reader.optional(&setting::OIDC_ISSUER, issuer);
    if client_id.is_none() {
        reader.note(ConfigError::new(&setting::OIDC_CLIENT_ID, "", "is missing; BFF_OIDC_ISSUER needs it"));
    }
    let scopes = reader.required(&setting::OIDC_SCOPES, Vec::new(), scopes);
    let parameters = reader.optional(&setting::OIDC_PARAMS, parameters).unwrap_or_default();
    let claims = reader.optional(&setting::OIDC_CLAIMS, claims).unwrap_or_default();
    let admission = reader.optional(&setting::ALLOW, Admission::parse);
    let (issuer, client_id) = (issuer?, client_id?);
    Some(OidcOptions {
        name: reader
            .text(&setting::OIDC_NAME)
            .or_else(|| issuer.host_str().map(str::to_owned))
            .unwrap_or_default(),
        issuer,
        client_id,
        client_secret: reader.text(&setting::OIDC_CLIENT_SECRET).map(Secret::new),
        scopes,
        parameters,
        claims,
        classes: Vec::new(),
        admission,
        ca_file: reader.text(&setting::OIDC_CA).map(PathBuf::from),
    })
}

fn issuer(given: &str) -> Result<Url, String> {
    of_server(given, "an issuer", "expected a URL such as https://login.example.com")
}

fn scopes(given: &str) -> Result<Vec<String>, String> {
    let scopes: Vec<String> = given.split_whitespace().map(str::to_owned).collect();
    if scopes.iter().any(|scope| scope == "openid") {
        Ok(scopes)
    } else {
        Err("does not name openid; expected scopes by space, such as openid profile".into())
    }
}

fn parameters(given: &str) -> Result<AddedParameters, String> {
    const EXPECTED: &str = "expected NAME=VALUE by comma, such as audience=https://api.example.com";
    let pairs = given.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let pairs: Result<Vec<(String, String)>, String> = pairs
        .map(|pair| {
            let pair = pair.split_once('=').filter(|(_, value)| !value.is_empty());
            let (name, value) = pair.ok_or_else(|| format!("has a name without a value; {EXPECTED}"))?;
            let decoded = percent_decode_str(value).decode_utf8();
            let value = decoded.map_err(|_| format!("has a {name} that is not UTF-8; {EXPECTED}"))?;
            Ok((name.to_owned(), value.into_owned()))
        })
        .collect();
    AddedParameters::new(pairs?).map_err(|problem| format!("{problem}; {EXPECTED}"))
}

fn claims(given: &str) -> Result<Vec<ClaimName>, String> {
    const EXPECTED: &str = "expected claims by comma, such as email,roles,/realm_access/roles";
    let mut claims = Vec::new();
    for name in given.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let claim = ClaimName::parse(name);
        let claim =
            claim.map_err(|problem| format!("has the claim {name:?}, which {problem}; {EXPECTED}"))?;
        if claims.contains(&claim) {
            return Err(format!("names {name} twice; {EXPECTED}"));
        }
        claims.push(claim);
    }
    if claims.is_empty() { Err(format!("names no claim; {EXPECTED}")) } else { Ok(claims) }
}

#[cfg(test)]
mod tests;
