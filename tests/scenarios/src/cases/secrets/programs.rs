//! Instances of our own with secrets in their settings: what they print, say and complain of.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use streams::clock;
use uuid::Uuid;

use crate::{
    secrets::Secrets,
    sinks::{self, Sink},
    system::program,
};

/// Variables of a program.
type Settings = Vec<(&'static str, String)>;

/// Programs that are started.
const PROGRAMS: [&str; 4] = ["command-api", "job-saga", "projector", "control-log"];

/// Starts each with each secret.
pub(super) async fn said(planted: &mut Secrets, nats: &str) -> Result<Vec<Sink>> {
    let folder = std::env::temp_dir().join(format!("control-secrets-{}", Uuid::now_v7().simple()));
    std::fs::create_dir_all(&folder)?;
    let outcome = with_settings(planted, nats, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn with_settings(planted: &mut Secrets, nats: &str, folder: &Path) -> Result<Vec<Sink>> {
    let mut all = Vec::new();
    let settings = settings(planted, nats, folder)?;
    for name in PROGRAMS {
        for (about, own) in &settings {
            all.push(Sink::new(format!("{name} with {about}"), output(name, own).await?));
        }
    }
    Ok(all)
}

fn word(kind: &str) -> String {
    format!("{kind}{}", Uuid::now_v7().simple())
}

/// Settings with one kind of secret each, and what they are about.
fn settings(
    planted: &mut Secrets,
    nats: &str,
    folder: &Path,
) -> Result<Vec<(&'static str, Settings)>> {
    let mut plant = |name: &'static str, value: String| {
        planted.plant(name, &value);
        value
    };
    let write = |name: &str, text: &str| -> Result<String> {
        let file = folder.join(name);
        std::fs::write(&file, text)?;
        Ok(file.display().to_string())
    };
    let in_nats = plant("password in the URL of NATS", word("nats"));
    let in_gateway = plant("password in the URL of the Gateway", word("gateway"));
    let in_grafana = plant("password of Grafana's administrator in its URL", word("grafana"));
    let shared = write("shared", &plant("shared secret of tokens", word("shared")))?;
    let node = write("node-token", &plant("service token of another fleet", word("node")))?;
    // Of the right alphabet; it opens nothing.
    let seed = word("SUA").to_uppercase().replace(['0', '1', '8', '9'], "A");
    let seed = plant("seed of an nkey", seed);
    let creds = format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n",
        STANDARD.encode("no jwt")
    );
    let (creds, nkey) = (write("user.creds", &creds)?, write("user.nk", &seed)?);
    let (log, away) = ("CONTROL_NATS_URL", format!("nats://u:{in_nats}@127.0.0.1:1"));
    let named = nats.replacen("://", &format!("://u:{in_nats}@"), 1);
    let gateway = format!("http://u:{in_gateway}@127.0.0.1:1");
    let grafana = format!("http://admin:{in_grafana}@127.0.0.1:3000");
    let here = || (log, nats.to_owned());
    let algorithm = ("CONTROL_TOKEN_SECRET_ALG", "HS256".to_owned());
    let keys = ("CONTROL_JWKS_URL", format!("{gateway}/keys"));
    let mut all = vec![
        ("a password in the URL of NATS", vec![(log, named)]),
        ("a NATS that is away", vec![(log, away)]),
        ("credentials", vec![here(), ("CONTROL_NATS_CREDS", creds)]),
        ("an nkey", vec![here(), ("CONTROL_NATS_NKEY_FILE", nkey)]),
        ("a Gateway", vec![here(), ("CONTROL_GATEWAY_URL", gateway), keys]),
        ("a Grafana", vec![here(), ("CONTROL_GRAFANA_URL", grafana)]),
        ("a shared secret", vec![here(), ("CONTROL_TOKEN_SECRET_FILE", shared), algorithm]),
    ];
    for (_, own) in &mut all {
        own.push(("CONTROL_NODE_TOKEN_FILE", node.clone()));
        own.push(("CONTROL_LOG", "debug".to_owned()));
    }
    Ok(all)
}

/// What a program says of its settings, and when it is started for a moment.
async fn output(name: &str, env: &[(&str, String)]) -> Result<String> {
    let mut text = String::new();
    let runs: [&[&str]; 3] = [&["config", "print"], &["config", "check"], &[]];
    for args in runs {
        if name == "control-log" && args.is_empty() {
            continue;
        }
        let mut command = tokio::process::Command::new(program(name)?);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("CONTROL_API_LISTEN", "127.0.0.1:0");
        command.env("CONTROL_SAGA_LISTEN", "127.0.0.1:0");
        command.env("CONTROL_PROJECTOR_LISTEN", "127.0.0.1:0");
        command.envs(env.iter().map(|(name, value)| (*name, value.as_str()))).kill_on_drop(true);
        let child = command.spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id().context("no pid")?)?);
        let ended = child.wait_with_output();
        let stop = async {
            clock::pause(Duration::from_millis(if args.is_empty() { 700 } else { 5_000 })).await;
            text.push_str(&sinks::command_lines()?[0].text);
            // It may have ended by itself.
            let _ = kill(pid, Signal::SIGTERM);
            anyhow::Ok(())
        };
        tokio::pin!(ended);
        let output = tokio::select! {
            output = &mut ended => output?,
            stopped = stop => {
                stopped?;
                ended.await?
            }
        };
        text.push_str(&String::from_utf8_lossy(&output.stdout));
        text.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Ok(text)
}
