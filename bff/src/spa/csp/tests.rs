use http_message::BasePath;

use super::{
    super::policy::{Directive, PolicyChanges},
    *,
};

fn seen(secure: bool) -> SeenAs {
    SeenAs { secure, base_path: BasePath::new("/") }
}

fn policy(fields: &Fields, name: &HeaderName) -> String {
    let (_, value) = fields.iter().find(|(known, _)| known == name).unwrap();
    value.to_str().unwrap().to_owned()
}

fn enforced(csp: &Csp) -> String {
    policy(csp.of_page(), &CONTENT_SECURITY_POLICY)
}

fn adding(name: &str, sources: &str) -> PolicyChanges {
    let sources = sources.split_whitespace().map(str::to_owned).collect();
    PolicyChanges { added: vec![Directive { name: name.to_owned(), sources }], without_trusted_types: false }
}

#[test]
fn inline_scripts_are_named_by_hash_and_others_by_origin() {
    let html =
        "<head><script src=\"/a.js\"></script><script type=\"module\">alert(1)</script></head><scripted>";
    let csp = enforced(&for_page(html, &seen(false), &PolicyOptions::default()));
    // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    assert!(csp.contains(
        "script-src 'self' 'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';"
    ));
    assert_eq!(csp.matches("sha256-").count(), 1);
    assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"));
}

#[test]
fn a_page_without_inline_code_needs_no_hash() {
    let csp = for_page("<p>hello</p><style", &seen(false), &PolicyOptions::default());
    assert!(!enforced(&csp).contains("sha256"));
}

#[test]
fn an_endpoint_is_named_where_browsers_take_it() {
    let options = PolicyOptions { report_only: Some(adding("img-src", "https:")), ..Default::default() };
    let plain = for_page("", &seen(false), &options);
    assert!(enforced(&plain).ends_with("; report-uri /bff/report"));
    assert_eq!(plain.of_page().len(), 2);
    let secure = for_page("", &seen(true), &options);
    assert_eq!(policy(secure.of_page(), &REPORTING_ENDPOINTS), "bff=\"/bff/report\"");
    for name in [CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY] {
        let text = policy(secure.of_page(), &name);
        assert!(text.ends_with("; report-uri /bff/report; report-to bff"), "{text}");
        assert!(policy(secure.of_script(), &name).ends_with("; report-uri /bff/report"));
    }
}

#[test]
fn the_two_policies_are_extended_apart() {
    let options = PolicyOptions {
        enforced: adding("font-src", "https://fonts.example"),
        report_only: Some(adding("img-src", "https://images.example")),
    };
    let csp = for_page("", &seen(false), &options);
    let reported = policy(csp.of_page(), &CONTENT_SECURITY_POLICY_REPORT_ONLY);
    assert!(enforced(&csp).contains("font-src 'self' https://fonts.example;"));
    assert!(!enforced(&csp).contains("images.example") && !reported.contains("fonts.example"));
    assert!(reported.contains("img-src 'self' data: https://images.example;"), "{reported}");
}

#[test]
fn each_answer_has_a_nonce_of_its_own_and_scripts_have_none() {
    let options = PolicyOptions { enforced: adding("style-src", "'nonce'"), ..Default::default() };
    let csp = for_page("<style>a</style>", &seen(false), &options);
    assert!(csp.has_nonce());
    let answers = [(); 2].map(|()| {
        let nonce = Nonce::random().unwrap();
        let text = policy(&csp.of_page_with(&nonce), &CONTENT_SECURITY_POLICY);
        assert!(text.contains(&format!(" 'nonce-{nonce}';")), "{text}");
        text
    });
    assert_ne!(answers[0], answers[1]);
    assert!(!policy(csp.of_script(), &CONTENT_SECURITY_POLICY).contains("nonce"));
    assert!(!for_page("", &seen(false), &PolicyOptions::default()).has_nonce());
}

#[test]
fn pages_of_a_dev_server_have_a_nonce_for_all_that_is_inline() {
    let csp = Csp::for_dev_server(&seen(false), &PolicyOptions::default());
    let nonce = Nonce::random().unwrap();
    let text = policy(&csp.of_page_with(&nonce), &CONTENT_SECURITY_POLICY);
    for directive in ["script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'"] {
        assert!(text.contains(&format!("{directive} 'nonce-{nonce}';")), "{text}");
    }
    let options = PolicyOptions { enforced: adding("style-src", "'unsafe-inline'"), ..Default::default() };
    let text =
        policy(&Csp::for_dev_server(&seen(false), &options).of_page_with(&nonce), &CONTENT_SECURITY_POLICY);
    assert!(text.contains("style-src 'self' 'unsafe-inline';"), "{text}");
}
