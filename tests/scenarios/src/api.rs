//! The operators' API as a script uses it: a bearer token, JSON, idempotency keys.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use streams::clock;
use uuid::Uuid;

/// One answer, whatever its status.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    /// It says when to come again.
    pub(crate) retry_after: bool,
    pub(crate) body: Value,
    pub(crate) raw: Vec<u8>,
}

impl Answer {
    /// The problem's stable code.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    /// The body when the status is `status`.
    pub(crate) fn expect(self, status: u16) -> Result<Value> {
        if self.status == status {
            return Ok(self.body);
        }
        bail!("expected {status}, got {}: {}", self.status, self.body)
    }
}

/// A signed-in client.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    base: String,
    token: String,
    http: reqwest::Client,
}

/// A new idempotency key.
pub(crate) fn new_key() -> String {
    Uuid::now_v7().to_string()
}

impl Api {
    /// Signs in at the Gateway, as a machine does.
    pub(crate) async fn sign_in(
        base: &str,
        gateway: &str,
        username: &str,
        password: &str,
    ) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build()?;
        let body = json!({"username": username, "password": password});
        let answer = http.post(format!("{gateway}/auth/v1/login")).json(&body).send().await?;
        let told: Value = answer.error_for_status()?.json().await?;
        let token = told["access_token"].as_str().context("the Gateway gave no token")?;
        Ok(Self { base: base.to_owned(), token: token.to_owned(), http })
    }

    /// The same client with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Its access token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Sends a request with these headers.
    pub(crate) async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("no answer from {path}"))?;
        let status = answer.status().as_u16();
        let replayed = answer.headers().contains_key("idempotency-replayed");
        let retry_after = answer.headers().contains_key("retry-after");
        let raw = answer.bytes().await?.to_vec();
        let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
        Ok(Answer { status, replayed, retry_after, body, raw })
    }

    /// Reads a resource.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.send(reqwest::Method::GET, path, &[], None).await?.expect(200)
    }

    /// Plans a migration of some kinds to the shards the rule chooses.
    pub(crate) async fn plan(&self, tenant: &str, targets: &Value) -> Result<Value> {
        self.plan_with(tenant, &json!({"targets": targets})).await
    }

    /// Plans a migration with these parameters.
    pub(crate) async fn plan_with(&self, tenant: &str, params: &Value) -> Result<Value> {
        let path = "/admin/v1/plans/tenant-migrate";
        let body = json!({"params": params});
        let headers = [("x-tenant-id", tenant)];
        self.send(reqwest::Method::POST, path, &headers, Some(&body)).await?.expect(200)
    }

    /// The body that asks for exactly this plan.
    pub(crate) fn job_body(plan: &Value, reason: &str) -> Value {
        let params = &plan["spec"]["params"];
        let params = if params.is_null() { &plan["params"] } else { params };
        json!({"params": params, "reason": reason, "plan_hash": plan["plan_hash"]})
    }

    /// Asks for a job.
    pub(crate) async fn create(&self, tenant: &str, key: &str, body: &Value) -> Result<Answer> {
        let path = "/admin/v1/jobs/tenant-migrate";
        let headers = [("x-tenant-id", tenant), ("idempotency-key", key)];
        self.send(reqwest::Method::POST, path, &headers, Some(body)).await
    }

    /// Plans and asks; waits out a fleet that is still converging from the job before.
    pub(crate) async fn migrate(&self, tenant: &str, targets: &Value) -> Result<String> {
        self.migrate_with(tenant, &json!({"targets": targets})).await
    }

    /// As [`Api::migrate`], with these parameters.
    pub(crate) async fn migrate_with(&self, tenant: &str, params: &Value) -> Result<String> {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let plan = self.plan_with(tenant, params).await?;
            let gates = plan["gates"].as_array().cloned().unwrap_or_default();
            let open: Vec<&Value> = gates.iter().filter(|g| g["verdict"] != "pass").collect();
            if open.is_empty() {
                let body = Self::job_body(&plan, "acceptance");
                let receipt = self.create(tenant, &new_key(), &body).await?.expect(202)?;
                return Ok(receipt["job_id"].as_str().context("no job_id")?.to_owned());
            }
            if Instant::now() > until {
                bail!("gates of {tenant} do not hold: {open:?}");
            }
            clock::pause(Duration::from_millis(250)).await;
        }
    }

    /// Asks something of a job.
    pub(crate) async fn verb(&self, job: &str, verb: &str) -> Result<Answer> {
        let path = format!("/admin/v1/jobs/{job}/{verb}");
        let key = new_key();
        let headers = [("idempotency-key", key.as_str())];
        let body = json!({"reason": "acceptance"});
        self.send(reqwest::Method::POST, &path, &headers, Some(&body)).await
    }

    /// The job as the page shows it, once it has ended.
    pub(crate) async fn ended(&self, job: &str, limit: Duration) -> Result<Value> {
        let until = Instant::now() + limit;
        let path = format!("/admin/v1/jobs/{job}");
        let mut last = Value::Null;
        loop {
            if let Ok(answer) = self.send(reqwest::Method::GET, &path, &[], None).await {
                if answer.status == 200 && !answer.body["finished_at"].is_null() {
                    return Ok(answer.body);
                }
                last = answer.body;
            }
            if Instant::now() > until {
                let brief = json!({"state": last["state"], "errors": last["errors"]});
                bail!("{job} has not ended within {} s: {brief}", limit.as_secs());
            }
            clock::pause(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a read is answered: everything the API needs is there again.
    pub(crate) async fn settled(&self, limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        loop {
            match self.get("/admin/v1/jobs?limit=1").await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error),
                Err(_) => clock::pause(Duration::from_millis(50)).await,
            }
        }
    }
}
