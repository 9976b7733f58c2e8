//! What a person at a terminal is told once the fleet is up.
//!
//! It must not tell anything that the JSON line for scripts ([`crate::app::Ready`]) does not.

use std::{
    fmt::Write as _,
    io::{IsTerminal, Write as _},
    path::Path,
};

use crate::{
    app::Ready,
    gateway::users::{self, User},
};

/// Says where everything is: to a person on a terminal, else as one JSON line for a script.
///
/// # Errors
/// When the users cannot be read or nobody takes the output.
pub fn say(ready: &Ready, state_dir: &Path) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        let users = users::read(state_dir)?.unwrap_or_default();
        write!(out, "{}", text(ready, &users))?;
    } else {
        writeln!(out, "{}", serde_json::to_string(ready)?)?;
    }
    Ok(out.flush()?)
}

/// Addresses, sign-ins, and three commands to begin with.
#[must_use]
pub fn text(ready: &Ready, users: &[User]) -> String {
    let mut text = String::from("\nThe fleet is up.\n\n");
    for node in &ready.nodes {
        let _ = writeln!(text, "  {:<10} {:<12} {}", node.node_id, node.kind, node.url);
    }
    let _ = writeln!(text, "\n  {:<10} {:<12} password", "user", "role");
    // One of each role is enough to begin with; the file has all.
    let mut roles = Vec::new();
    for user in users.iter().filter(|user| !user.username.contains('-')) {
        if !roles.contains(&&user.role) {
            roles.push(&user.role);
            let _ = writeln!(text, "  {:<10} {:<12} {}", user.username, user.role, user.password);
        }
    }
    let sim = &ready.sim;
    let node = ready.nodes.last().map_or("NODE", |node| node.node_id.as_str());
    let _ = write!(
        text,
        "\n  users      {}\n  token      {} (the nodes' admin side)\n\n\
         What was lost, doubled or misrouted:\n  curl -s {sim}/sim/v1/counters\n\
         Crash a node for two seconds:\n  curl -X PUT {sim}/sim/v1/nodes/{node}/faults/crash\n\
         More: fleet-sim --help. Ctrl-C stops it; the state stays.\n\n",
        ready.users_file.display(),
        ready.node_token_file.display(),
    );
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fleet::contract::NodeKind;

    use super::*;
    use crate::app::ReadyNode;

    #[test]
    fn a_person_is_told_every_node_one_user_a_role_and_how_to_break_something() {
        let node = |id: &str| ReadyNode {
            node_id: id.parse().unwrap(),
            kind: NodeKind::Runner,
            url: format!("http://127.0.0.1/{id}"),
        };
        let user = |name: &str, role: &str| User {
            username: name.to_owned(),
            password: format!("{name}-secret"),
            role: role.to_owned(),
            sub: String::new(),
            rights: Vec::new(),
        };
        let ready = Ready {
            ready: true,
            sim: "http://127.0.0.1:18100".to_owned(),
            gateways: Vec::new(),
            nodes: vec![node("run-01a"), node("run-02a")],
            users_file: PathBuf::from("/state/users.json"),
            node_token_file: PathBuf::from("/state/node-token"),
            issuer: String::new(),
        };
        let users = [user("operator", "operator"), user("acme-operator", "operator")];
        let text = text(&ready, &users);
        for wanted in ["http://127.0.0.1/run-01a", "operator-secret", "run-02a/faults/crash"] {
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        }
        assert!(!text.contains("acme-operator"), "{text}");
    }
}
