//! Requests through the whole path: token, right, tenant, append, decision, read model.
//!
//! Each asks for a plan nobody has seen, so that the job is accepted, planned and rejected: the
//! whole way to a visible decision without moving a tenant.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{env::Env, quantiles::Quantiles};

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

    /// Times POST to 202.
    pub(crate) async fn accepted(&self, n: usize) -> Result<Quantiles> {
        let mut times = Vec::with_capacity(n);
        for i in 0..n {
            let begin = Instant::now();
            let job = self.post(i, None).await?;
            times.push(begin.elapsed());
            self.ended(&job).await?;
        }
        Ok(Quantiles::of(times))
    }

    /// Times POST until the decision is visible in the read model.
    pub(crate) async fn visible(&self, n: usize) -> Result<Quantiles> {
        let mut times = Vec::with_capacity(n);
        for i in 0..n {
            let begin = Instant::now();
            let job = self.post(i, Some("wait=2")).await?;
            times.push(begin.elapsed());
            self.ended(&job).await?;
        }
        Ok(Quantiles::of(times))
    }

    async fn post(&self, i: usize, prefer: Option<&str>) -> Result<String> {
        let tenant = &self.tenants[i % self.tenants.len()];
        let body = json!({"params": {"targets": {"runner": "run-01"}}, "reason": "benchmark",
            "plan_hash": "0".repeat(64)});
        let mut request = self
            .http
            .post(format!("{}/admin/v1/jobs/tenant-migrate", self.api))
            .bearer_auth(&self.token)
            .header("x-tenant-id", tenant)
            .header("idempotency-key", Uuid::now_v7().to_string());
        if let Some(prefer) = prefer {
            request = request.header("prefer", prefer);
        }
        let answer = request.json(&body).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        if status != 202 {
            bail!("expected 202, got {status}: {body}");
        }
        Ok(body["job_id"].as_str().context("no job_id")?.to_owned())
    }

    /// Waits, untimed, until the job has ended, so that no lock or permit is in the way of the next.
    async fn ended(&self, job: &str) -> Result<()> {
        let url = format!("{}/admin/v1/jobs/{job}", self.api);
        for _ in 0..2000 {
            let answer = self.http.get(&url).bearer_auth(&self.token).send().await?;
            if answer.status().is_success() {
                let row: Value = answer.json().await?;
                if !row["finished_at"].is_null() {
                    return Ok(());
                }
            }
            streams::clock::pause(Duration::from_millis(5)).await;
        }
        bail!("{job} has not ended")
    }
}
