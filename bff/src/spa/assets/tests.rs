use std::fs;

use super::{
    super::{first_reads::WAIT_MAX, options::PolicyOptions},
    *,
};

fn app(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn options(source: SpaSource) -> SpaOptions {
    SpaOptions {
        source,
        immutable: Vec::new(),
        previous: None,
        dev: None,
        policy: PolicyOptions::default(),
        demo_account: None,
        first_reads_wait: WAIT_MAX,
    }
}

fn of(folder: &Path) -> SpaOptions {
    options(SpaSource::Folder(folder.into()))
}

fn seen() -> SeenAs {
    SeenAs { secure: false, base_path: BasePath::new("/") }
}

fn load(options: &SpaOptions) -> Assets {
    Assets::load(options, &seen()).unwrap().unwrap()
}

#[test]
fn precompressed_forms_belong_to_their_file_and_are_not_files_themselves() {
    let folder = app(&[
        ("index.html", b"<html>"),
        ("app-0123456789abcdef.js", b"plain"),
        ("app-0123456789abcdef.js.br", b"br"),
        ("app-0123456789abcdef.js.gz", b"gz"),
        ("fonts/a.woff2", b"font"),
        ("data.gz", b"a file of its own"),
    ]);
    let assets = load(&of(folder.path()));
    let script = assets.get("app-0123456789abcdef.js").unwrap();
    assert_eq!(script.content_type, "text/javascript; charset=utf-8");
    assert!(script.immutable);
    assert_eq!((script.br.as_deref(), script.gzip.as_deref()), (Some(&b"br"[..]), Some(&b"gz"[..])));
    assert!(assets.get("app-0123456789abcdef.js.br").is_none());
    assert!(assets.get("fonts/a.woff2").is_some());
    assert!(assets.get("data.gz").is_some());
    assert!(!assets.index().unwrap().immutable);
}

#[test]
fn a_pattern_makes_other_names_immutable_and_never_a_page() {
    let folder =
        app(&[("index.html", b"<html>"), ("static/a.js", b"1"), ("static/b.html", b"2"), ("c.js", b"3")]);
    let patterns = ["static/*", "*.html"].map(|pattern| NamePattern::parse(pattern).unwrap());
    let assets = load(&SpaOptions { immutable: patterns.into(), ..of(folder.path()) });
    let immutable = |name: &str| assets.get(name).unwrap().immutable;
    assert!(immutable("static/a.js"));
    assert!(!immutable("c.js") && !immutable("static/b.html") && !immutable("index.html"));
}

#[test]
fn files_of_another_build_that_the_app_lacks_are_served_but_for_pages() {
    let folder = app(&[("index.html", b"new"), ("both-0123456789abcdef.js", b"new")]);
    let previous = app(&[
        ("index.html", b"old"),
        ("both-0123456789abcdef.js", b"old"),
        ("gone-0123456789abcdef.js", b"old"),
        ("gone-0123456789abcdef.js.br", b"br"),
        ("chunk-Original.js", b"old"),
        ("about.html", b"old"),
    ]);
    let assets = load(&SpaOptions { previous: Some(previous.path().into()), ..of(folder.path()) });
    let content = |name: &str| assets.get(name).map(|asset| asset.identity.clone());
    assert_eq!(content("index.html").unwrap(), "new");
    assert_eq!(content("both-0123456789abcdef.js").unwrap(), "new");
    assert_eq!(content("gone-0123456789abcdef.js").unwrap(), "old");
    assert_eq!(assets.get("gone-0123456789abcdef.js").unwrap().br.as_deref(), Some(&b"br"[..]));
    // The hash of a name may read like a word.
    assert_eq!(content("chunk-Original.js").unwrap(), "old");
    assert!(!assets.get("chunk-Original.js").unwrap().immutable);
    assert_eq!(content("about.html"), None);
}

#[test]
fn another_build_that_is_missing_is_none_and_one_that_cannot_be_read_is_an_error() {
    let folder = app(&[("index.html", b"<html>"), ("file", b"")]);
    let previous = |name: &str| {
        let previous = Some(folder.path().join(name));
        Assets::load(&SpaOptions { previous, ..of(folder.path()) }, &seen())
    };
    assert!(previous("missing").unwrap().is_some());
    let err = previous("file").unwrap_err().to_string();
    assert!(err.starts_with("BFF_SPA_PREVIOUS: ") && err.contains("cannot be read"), "{err}");
}

#[test]
fn a_folder_without_an_app_is_an_error_only_where_it_was_asked_for() {
    let empty = app(&[("readme.txt", b"")]);
    assert!(matches!(Assets::load(&of(empty.path()), &seen()), Err(SpaError::NoIndex(_))));
    let missing = empty.path().join("missing");
    assert!(matches!(Assets::load(&of(&missing), &seen()), Err(SpaError::Read { .. })));
    if embedded::files().is_none() {
        assert!(Assets::load(&options(SpaSource::EmbeddedOr(missing)), &seen()).unwrap().is_none());
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_and_hidden_files_are_not_served() {
    let outside = app(&[("secret", b"x")]);
    let folder = app(&[
        ("index.html", b"<html>"),
        (".env", b"KEY=1"),
        (".git/config", b"x"),
        ("a/.well-known/b", b"x"),
        (".well-known/.hidden", b"x"),
    ]);
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("link")).unwrap();
    let assets = load(&of(folder.path()));
    for name in ["link", ".env", ".git/config", "a/.well-known/b", ".well-known/.hidden"] {
        assert!(assets.get(name).is_none(), "{name}");
    }
}

#[test]
fn well_known_files_are_served_with_their_types() {
    let folder = app(&[
        ("index.html", b"<html>"),
        (".well-known/apple-app-site-association", b"{}"),
        (".well-known/assetlinks.json", b"[]"),
        (".well-known/security.txt", b"Contact: x"),
    ]);
    let assets = load(&of(folder.path()));
    for (name, expected) in [
        ("apple-app-site-association", "application/json"),
        ("assetlinks.json", "application/json"),
        ("security.txt", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(assets.get(&format!(".well-known/{name}")).unwrap().content_type, expected, "{name}");
    }
}
