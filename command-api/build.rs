//! Makes sure there is a console to embed: without a build of `ui`, a page that says so.

use std::{fs, path::Path};

fn main() {
    let dist = Path::new("../ui/dist");
    println!("cargo::rerun-if-changed=../ui/dist");
    println!("cargo::rerun-if-env-changed=CONTROL_GIT_SHA");
    let page = dist.join("index.html");
    if !page.exists() {
        let text = "<!doctype html><title>Control</title><p>The console has not been built: run \
                    <code>npm run build</code> in <code>ui</code>.</p>\n";
        if fs::create_dir_all(dist).and_then(|()| fs::write(&page, text)).is_err() {
            println!("cargo::warning=ui/dist cannot be made; the console will be missing");
        }
    }
}
