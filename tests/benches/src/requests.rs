//! Requests through the whole path: token, right, tenant, append, decision, read model.
//!
//! Each asks for a plan nobody has seen, so that the job is accepted, planned and rejected: the
//! whole way to a visible decision without moving a tenant.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use uuid::Uuid;

use streams::jetstream::Jetstream;

use crate::{env::Env, migration::body_of, quantiles::Quantiles, raw::Raw};

/// Turns before anything is timed: connections, caches, pages of the log.
const WARM_UP: usize = 20;

/// Times of one run.
pub(crate) struct Measured {
    pub(crate) raw: Quantiles,
    pub(crate) accepted: Quantiles,
    pub(crate) visible: Quantiles,
}

/// A signed-in operator.
pub(crate) struct Client {
    http: reqwest::Client,
    api: String,
    token: String,
    tenants: Vec<String>,
}

impl Client {
    /// Signs in at the Gateway and learns the tenants.
    pub(crate) async fn sign_in(env: &Env) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        let user = env.users.iter().find(|u| u.role == "operator").context("no operator")?;
        let body = json!({"username": user.username, "password": user.password});
        let login = http.post(format!("{}/auth/v1/login", env.gateway)).json(&body).send().await?;
        let told: Value = login.error_for_status()?.json().await?;
        let token = told["access_token"].as_str().context("no token")?.to_owned();
        let url = format!("{}/admin/v1/tenants?limit=200", env.api);
        let page = http.get(url).bearer_auth(&token).send().await?.error_for_status()?;
        let page: Value = page.json().await?;
        let items = page["items"].as_array().context("no tenants")?;
        let tenants = items.iter().filter_map(|t| t["tenant_id"].as_str()).map(str::to_owned);
        let tenants: Vec<String> = tenants.collect();
        Ok(Self { http, api: env.api.clone(), token, tenants })
    }

    /// Who can be moved.
    pub(crate) fn tenants(&self) -> &[String] {
        &self.tenants
    }

    /// Times raw appends, POST to 202, and POST until the decision is visible in the read model, in
    /// turn, so that a load that comes and goes meets all of them alike.
    pub(crate) async fn interleaved(&self, nats: &Jetstream, n: usize) -> Result<Measured> {
        let mut raw = Raw::begin(nats).await?;
        let (mut appends, mut accepted, mut visible) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..n + WARM_UP {
            let append = raw.append().await?;
            let prefer = (i % 2 == 1).then_some("wait=2");
            let begin = Instant::now();
            let job = self.post(i, prefer).await?;
            let took = begin.elapsed();
            if prefer.is_some() {
                self.must_be_decided(&job).await?;
            }
            self.ended(&job).await?;
            if i >= WARM_UP {
                appends.push(append);
                if prefer.is_some() { visible.push(took) } else { accepted.push(took) }
            }
        }
        raw.end(nats).await?;
        Ok(Measured {
            raw: Quantiles::of(appends),
            accepted: Quantiles::of(accepted),
            visible: Quantiles::of(visible),
        })
    }

    /// The answer came when the decision was visible, not when the wait was over.
    async fn must_be_decided(&self, job: &str) -> Result<()> {
        let row = self.row(job).await?.with_context(|| format!("{job} is not visible"))?;
        if row["waiting_on"] == "decision" {
            bail!("{job} was answered before its decision was visible");
        }
        Ok(())
    }

    async fn post(&self, i: usize, prefer: Option<&str>) -> Result<String> {
        let tenant = &self.tenants[i % self.tenants.len()];
        let body = json!({"params": {"targets": {"runner": "run-01"}}, "reason": "benchmark",
            "plan_hash": "0".repeat(64)});
        self.ask(tenant, &body, prefer).await
    }

    async fn ask(&self, tenant: &str, body: &Value, prefer: Option<&str>) -> Result<String> {
        let mut request = self
            .http
            .post(format!("{}/admin/v1/jobs/tenant-migrate", self.api))
            .bearer_auth(&self.token)
            .header("x-tenant-id", tenant)
            .header("idempotency-key", Uuid::now_v7().to_string());
        if let Some(prefer) = prefer {
            request = request.header("prefer", prefer);
        }
        let answer = request.json(body).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        if status != 202 {
            bail!("expected 202, got {status}: {body}");
        }
        Ok(body["job_id"].as_str().context("no job_id")?.to_owned())
    }

    /// Waits, untimed, until the job has ended, so that no lock or permit is in the way of the next.
    pub(crate) async fn ended(&self, job: &str) -> Result<Value> {
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if let Some(row) = self.row(job).await?
                && !row["finished_at"].is_null()
            {
                return Ok(row);
            }
            streams::clock::pause(Duration::from_millis(5)).await;
        }
        bail!("{job} has not ended within 60 s")
    }

    async fn row(&self, job: &str) -> Result<Option<Value>> {
        let url = format!("{}/admin/v1/jobs/{job}", self.api);
        let answer = self.http.get(&url).bearer_auth(&self.token).send().await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        Ok(Some(answer.json().await?))
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    /// Gets a URL to its last byte.
    pub(crate) async fn get(&self, url: &str) -> Result<bytes::Bytes> {
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status()?.bytes().await?)
    }

    /// The answer of a path.
    pub(crate) async fn bytes(&self, path: &str) -> Result<bytes::Bytes> {
        self.get(&self.url(path)).await
    }

    /// A job that went through.
    pub(crate) async fn migrated(&self) -> Result<String> {
        let tenant = self.tenants.first().context("no tenants")?;
        let plan = self.passing_plan(tenant, "projection").await?;
        let job = self.create(tenant, &plan).await?;
        let row = self.ended(&job).await?;
        if row["state"] != "succeeded" {
            bail!("{job} ended as {}: {}", row["state"], row["errors"]);
        }
        Ok(job)
    }

    /// A plan whose gates hold; waits out a fleet that still converges.
    pub(crate) async fn passing_plan(&self, tenant: &str, kind: &str) -> Result<Value> {
        let url = format!("{}/admin/v1/plans/tenant-migrate", self.api);
        let body = json!({"params": {"targets": {kind: null}}});
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let request = self.http.post(&url).bearer_auth(&self.token);
            let answer = request.header("x-tenant-id", tenant).json(&body).send().await?;
            let plan: Value = answer.error_for_status()?.json().await?;
            let gates = plan["gates"].as_array().cloned().unwrap_or_default();
            if gates.iter().all(|gate| gate["verdict"] == "pass") {
                return Ok(plan);
            }
            if Instant::now() > until {
                bail!("the gates of {tenant} do not hold: {}", plan["gates"]);
            }
            streams::clock::pause(Duration::from_millis(250)).await;
        }
    }

    /// Asks for exactly this plan.
    pub(crate) async fn create(&self, tenant: &str, plan: &Value) -> Result<String> {
        self.ask(tenant, &body_of(plan), None).await
    }
}
