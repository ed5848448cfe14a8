//! Not a test: writes every page to a folder, for viewing.

use std::{env, fs, path::PathBuf, time::SystemTime};

use super::sample;

#[test]
#[ignore = "writes files: PAGES_DIR=/tmp/pages cargo test -p example-pages gallery -- --ignored"]
fn gallery() {
    let folder = PathBuf::from(env::var_os("PAGES_DIR").unwrap_or_else(|| "/tmp/pages".into()));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    fs::create_dir_all(&folder).unwrap();
    for (name, page) in sample::pages_at(now) {
        fs::write(folder.join(name).with_extension("html"), page).unwrap();
    }
}
