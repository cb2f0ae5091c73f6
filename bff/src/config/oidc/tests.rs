use super::super::{Config, Source};
use super::*;

const PROVIDER: [(&str, &str); 2] =
    [("BFF_OIDC_ISSUER", "https://login.example"), ("BFF_OIDC_CLIENT_ID", "bff")];

fn read(given: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let config = Config::from_source(&Source::of(given.iter().copied()));
    config.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn at_provider(given: (&str, &str)) -> Result<OidcOptions, Vec<String>> {
    read(&[&PROVIDER[..], &[given]].concat()).map(|config| config.sign_in.oidc.unwrap())
}

#[test]
fn claims_rules_and_parameters_are_read_by_comma() {
    let oidc = at_provider(("BFF_OIDC_CLAIMS", "email, roles,/realm_access/roles,")).unwrap();
    let names: Vec<&str> = oidc.claims.iter().map(ClaimName::as_str).collect();
    assert_eq!(names, ["email", "roles", "/realm_access/roles"]);
    let oidc = at_provider(("BFF_OIDC_PARAMS", "audience=https://a.example?b=c, claims=%7B%2C%7D")).unwrap();
    let expected = [("audience", "https://a.example?b=c"), ("claims", "{,}")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(oidc.parameters, AddedParameters::new(expected.into()).unwrap());
    assert!(at_provider(("BFF_ALLOW", "groups:staff")).unwrap().admission.is_some());
    assert!(at_provider(("BFF_OIDC_NAME", "x")).unwrap().admission.is_none());
}

#[test]
fn a_wrong_setting_of_the_provider_says_what_is_wrong() {
    for (variable, given, says) in [
        ("BFF_OIDC_CLAIMS", ",", "names no claim"),
        ("BFF_OIDC_CLAIMS", "roles,roles", "names roles twice"),
        ("BFF_OIDC_CLAIMS", "/a~2", "has the claim \"/a~2\", which is no JSON pointer"),
        ("BFF_OIDC_PARAMS", "prompt", "has a name without a value"),
        ("BFF_OIDC_PARAMS", "prompt=", "has a name without a value"),
        ("BFF_OIDC_PARAMS", "prompt=%FF", "has a prompt that is not UTF-8"),
        (
            "BFF_OIDC_PARAMS",
            "redirect_uri=https://a.example",
            "names redirect_uri, which the server sets itself",
        ),
        ("BFF_ALLOW", "staff", "has \"staff\" without a value"),
    ] {
        let told = at_provider((variable, given)).unwrap_err();
        assert!(told.len() == 1 && !told[0].contains('\n'), "{variable}={given}: {told:?}");
        assert!(told[0].starts_with(&format!("{variable}: ")) && told[0].contains(says), "{told:?}");
    }
}

#[test]
fn settings_of_a_provider_that_there_is_not_are_told() {
    let told = read(&[("BFF_ALLOW", "groups:staff")]).unwrap_err();
    assert!(told.len() == 1 && told[0].contains("needs BFF_OIDC_ISSUER"), "{told:?}");
    for given in [("BFF_OIDC_CLAIMS", "roles"), ("BFF_OIDC_PARAMS", "prompt=login")] {
        let warnings = read(&[given]).unwrap().warnings;
        assert_eq!(warnings.len(), 1, "{given:?}");
        assert!(warnings[0].to_string().contains("has no effect without BFF_OIDC_ISSUER"), "{warnings:?}");
    }
}

#[test]
fn a_route_that_requires_a_claim_needs_a_provider_that_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    std::fs::write(&file, "[[route]]\npath = '/a'\nrequire = { claim = 'roles', any = ['x'] }").unwrap();
    let table = ("BFF_ROUTES", file.to_str().unwrap());
    let told = read(&[table, ("BFF_OIDC_CLAIMS", "roles")]).unwrap_err();
    assert!(told[0].contains("route \"/a\": require needs BFF_OIDC_ISSUER"), "{told:?}");
    let told = read(&[&PROVIDER[..], &[table]].concat()).unwrap_err();
    assert!(told[0].contains("the claim \"roles\" is not one of BFF_OIDC_CLAIMS"), "{told:?}");
    let config = read(&[&PROVIDER[..], &[table, ("BFF_OIDC_CLAIMS", "roles")]].concat()).unwrap();
    assert_eq!(config.routes.routes().next().unwrap().session, crate::route_table::SessionPolicy::Required);
}
