//! The event stream: rows as they come, resuming, signs of life, slow readers, and who sees what.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures::StreamExt;
use serde_json::Value;
use streams::clock::pause;

use super::{
    app::{Ask, PATIENCE, TestApp, create, eventually, get, settings, started, verb},
    gateway::claims,
    leader::lead,
};

const STREAM: &str = "/admin/v1/events";

/// An open stream, read block by block.
pub(crate) struct Open {
    body: BodyDataStream,
    buffer: String,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Block {
    id: Option<String>,
    event: Option<String>,
    pub(crate) data: Value,
    comment: bool,
}

impl Open {
    pub(crate) async fn of(app: &TestApp, ask: Ask) -> Self {
        let response = app.open(&ask).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), buffer: String::new() }
    }

    /// The next block; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let block = parse(block);
                self.buffer = rest.to_owned();
                return Some(block);
            }
            let bytes = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("in time")?;
            self.buffer += std::str::from_utf8(&bytes.unwrap()).unwrap();
        }
    }

    /// The next row.
    pub(crate) async fn row(&mut self) -> Option<Block> {
        loop {
            let block = self.next().await?;
            if block.event.as_deref() == Some("row") {
                return Some(block);
            }
        }
    }
}

fn parse(text: &str) -> Block {
    let mut block = Block::default();
    for line in text.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("id", id) => block.id = Some(id.to_owned()),
            ("event", event) => block.event = Some(event.to_owned()),
            ("data", data) => block.data = serde_json::from_str(data).unwrap(),
            _ if line.starts_with(':') => block.comment = true,
            _ => {}
        }
    }
    block
}

fn as_admin(app: &TestApp, ask: Ask) -> Ask {
    ask.header("authorization", &app.gateway.bearer("admin"))
}

/// T4.3
#[tokio::test]
async fn rows_come_as_they_change_and_a_resumed_stream_gets_those_it_missed() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    let mut open = Open::of(&app, as_admin(&app, get(STREAM))).await;
    let hello = open.next().await.unwrap();
    assert!(hello.comment && hello.id.is_some(), "{hello:?}");
    let first = app.create("acme", "one").await.json()["job_id"].clone();
    let seen = loop {
        let row = open.row().await.unwrap();
        if row.data["view"] == "jobs" {
            break row;
        }
    };
    assert_eq!((&seen.data["key"], &seen.data["row"]["state"]), (&first, &"pending".into()));
    assert_eq!(seen.data["row"].get("plan"), None, "plans do not change and are not repeated");
    let id = seen.id.unwrap();
    assert_eq!(id, "1-1");
    drop(open);

    let second = app.create("bolt", "two").await.json()["job_id"].clone();
    let visible = async || app.admin(get("/admin/v1/jobs?min_seq=1-2")).await.status == 200;
    eventually("the second job is visible", visible).await;
    let ask = as_admin(&app, get(STREAM)).header("last-event-id", &id);
    let mut resumed = Open::of(&app, ask).await;
    let missed = loop {
        let row = resumed.row().await.unwrap();
        if row.data["view"] == "jobs" {
            break row;
        }
    };
    assert_eq!((missed.id.as_deref(), &missed.data["key"]), (Some("1-2"), &second));
}

#[tokio::test]
async fn a_last_event_id_that_is_none_is_400() {
    let (_world, _projector, app) = started().await;
    for bad in ["x", "", "1-2-3", "-1"] {
        let reply = app.admin(get(STREAM).header("last-event-id", bad)).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_header"), "{bad:?}");
    }
}

/// T4.3
#[tokio::test]
async fn a_quiet_stream_gives_signs_of_life_and_ends_with_its_session() {
    let (_world, _projector, app) = started().await;
    app.gateway.grant("ops", &["control.*"]);
    let token = app.gateway.signer.token("ops");
    let mut open = Open::of(&app, get(STREAM).bearer(&token)).await;
    for _ in 0..3 {
        assert!(open.next().await.unwrap().comment);
    }
    app.gateway.end_session("ops");
    app.state.grants().forget(&principal(&app, &token).await).await;
    let ended = async { while open.next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends with the session");
}

async fn principal(app: &TestApp, token: &str) -> command_api::auth::Principal {
    let ids = test_support::facts::flow();
    let token = secrecy::SecretString::from(token);
    (*app.state.verifier().principal(&token, &ids).await.unwrap()).clone()
}

/// T4.3
#[tokio::test]
async fn a_stream_ends_when_its_token_does() {
    let (_world, _projector, app) = started().await;
    let (key, mut short) = (&app.gateway.signer, claims("admin"));
    let now = short["iat"].as_i64().unwrap();
    short["exp"] = (now + 1).into();
    let token = key.sign(&key.header(), &short);
    let mut open = Open::of(&app, get(STREAM).bearer(&token)).await;
    let ended = async { while open.next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends with the token");
}

/// T4.3
#[tokio::test]
async fn a_reader_sees_only_what_its_rights_let_it_see() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    app.gateway.grant("bolt-only", &["control.jobs.read:bolt"]);
    let token = app.gateway.signer.token("bolt-only");
    let mut open = Open::of(&app, get(STREAM).bearer(&token)).await;
    open.next().await.unwrap();
    app.create("acme", "one").await;
    app.create("bolt", "two").await;
    let row = open.row().await.unwrap();
    assert_eq!(
        (&row.data["view"], &row.data["row"]["tenant_id"]),
        (&"jobs".into(), &"bolt".into())
    );
}

/// A reader that does not read costs a bounded queue, and reads the newest state when it goes on.
#[tokio::test]
async fn a_slow_reader_holds_nobody_up_and_ends_with_the_newest_rows() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    let mut open = Open::of(&app, as_admin(&app, get(STREAM))).await;
    open.next().await.unwrap();
    let job = app.create("acme", "one").await.json()["job_id"].as_str().unwrap().to_owned();
    let asked = 1_500;
    for n in 0..asked {
        let reply = app.admin(verb(&job, "pause", &format!("p{n}"))).await;
        assert_eq!(reply.status, 202);
    }
    let last = asked + 1;
    let path = format!("/admin/v1/jobs/{job}?min_seq=1-{last}");
    eventually("all is visible", async || app.admin(get(&path)).await.status == 200).await;
    let newest = async {
        loop {
            let row = open.row().await.unwrap();
            if row.data["view"] == "jobs" && row.data["row"]["seq"] == last {
                return row;
            }
        }
    };
    let row = tokio::time::timeout(PATIENCE, newest).await.expect("the newest row arrives");
    assert_eq!(row.id, Some(format!("1-{last}")));
}

#[tokio::test]
async fn more_streams_than_allowed_are_503_and_one_that_ends_makes_room() {
    let (world, _projector, calm) = started().await;
    let settings = command_api::Settings { max_streams: 2, ..settings() };
    let app = TestApp::not_ready(world.logs(), world.kv(), &calm.gateway, settings);
    app.until_ready().await;
    let one = Open::of(&app, as_admin(&app, get(STREAM))).await;
    let _two = Open::of(&app, as_admin(&app, get(STREAM))).await;
    let third = app.admin(get(STREAM)).await;
    assert_eq!((third.status, third.code().as_str()), (503, "overloaded"));
    drop(one);
    let room = async || app.open(&as_admin(&app, get(STREAM))).await.status() == 200;
    eventually("a closed stream makes room", room).await;
    pause(Duration::from_millis(1)).await;
    let _ = create("acme", "unused");
}
