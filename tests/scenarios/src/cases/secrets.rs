//! Secrets of every kind go through a busy system; afterwards none is found anywhere.
//!
//! Some are used as they should be, some are put where they do not belong: into a query, a path, a
//! header, an unknown field, a setting. What a client is told is searched too. Reasons, user names
//! and configuration documents are no secrets.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Method, RequestBuilder, header::SET_COOKIE};
use serde_json::{Value, json};
use streams::clock;
use uuid::Uuid;

use crate::{
    secrets::Secrets,
    sinks::{self, Sink},
    system::{System, program},
};

const LIMIT: Duration = Duration::from_secs(90);

/// A secret nobody has seen: letters, digits, and what has to be encoded on the way.
fn secret(kind: &str) -> String {
    format!("{kind}-{}/+@!", Uuid::now_v7().simple())
}

/// The last part of a token: what nobody may learn of it, found in the whole as well.
fn signature(token: &str) -> &str {
    token.rsplit('.').next().unwrap_or(token)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02x}")).collect()
}

/// The clients of the run, what is planted, and what they were told.
struct Run<'s> {
    system: &'s System,
    http: reqwest::Client,
    admin: String,
    planted: Secrets,
    told: String,
}

/// The whole case.
pub(super) async fn none_is_found(system: &System) -> Result<String> {
    let mut run = Run {
        system,
        http: reqwest::Client::builder().timeout(Duration::from_secs(20)).build()?,
        admin: system.sign_in("administrator").await?.token().to_owned(),
        planted: Secrets::default(),
        told: String::new(),
    };
    run.seeded()?;
    let job = system.operator.migrate("vandelay", &json!({"runner": null})).await?;
    run.sessions().await?;
    run.users().await?;
    run.out_of_place().await?;
    let outputs = programs(&mut run.planted, run.system.nats()).await?;
    system.operator.ended(&job, LIMIT).await?;
    let mut all = sinks::all(system).await?;
    all.push(Sink::new("the answers", run.told));
    all.extend(outputs);
    judge(&run.planted, &all)
}

/// Names what is found where; shows that it would have been found.
fn judge(planted: &Secrets, all: &[Sink]) -> Result<String> {
    if planted.len() < 20 {
        bail!("only {} secrets were planted", planted.len());
    }
    let log =
        all.iter().find(|sink| sink.name == "command-api.log").context("no log of the API")?;
    let forms = planted.prove(&log.text[..log.text.len().min(20_000)])?;
    let found: Vec<String> = all
        .iter()
        .flat_map(|sink| {
            let names = planted.found_in(&sink.text);
            names.into_iter().map(|name| format!("{name} in {}", sink.name))
        })
        .collect();
    if !found.is_empty() {
        bail!("{} secrets were found: {}", found.len(), found.join("; "));
    }
    let bytes: usize = all.iter().map(|sink| sink.text.len()).sum();
    Ok(format!(
        "0 of {} secrets in {} sinks of {} kB; each is found in its {forms} forms in all where it is",
        planted.len(),
        all.len(),
        bytes / 1024
    ))
}

impl Run<'_> {
    /// What the system has of its own.
    fn seeded(&mut self) -> Result<()> {
        let (planted, system) = (&mut self.planted, self.system);
        planted.plant("password of the administrator", &system.user("administrator")?.password);
        planted.plant("password of the operator", &system.user("operator")?.password);
        planted.plant("password of the viewer", &system.user("viewer")?.password);
        planted.plant("access token of the administrator", signature(&self.admin));
        planted.plant("access token of the operator", signature(system.operator.token()));
        planted.plant("access token of the viewer", signature(system.viewer.token()));
        let file = system.state().join("fleet/node-token");
        let token = std::fs::read_to_string(&file)
            .with_context(|| format!("no service token in {}", file.display()))?;
        planted.plant("service token of the nodes", signature(token.trim()));
        Ok(())
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.system.api_url()))
    }

    /// Sends it and keeps what was answered, but for the cookie that is meant to carry a token.
    async fn send(&mut self, request: RequestBuilder) -> Result<(u16, String, String)> {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let cookies: Vec<String> = headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        for (name, value) in headers.iter().filter(|(name, _)| **name != SET_COOKIE) {
            self.told.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
        let body = answer.text().await?;
        self.told.push_str(&body);
        self.told.push('\n');
        Ok((status, body, cookies.join("\n")))
    }

    async fn must_be(&mut self, expected: u16, request: RequestBuilder) -> Result<String> {
        let (status, body, _) = self.send(request).await?;
        if status != expected {
            bail!("expected {expected}, got {status}: {body}");
        }
        Ok(body)
    }

    /// Sign-ins by cookie, good and bad, and what hangs on the cookie.
    async fn sessions(&mut self) -> Result<()> {
        let user = self.system.user("viewer")?.clone();
        let body = json!({"username": user.username, "password": user.password});
        let request = self.ask(Method::POST, "/admin/v1/session").json(&body);
        let (status, told, cookie) = self.send(request.header("x-control-ui", "1")).await?;
        if status != 204 {
            bail!("the sign-in was answered {status}: {told}");
        }
        let pair = cookie.split(';').next().unwrap_or_default().to_owned();
        let token = pair.split_once('=').context("a sign-in without cookie")?.1.to_owned();
        self.planted.plant("token in the session cookie", signature(&token));
        let with = |request: RequestBuilder| request.header("cookie", pair.clone());
        self.must_be(200, with(self.ask(Method::GET, "/admin/v1/session"))).await?;
        // A mutation by cookie without the console's header, and the cookie twice.
        self.must_be(403, with(self.ask(Method::DELETE, "/admin/v1/session"))).await?;
        let twice = format!("{pair}; {pair}");
        let request = self.ask(Method::GET, "/admin/v1/session").header("cookie", twice);
        self.must_be(401, request).await?;
        let end = with(self.ask(Method::DELETE, "/admin/v1/session")).header("x-control-ui", "1");
        self.must_be(204, end).await?;
        self.must_be(
            401,
            with(self.ask(Method::DELETE, "/admin/v1/session")).header("x-control-ui", "1"),
        )
        .await?;
        let wrong = secret("wrong");
        self.planted.plant("wrong password of a sign-in", &wrong);
        let body = json!({"username": "nobody-at-all", "password": wrong});
        let request = self.ask(Method::POST, "/admin/v1/session").json(&body);
        self.must_be(401, request.header("x-control-ui", "1")).await?;
        Ok(())
    }

    /// A user is made, changes the password, signs in, is refused and goes.
    async fn users(&mut self) -> Result<()> {
        let (first, second) = (secret("First"), secret("Second"));
        self.planted.plant("password of a new user", &first);
        self.planted.plant("changed password of a user", &second);
        let name = format!("canary-{}", &Uuid::now_v7().simple().to_string()[20..]);
        let body = json!({"username": name, "display_name": "Canary", "password": first,
            "roles": ["viewer"], "rights": []});
        let request = self.write(Method::POST, "/admin/v1/iam/users").json(&body);
        let made: Value = serde_json::from_str(&self.must_be(201, request).await?)?;
        let sub = made["sub"].as_str().context("a user without sub")?.to_owned();
        let path = format!("/admin/v1/iam/users/{sub}/password");
        let version = format!("\"{}\"", made["version"]);
        let request = self.write(Method::PUT, &path).header("if-match", &version);
        self.must_be(204, request.json(&json!({"password": second}))).await?;
        // Refused, with the password in the body all the same.
        let request = self.write(Method::POST, "/admin/v1/iam/users").json(&body);
        self.must_be(409, request).await?;
        let bad = json!({"username": name, "pass": second});
        let request = self.write(Method::POST, "/admin/v1/iam/users").json(&bad);
        self.must_be(422, request).await?;
        let path = format!("/admin/v1/iam/users/{sub}");
        let row: Value =
            serde_json::from_str(&self.must_be(200, self.bearer(Method::GET, &path)).await?)?;
        let version = format!("\"{}\"", row["version"]);
        let request = self.write(Method::DELETE, &path).header("if-match", version);
        self.must_be(204, request).await?;
        Ok(())
    }

    fn bearer(&self, method: Method, path: &str) -> RequestBuilder {
        self.ask(method, path).bearer_auth(&self.admin)
    }

    fn write(&self, method: Method, path: &str) -> RequestBuilder {
        self.bearer(method, path).header("x-reason", "acceptance: planted secrets")
    }

    /// Secrets where they do not belong. Most are refused; none is repeated.
    async fn out_of_place(&mut self) -> Result<()> {
        let mut plant = |name: &'static str| {
            let value = secret("odd");
            self.planted.plant(name, &value);
            value
        };
        let (forged, query, path) =
            (plant("forged token"), plant("password in a query"), plant("password in a path"));
        let (field, basic, tenant) = (
            plant("password in an unknown field"),
            plant("password of basic authentication"),
            plant("token as a tenant"),
        );
        let (cookie, proxy, id) = (
            plant("token in a foreign cookie"),
            plant("password of a proxy"),
            plant("token as a request id"),
        );
        let (origin, job, json_text) = (
            plant("password in an origin"),
            plant("password in a job's parameters"),
            plant("password in a broken body"),
        );
        let header = |text: &str| text.replace(['\r', '\n'], "");
        let encoded = encoded(&path);
        let asked: Vec<(RequestBuilder, u16)> = vec![
            (self.ask(Method::GET, "/admin/v1/jobs").bearer_auth(&forged), 401),
            (self.filtered("password", &query), 400),
            (self.filtered("sort", &query), 400),
            (self.filtered("state", &query), 400),
            (self.filtered("cursor", &query), 400),
            (self.bearer(Method::GET, &format!("/admin/v1/jobs/{encoded}")), 400),
            (self.bearer(Method::GET, &format!("/admin/v1/{encoded}")), 404),
            (self.bearer(Method::GET, &format!("/admin/v1/iam/roles/{encoded}")), 400),
            (self.session(&json!({"username": "x", "password": field, "pw": field})), 422),
            (self.session(&json!({"username": "x", "password": {"is": field}})), 422),
            (self.session(&json!({"username": "x", "password": [field]})), 422),
            (self.session(&json!(field)), 422),
            (self.session(&json!({"username": [], "password": field})), 422),
            (
                self.ask(Method::GET, "/admin/v1/jobs").header(
                    "authorization",
                    format!("Basic {}", STANDARD.encode(format!("admin:{basic}"))),
                ),
                401,
            ),
            (self.plan(&header(&tenant), json!({"targets": {"runner": null}})), 400),
            (
                self.ask(Method::GET, "/admin/v1/jobs")
                    .header("cookie", format!("other=1; token={cookie}")),
                401,
            ),
            (
                self.bearer(Method::GET, "/admin/v1/jobs")
                    .header("proxy-authorization", format!("Basic {proxy}"))
                    .header("x-api-key", &proxy),
                200,
            ),
            (
                self.bearer(Method::GET, "/admin/v1/jobs")
                    .header("x-request-id", &id)
                    .header("x-correlation-id", &id)
                    .header("traceparent", &id),
                200,
            ),
            (
                self.session(&json!({"username": "x", "password": "y"}))
                    .header("origin", format!("http://u:{origin}@elsewhere.example")),
                403,
            ),
            (self.plan("acme", json!({"targets": {"runner": job}, "password": job})), 422),
            (
                self.bearer(Method::POST, "/admin/v1/plans/tenant-migrate")
                    .header("x-tenant-id", "acme")
                    .header("content-type", "application/json")
                    .body(format!("{{\"params\": \"{json_text}")),
                400,
            ),
        ];
        for (request, expected) in asked {
            self.must_be(expected, request).await?;
        }
        Ok(())
    }

    fn filtered(&self, parameter: &str, value: &str) -> RequestBuilder {
        self.bearer(Method::GET, &format!("/admin/v1/jobs?{parameter}={}", encoded(value)))
    }

    fn session(&self, body: &Value) -> RequestBuilder {
        self.ask(Method::POST, "/admin/v1/session").header("x-control-ui", "1").json(body)
    }

    fn plan(&self, tenant: &str, params: Value) -> RequestBuilder {
        self.bearer(Method::POST, "/admin/v1/plans/tenant-migrate")
            .header("x-tenant-id", tenant)
            .json(&json!({"params": params}))
    }
}

/// Instances of our own with secrets in their settings: what they print, say and complain of.
async fn programs(planted: &mut Secrets, nats: &str) -> Result<Vec<Sink>> {
    let folder = std::env::temp_dir().join(format!("control-secrets-{}", Uuid::now_v7().simple()));
    std::fs::create_dir_all(&folder)?;
    let outcome = with_settings(planted, nats, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn with_settings(planted: &mut Secrets, nats: &str, folder: &Path) -> Result<Vec<Sink>> {
    let word = |kind: &str| format!("{kind}{}", Uuid::now_v7().simple());
    let (in_nats, in_gateway, in_grafana) = (word("nats"), word("gateway"), word("grafana"));
    let (shared, node) = (word("shared"), word("node"));
    // A seed of the right alphabet; it opens nothing.
    let seed: String = word("SUA").to_uppercase().replace(['0', '1', '8', '9'], "A");
    planted.plant("password in the URL of NATS", &in_nats);
    planted.plant("password in the URL of the Gateway", &in_gateway);
    planted.plant("password of Grafana's administrator in its URL", &in_grafana);
    planted.plant("shared secret of tokens", &shared);
    planted.plant("service token of another fleet", &node);
    planted.plant("seed of an nkey", &seed);
    let write = |name: &str, text: &str| -> Result<String> {
        let file = folder.join(name);
        std::fs::write(&file, text)?;
        Ok(file.display().to_string())
    };
    let creds = format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n",
        STANDARD.encode("no jwt")
    );
    let (creds, nkey) = (write("user.creds", &creds)?, write("user.nk", &seed)?);
    let (shared, node) = (write("shared", &shared)?, write("node-token", &node)?);
    let with = |url: &str, user: &str, password: &str| {
        url.replacen("://", &format!("://{user}:{password}@"), 1)
    };
    let common = vec![("CONTROL_NODE_TOKEN_FILE", node), ("CONTROL_LOG", "debug".to_owned())];
    let settings: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("a password in the URL of NATS", vec![("CONTROL_NATS_URL", with(nats, "u", &in_nats))]),
        (
            "a NATS that is away",
            vec![("CONTROL_NATS_URL", format!("nats://u:{in_nats}@127.0.0.1:1"))],
        ),
        ("credentials", vec![("CONTROL_NATS_URL", nats.to_owned()), ("CONTROL_NATS_CREDS", creds)]),
        ("an nkey", vec![("CONTROL_NATS_URL", nats.to_owned()), ("CONTROL_NATS_NKEY_FILE", nkey)]),
        (
            "a password in the URL of the Gateway",
            vec![
                ("CONTROL_NATS_URL", nats.to_owned()),
                ("CONTROL_GATEWAY_URL", format!("http://u:{in_gateway}@127.0.0.1:1")),
                ("CONTROL_JWKS_URL", format!("http://u:{in_gateway}@127.0.0.1:1/keys")),
            ],
        ),
        (
            "a password in the URL of Grafana",
            vec![
                ("CONTROL_NATS_URL", nats.to_owned()),
                ("CONTROL_GRAFANA_URL", format!("http://admin:{in_grafana}@127.0.0.1:3000")),
            ],
        ),
        (
            "a shared secret",
            vec![
                ("CONTROL_NATS_URL", nats.to_owned()),
                ("CONTROL_TOKEN_SECRET_FILE", shared),
                ("CONTROL_TOKEN_SECRET_ALG", "HS256".to_owned()),
            ],
        ),
    ];
    let mut all = Vec::new();
    for name in ["command-api", "job-saga", "projector", "control-log"] {
        for (about, own) in &settings {
            let env: Vec<(&str, String)> = common.iter().chain(own).cloned().collect();
            let text = said(name, &env).await?;
            all.push(Sink::new(format!("{name} with {about}"), text));
        }
    }
    Ok(all)
}

/// What a program says of its settings, and when it is started for a moment.
async fn said(name: &str, env: &[(&str, String)]) -> Result<String> {
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
