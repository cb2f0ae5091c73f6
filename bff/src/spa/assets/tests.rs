use super::*;

fn app(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
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
    let assets = Assets::from_folder(folder.path(), false, &BasePath::new("/")).unwrap();
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
fn only_a_name_with_a_hash_is_immutable() {
    for (name, hashed) in [
        ("frontend-0123456789abcdef.js", true),
        ("frontend-0123456789abcdef_bg.wasm", true),
        ("styles-89abcdef.css", true),
        ("index.html", false),
        ("favicon.svg", false),
        ("deadbeef.css", false),
        ("icon-180.png", false),
        ("my-dashboard.js", false),
    ] {
        assert_eq!(has_hash(name), hashed, "{name}");
    }
}

#[test]
fn a_folder_without_an_app_is_an_error_only_where_it_was_asked_for() {
    let empty = app(&[("readme.txt", b"")]);
    assert!(matches!(
        Assets::load(&SpaSource::Folder(empty.path().into()), false, &BasePath::new("/")),
        Err(SpaError::NoIndex(_))
    ));
    let missing = empty.path().join("missing");
    assert!(matches!(
        Assets::load(&SpaSource::Folder(missing.clone()), false, &BasePath::new("/")),
        Err(SpaError::Read { .. })
    ));
    if embedded::files().is_none() {
        assert!(Assets::load(&SpaSource::EmbeddedOr(missing), false, &BasePath::new("/")).unwrap().is_none());
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_and_hidden_files_are_not_served() {
    let outside = app(&[("secret", b"x")]);
    let folder = app(&[("index.html", b"<html>"), (".env", b"KEY=1")]);
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("link")).unwrap();
    let assets = Assets::from_folder(folder.path(), false, &BasePath::new("/")).unwrap();
    assert!(assets.get("link").is_none());
    assert!(assets.get(".env").is_none());
}
