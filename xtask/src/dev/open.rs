//! Opening the UI in the person's browser, where there is a person with a browser.
//! It must never fail the start. Next: `../dev.rs`.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

/// Opens the address when this runs at a terminal of a desktop; otherwise does nothing.
pub(crate) fn browser(address: &str) {
    let desktop = crate::settings::path("DISPLAY").is_some()
        || crate::settings::path("WAYLAND_DISPLAY").is_some()
        || cfg!(target_os = "macos");
    if !desktop || !std::io::stdout().is_terminal() {
        return;
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || Stdio::null();
    // A desktop without an opener is fine: the address is on the screen.
    drop(Command::new(opener).arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn());
}
