//! Pictures of the dashboard for the documentation, on demand:
//! `BFF_TEST_SCREENSHOTS=docs/images cargo test -p browser-tests screenshots -- --ignored`.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use browser_tests::{OtherBrowser, Page, Scheme, Screen, Setup, button, heading, link, play, textbox};

/// The variable that names the pictures' folder.
const FOLDER: &str = "BFF_TEST_SCREENSHOTS";

async fn take(page: &Page, folder: &Path, name: &str) -> io::Result<()> {
    for (scheme, screen, suffix) in [
        (Scheme::Light, Screen::DESKTOP, "light-desktop"),
        (Scheme::Dark, Screen::DESKTOP, "dark-desktop"),
        (Scheme::Light, Screen::TABLET, "light-tablet"),
        (Scheme::Dark, Screen::TABLET, "dark-tablet"),
        (Scheme::Light, Screen::PHONE, "light-phone"),
        (Scheme::Dark, Screen::PHONE, "dark-phone"),
    ] {
        page.on_screen(screen).await;
        page.in_scheme(scheme).await;
        page.reload().await;
        match name {
            "overview" => {
                page.sees(&button("Show all 30 people")).await;
                page.does_not_read("Person 1").await;
            }
            "login" => page.sees(&textbox("Name")).await,
            "sessions" => page.reads("Firefox on Linux").await,
            _ => {
                page.sees(&heading("1–12 of 254 todos")).await;
                page.does_not_read("Person 1").await;
            }
        }
        if name == "menu" {
            page.click(&button("Account: Ada Okafor")).await;
            page.sees(&link("Your sessions")).await;
        }
        fs::write(folder.join(format!("{name}-{suffix}.png")), page.picture().await)?;
    }
    Ok(())
}

#[test]
#[ignore = "writes pictures into the folder that BFF_TEST_SCREENSHOTS names"]
fn screenshots_of_the_pages_are_written() {
    let folder =
        PathBuf::from(env::var_os(FOLDER).unwrap_or_else(|| panic!("{FOLDER} has to name a folder")));
    fs::create_dir_all(&folder).unwrap();
    play(Setup::default(), async |stage| {
        for (address, name) in [("/", "overview"), ("/todos", "todos"), ("/login", "login")] {
            stage.page.open(address).await;
            take(&stage.page, &folder, name).await.unwrap();
        }
        stage.page.begin_session("ada", "adapass").await;
        let _others = [(); 2].map(|()| OtherBrowser::sign_in(&stage.server, "ada", "adapass"));
        for (address, name) in [("/todos", "menu"), ("/sessions", "sessions")] {
            stage.page.open(address).await;
            take(&stage.page, &folder, name).await.unwrap();
        }
    });
}
