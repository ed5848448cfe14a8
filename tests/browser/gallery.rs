//! Screenshots of every page, light and dark, on a phone and on a desktop: `SCREENSHOTS=1`.

use std::path::PathBuf;

use serde_json::json;

use crate::driver::Window;

/// `screenshots` in the target directory of this build.
fn folder() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable
        .ancestors()
        .find(|path| path.file_name().is_some_and(|name| name == "debug" || name == "release"))
        .map_or_else(|| PathBuf::from("target/screenshots"), |profile| profile.with_file_name("screenshots"))
}

pub(crate) fn is_wanted() -> bool {
    std::env::var_os("SCREENSHOTS").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Four screenshots of the whole current page.
pub(crate) async fn screenshot(window: &Window, framework: &str, name: &str) {
    std::fs::create_dir_all(folder()).unwrap();
    for (width, device) in [(390, "phone"), (1280, "desktop")] {
        for scheme in ["light", "dark"] {
            let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            window.devtools("Emulation.setEmulatedMedia", features).await.unwrap();
            size(window, width, 800).await;
            let height = window.run("return document.documentElement.scrollHeight").await.as_u64().unwrap();
            size(window, width, height.clamp(800, 6000)).await;
            let wide = window.run("return document.documentElement.scrollWidth").await.as_u64().unwrap();
            assert!(wide <= width, "{name} on a {device} ({scheme}) is {wide} px wide and must be scrolled sideways");
            let png = window.client.screenshot().await.unwrap();
            std::fs::write(folder().join(format!("{framework}.{name}.{device}.{scheme}.png")), png).unwrap();
        }
    }
    window.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await.unwrap();
    window.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await.unwrap();
}

async fn size(window: &Window, width: u64, height: u64) {
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
    window.devtools("Emulation.setDeviceMetricsOverride", metrics).await.unwrap();
}
