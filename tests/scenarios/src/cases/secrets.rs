//! Secrets of every kind go through a busy system; afterwards none is found anywhere.
//!
//! Some are used as they should be, some are put where they do not belong: into a query, a path, a
//! header, an unknown field, a setting. What a client is told is searched too. Reasons, user names
//! and configuration documents are no secrets.

mod out_of_place;
mod programs;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Method, RequestBuilder, header::SET_COOKIE};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    secrets::Secrets,
    sinks::{self, Sink},
    system::System,
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
    out_of_place::tried(&mut run).await?;
    let outputs = programs::said(&mut run.planted, run.system.nats()).await?;
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
