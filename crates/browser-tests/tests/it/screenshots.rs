//! Pictures of the dashboard for the documentation, on demand:
//! `BFF_TEST_SCREENSHOTS=docs/images cargo test -p browser-tests screenshots -- --ignored`.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use browser_tests::{
    OtherBrowser, Scheme, Screen, Setup, Stage, Stroke, button, combobox, heading, link, play, textbox,
};

/// The variable that names the pictures' folder.
const FOLDER: &str = "BFF_TEST_SCREENSHOTS";

async fn take(stage: &Stage, folder: &Path, name: &str) -> io::Result<()> {
    let page = &stage.page;
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
        page.is_whole().await;
        if name == "menu" {
            page.click(&button("Account: Ada Okafor")).await;
            page.sees(&link("Your sessions")).await;
        }
        if name == "palette" {
            page.press(Stroke::with_control("k")).await;
            page.fill(&combobox("Search commands and todos"), "plan").await;
            page.reads("Search todos for").await;
        }
        if name == "selection" {
            page.click(&button("Select")).await;
            page.click(&button("Select all")).await;
            page.reads("12 selected").await;
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
            take(stage, &folder, name).await.unwrap();
        }
        stage.page.begin_session("ada", "adapass").await;
        let _others = [(); 2].map(|()| OtherBrowser::sign_in(&stage.server, "ada", "adapass"));
        let quick =
            [("/todos", "menu"), ("/sessions", "sessions"), ("/todos", "palette"), ("/todos", "selection")];
        for (address, name) in quick {
            stage.page.open(address).await;
            take(stage, &folder, name).await.unwrap();
        }
    });
}
