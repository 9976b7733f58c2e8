//! A careful client on every door at once: what it was answered, and when.
//!
//! It judges nothing by itself: [`Probe::answers`] hands over what was seen, the cases say what a
//! client may see while something is down.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use streams::clock;
use tokio::task::JoinHandle;

use crate::{
    api::{Api, new_key},
    fleet::Node,
    system::System,
};

/// Tenants that only the probe asks about.
const TENANTS: [&str; 6] =
    ["vandelay", "sterling-cooper", "pied-piper", "gringotts", "dunder-mifflin", "aperture"];
const PAUSE: Duration = Duration::from_millis(60);
/// A request for a job needs longer than that to be decided; another tenant each time.
const JOB_PAUSE: Duration = Duration::from_millis(400);

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) begun: Instant,
    pub(crate) ended: Instant,
    /// `api read`, `api write`, or `read` or `write` with the Gateway's name.
    pub(crate) door: String,
    /// Status and code, or `no answer`.
    pub(crate) answer: String,
    /// A 503 without `Retry-After`.
    pub(crate) hint_missing: bool,
}

/// A job that was answered with 202: its id, and where its command is.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) job_id: String,
    pub(crate) command_seq: u64,
}

#[derive(Debug, Default)]
struct Notes {
    seen: Vec<Seen>,
    receipts: Vec<Receipt>,
}

/// Clients that ask all the time, until they are dropped.
#[derive(Debug)]
pub(crate) struct Probe {
    notes: Arc<Mutex<Notes>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Probe {
    /// Begins to ask: the API for reads and jobs, each Gateway for reads and writes.
    pub(crate) async fn start(system: &System) -> Result<Self> {
        let notes = Arc::<Mutex<Notes>>::default();
        let mut tasks = vec![
            tokio::spawn(reads(system.operator.clone(), notes.clone())),
            tokio::spawn(jobs(system.operator.clone(), notes.clone())),
        ];
        for gateway in system.fleet.nodes().await?.into_iter().filter(|n| n.kind == "gateway") {
            for write in [false, true] {
                tasks.push(tokio::spawn(traffic(gateway.clone(), write, notes.clone())));
            }
        }
        Ok(Self { notes, tasks })
    }

    /// Everything seen so far.
    pub(crate) fn answers(&self) -> Vec<Seen> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).seen.clone()
    }

    /// Every 202 so far.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).receipts.clone()
    }
}

/// Answers of a window, counted per door.
pub(crate) fn count(seen: &[Seen]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for one in seen {
        *counts.entry((one.door.clone(), one.answer.clone())).or_default() += 1;
    }
    counts
}

fn note(notes: &Mutex<Notes>, door: &str, begun: Instant, told: (String, bool)) {
    let seen = Seen {
        begun,
        ended: Instant::now(),
        door: door.to_owned(),
        answer: told.0,
        hint_missing: told.1,
    };
    notes.lock().unwrap_or_else(PoisonError::into_inner).seen.push(seen);
}

/// Status and code as one word, and whether a 503 lacks the hint when to come again.
fn told(status: u16, body: &Value, hint: bool) -> (String, bool) {
    let code = body["code"].as_str().unwrap_or_default();
    (format!("{status} {code}").trim_end().to_owned(), status == 503 && !hint)
}

async fn reads(api: Api, notes: Arc<Mutex<Notes>>) {
    loop {
        let begun = Instant::now();
        let answer = api.send(Method::GET, "/admin/v1/jobs?limit=1", &[], None).await;
        let answer = answer.map_or_else(
            |_| ("no answer".to_owned(), false),
            |a| told(a.status, &a.body, a.retry_after),
        );
        note(&notes, "api read", begun, answer);
        clock::pause(PAUSE).await;
    }
}

/// Asks for jobs with a plan nobody has seen, so that they are decided and move nothing. A request
/// whose outcome is open is sent again under its key until it is answered.
async fn jobs(api: Api, notes: Arc<Mutex<Notes>>) {
    let body = json!({"params": {"targets": {"runner": "run-01"}}, "reason": "acceptance",
        "plan_hash": "0".repeat(64)});
    for tenant in TENANTS.iter().cycle() {
        let key = new_key();
        loop {
            let begun = Instant::now();
            let answer = api.create(tenant, &key, &body).await;
            let Ok(answer) = answer else {
                note(&notes, "api write", begun, ("no answer".to_owned(), false));
                clock::pause(PAUSE).await;
                continue;
            };
            let said = told(answer.status, &answer.body, answer.retry_after);
            note(&notes, "api write", begun, said);
            if answer.status == 202 {
                let job_id = answer.body["job_id"].as_str().unwrap_or_default().to_owned();
                let command_seq = answer.body["command_seq"].as_u64().unwrap_or_default();
                let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                notes.receipts.push(Receipt { job_id, command_seq });
            }
            if answer.status < 500 {
                break;
            }
            clock::pause(PAUSE).await;
        }
        clock::pause(JOB_PAUSE).await;
    }
}

async fn traffic(gateway: Node, write: bool, notes: Arc<Mutex<Notes>>) {
    // A new connection each time: a pooled one may have died between two requests.
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(40))
        .pool_max_idle_per_host(0)
        .build()
        .unwrap_or_default();
    let door = format!("{} {}", if write { "write" } else { "read" }, gateway.node_id);
    for tenant in TENANTS.iter().cycle() {
        let begun = Instant::now();
        let request = if write {
            let body = json!({"entity": "probe", "amount": 1});
            http.post(format!("{}/v1/commands", gateway.data_url)).json(&body)
        } else {
            http.get(format!("{}/v1/entities/probe", gateway.data_url))
        };
        let answer = match request.header("x-tenant-id", *tenant).send().await {
            Err(_) => ("no answer".to_owned(), false),
            Ok(answer) => {
                let status = answer.status().as_u16();
                let hint = answer.headers().contains_key("retry-after");
                let body = answer.json().await.unwrap_or(Value::Null);
                told(status, &body, hint)
            }
        };
        note(&notes, &door, begun, answer);
        clock::pause(PAUSE).await;
    }
}
