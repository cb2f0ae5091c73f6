//! Screens, colour schemes and pictures.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::Page;

/// The size of a screen in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Physical pixels per CSS pixel.
    pub scale: u32,
}

impl Screen {
    /// A phone, held upright.
    pub const PHONE: Self = Self { width: 390, height: 844, scale: 2 };
    /// A tablet, held upright.
    pub const TABLET: Self = Self { width: 768, height: 1024, scale: 1 };
    /// A laptop.
    pub const DESKTOP: Self = Self { width: 1440, height: 900, scale: 1 };
}

/// The colour scheme that the system prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// The value of `prefers-color-scheme`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Collects the layout shifts so far, two frames later, when the last of them has been counted. `hadRecentInput` is ignored:
/// Chromium also sets it for half a second after the viewport got its size.
const LAYOUT_SHIFT: &str = r#"
    const done = arguments[arguments.length - 1];
    const shifts = [];
    const take = (entries) => entries.forEach((entry) => shifts.push({
        value: entry.value,
        moved: entry.sources.map((source) => source.node?.outerHTML?.slice(0, 120) ?? "text or a removed element"),
    }));
    const observer = new PerformanceObserver((list) => take(list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        take(observer.takeRecords());
        done({ sum: shifts.reduce((sum, shift) => sum + shift.value, 0), shifts });
    })));
"#;

impl Page {
    /// The layout shifts of a page without any input since it was loaded: their sum, and the elements that moved.
    pub async fn layout_shift(&self) -> (f64, Value) {
        let mut found = self.evaluate_async(LAYOUT_SHIFT, Vec::new()).await;
        (found["sum"].as_f64().unwrap(), found["shifts"].take())
    }

    /// Gives the page another screen.
    pub async fn on_screen(&self, screen: Screen) {
        let params = json!({
            "width": screen.width,
            "height": screen.height,
            "deviceScaleFactor": screen.scale,
            "mobile": screen == Screen::PHONE,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", params).await;
    }

    /// Makes the system prefer a scheme, and no motion, so that nothing is measured halfway.
    pub async fn in_scheme(&self, scheme: Scheme) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme.name() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// The screen, without scrollbars, as a PNG file.
    pub async fn picture(&self) -> Vec<u8> {
        self.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
        let shot = self.devtools("Page.captureScreenshot", json!({ "format": "png" })).await;
        STANDARD.decode(shot["data"].as_str().unwrap_or_default()).unwrap()
    }
}
