//! Verbs of the log tool, with their exit codes.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use streams::{
    catalog,
    envelope::Commit,
    ids::{Revision, Seq},
    jetstream::Jetstream,
    job::{snapshot, world::World},
    ports::{Expect, KvStore, Message, MessageLog, NewMessage},
    shapes::{self, StreamShape},
    views::{
        Source, Take, View,
        audit::AuditView,
        checkpoint::{Checkpoint, Pointer},
        fold::Fold,
        jobs::JobsView,
    },
};
use test_support::{facts::job_id, gated::ServerCase, server::Server, story::Story};

use crate::{
    log::{asked, story},
    program::control_log,
};

/// Cases that need no server.
pub(crate) const ALWAYS: &[(&str, fn())] = &[
    ("the_catalogue_files_of_the_repository_are_what_the_catalogue_says", catalogue_files),
    ("a_changed_catalogue_file_is_named_and_fails", changed_catalogue_file),
    ("an_unreachable_server_and_wrong_arguments_have_their_own_exit_codes", exit_codes),
    ("completions_and_help_are_printed", completions),
];

pub(crate) const CASES: &[ServerCase] = &[
    ("provision_creates_then_agrees_then_refuses_a_difference", provision),
    ("replay_tells_the_story_of_one_job_and_of_one_tenant", replay),
    ("job_shows_a_job_from_its_own_commits_and_says_when_there_is_none", job),
    ("verify_finds_a_kept_fold_that_the_log_does_not_give", kept_fold),
    ("verify_is_clean_on_a_live_log_and_on_its_export_and_finds_what_is_spoiled", verify),
    ("verify_compares_stored_read_models_with_a_replay", read_models),
];

fn folder() -> String {
    format!("{}/../streams/catalog", env!("CARGO_MANIFEST_DIR"))
}

fn catalogue_files() {
    let said = control_log(None, &["catalog", "--check", &folder()]);
    assert_eq!(said.code, 0, "{said:?}");
}

fn changed_catalogue_file() {
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().to_str().unwrap();
    assert_eq!(control_log(None, &["catalog", "--write", path]).code, 0);
    assert_eq!(control_log(None, &["catalog", "--check", path]).code, 0);
    let file = copy.path().join("CONTROL_EVENTS.json");
    let text = std::fs::read_to_string(&file).unwrap().replace("\"new\"", "\"old\"");
    std::fs::write(&file, text).unwrap();
    std::fs::remove_file(copy.path().join("KV_control_meta.json")).unwrap();
    let said = control_log(None, &["catalog", "--check", path]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("CONTROL_EVENTS") && said.out.contains("KV_control_meta"),
        "{said:?}"
    );
    assert!(!said.out.contains("CONTROL_AUDIT"), "{said:?}");
}

fn exit_codes() {
    let said = control_log(Some("nats://127.0.0.1:1"), &["diff"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("cannot reach NATS") && said.err.lines().count() == 1, "{said:?}");
    let said = control_log(Some("http://127.0.0.1:1"), &["diff"]);
    assert!(said.code == 2 && said.err.contains("no address of NATS"), "{said:?}");
    for wrong in [&["nonsense"][..], &["catalog"], &["replay", "--tenant", "a.b"], &[]] {
        assert_eq!(control_log(None, wrong).code, 2, "{wrong:?}");
    }
    let said = control_log(None, &["verify", "--export", "/nowhere.ndjson"]);
    assert_eq!(said.code, 3, "{said:?}");
}

fn completions() {
    let said = control_log(None, &["completions", "bash"]);
    assert!(said.code == 0 && said.out.contains("control-log"), "{said:?}");
    let said = control_log(None, &["--help"]);
    assert!(said.code == 0 && said.out.contains("Exit codes"), "{said:?}");
}

fn provision(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let url = server.url();
        let diff = control_log(Some(&url), &["diff"]);
        assert!(diff.code == 1 && diff.out.contains("CONTROL_EVENTS: absent"), "{diff:?}");
        // One of the names is taken by another shape: nothing at all is made.
        let nats = server.connect("stranger").await;
        let strange = StreamShape { max_per_subject: 9, ..StreamShape::from(&catalog::STREAMS[1]) };
        nats.ensure_stream(&strange).await.unwrap();
        let refused = control_log(Some(&url), &["provision", "--update"]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.out.contains("max_msgs_per_subject is 9"), "{refused:?}");
        let absent = control_log(Some(&url), &["diff"]);
        assert!(absent.out.contains("CONTROL_COMMANDS: absent"), "{absent:?}");

        let server = Server::start(&program).await;
        let url = server.url();
        let made = control_log(Some(&url), &["provision"]);
        assert_eq!((made.code, made.out.matches("created").count()), (0, 8), "{made:?}");
        let again = control_log(Some(&url), &["provision", "--output", "json"]);
        assert_eq!((again.code, again.out.matches("\"unchanged\"").count()), (0, 8), "{again:?}");
        assert_eq!(control_log(Some(&url), &["diff"]).code, 0);
        let no_views = control_log(Some(&url), &["verify"]);
        assert!(no_views.code == 1 && no_views.out.contains("start the projector"), "{no_views:?}");
        let more = control_log(Some(&url), &["diff", "--nats-replicas", "3"]);
        assert!(more.code == 1 && more.out.contains("num_replicas"), "{more:?}");
        assert_eq!(control_log(Some(&url), &["healthcheck"]).code, 0);
    }
    .boxed()
}

async fn fill(log: &dyn MessageLog, messages: &[Message]) {
    for message in messages {
        let mut headers = message.headers.clone();
        let new = NewMessage {
            subject: message.subject.clone(),
            msg_id: headers.remove("Nats-Msg-Id").unwrap(),
            headers,
            payload: message.payload.clone(),
            expect: Expect::LastSeq(Seq(message.seq.0 - 1)),
        };
        assert_eq!(log.append(new).await.unwrap().seq, message.seq);
    }
}

/// A provisioned server with a generated history.
async fn with_history(program: &str) -> (Server, Jetstream, Vec<Message>) {
    let server = Server::start(program).await;
    let nats = server.connect("history").await;
    nats.provision(&shapes::catalogue(), false).await.unwrap();
    let events = story(7, 120);
    fill(nats.log(catalog::COMMANDS).as_ref(), &asked(&events)).await;
    fill(nats.log(catalog::EVENTS).as_ref(), &events).await;
    let readable = |m: &&Message| m.payload.as_ref() != b"{\"v\":9}";
    let mut audit: Vec<Message> =
        Story::new(7).until(120).audit.iter().filter(readable).cloned().collect();
    for (n, message) in audit.iter_mut().enumerate() {
        message.seq = Seq(n as u64 + 1);
    }
    fill(nats.log(catalog::AUDIT).as_ref(), &audit).await;
    (server, nats, events)
}

fn replay(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (server, _nats, events) = with_history(&program).await;
        let url = server.url();
        let all = control_log(Some(&url), &["replay"]);
        assert_eq!((all.code, all.out.lines().count()), (0, 120), "{}", all.err);
        assert!(all.out.contains("Accepted for ines.moreau"), "{}", all.out);
        let job = job_id(1).to_string();
        let one = control_log(Some(&url), &["replay", "--job", &job]);
        let count = events.iter().filter(|m| m.subject.ends_with(&job)).count();
        assert_eq!((one.code, one.out.lines().count()), (0, count));
        assert!(one.out.lines().all(|line| line.contains(&job)));
        let of_tenant = |m: &&Message| m.subject.ends_with(&job) && !m.subject.contains("._.");
        let tenant = events.iter().find(of_tenant).unwrap();
        let tenant = tenant.subject.split('.').nth(2).unwrap();
        let of = control_log(Some(&url), &["replay", "--tenant", tenant, "--of", "commands"]);
        assert!(of.code == 0 && of.out.contains("create asked by ines.moreau"), "{of:?}");
        let range =
            control_log(Some(&url), &["replay", "--from", "10", "--to", "12", "--output", "json"]);
        let seqs: Vec<_> = range
            .out
            .lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["seq"].clone())
            .collect();
        assert_eq!(seqs, [10, 11, 12]);
    }
    .boxed()
}

fn job(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (server, nats, _) = with_history(&program).await;
        let url = server.url();
        let world = folded(&nats, Seq(120)).await;
        let (id, open) = world.jobs.iter().next().unwrap();
        let tenant = open.tenant_id.as_ref().unwrap().as_str();
        let said = control_log(Some(&url), &["job", id.as_str()]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains(&format!("  {} since ", open.status.name())), "{}", said.out);
        assert!(said.out.contains(&format!("holds tenant/{tenant}")), "{}", said.out);
        let verbs =
            said.out.lines().filter(|l| l.contains("may be asked for") || l.contains("  no: "));
        assert_eq!(verbs.count(), 4, "{}", said.out);
        let named = control_log(Some(&url), &["job", id.as_str(), "--tenant", tenant]);
        assert_eq!(named.out, said.out, "with the tenant named it is the same");
        let told = control_log(Some(&url), &["job", id.as_str(), "--output", "json"]);
        let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(told["as_of"], "1-120");
        assert_eq!(told["job"]["job_id"], id.as_str());
        let ended = world.ended.keys().next().unwrap();
        assert_eq!(control_log(Some(&url), &["job", ended.as_str()]).code, 0);
        for args in [
            &["job", "job_99999999999999999999999999"][..],
            &["job", id.as_str(), "--tenant", "nobody"],
        ] {
            let none = control_log(Some(&url), args);
            assert!(none.code == 1 && none.err.contains("no commit is about"), "{none:?}");
        }
    }
    .boxed()
}

/// The fold of the stored log: the server's timestamps are part of it.
async fn folded(nats: &Jetstream, to: Seq) -> World {
    let mut world = World::empty(streams::ids::Incarnation(1));
    let log = nats.log(catalog::EVENTS);
    for seq in 1..=to.0 {
        let message = log.get(Seq(seq)).await.unwrap().unwrap();
        world.apply(Commit::decode(&message).unwrap()).unwrap();
    }
    world
}

fn kept_fold(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (server, nats, _) = with_history(&program).await;
        let (url, kv) = (server.url(), nats.kv());
        let keep = async |world: &World| {
            for (key, value) in snapshot::entries(world).unwrap() {
                kv.put(catalog::META, &key, value).await.unwrap();
            }
            control_log(Some(&url), &["verify", "--skip-views"]).out
        };
        let mut world = folded(&nats, Seq(100)).await;
        assert!(permits_only(&keep(&world).await), "a true one");
        world.ended.clear();
        assert!(keep(&world).await.contains("I8 kept_fold_differs"), "jobs are forgotten");
        world.last_hash = streams::ids::Hash::of(b"another log");
        assert!(permits_only(&keep(&world).await), "one that no start would use");
    }
    .boxed()
}

fn verify(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (server, nats, _) = with_history(&program).await;
        let url = server.url();
        let live = control_log(Some(&url), &["verify", "--skip-views"]);
        assert!(permits_only(&live.out), "{}", live.out);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.ndjson");
        let path = file.to_str().unwrap();
        assert_eq!(control_log(Some(&url), &["export", "--file", path]).code, 0);
        let offline = control_log(None, &["verify", "--export", path]);
        assert_eq!(offline.out, live.out, "the export says what the live log says");

        let text = std::fs::read_to_string(&file).unwrap();
        let spoil = |name: &str, changed: String| {
            let at = folder.path().join(name);
            std::fs::write(&at, changed).unwrap();
            control_log(None, &["verify", "--export", at.to_str().unwrap()])
        };
        let edited = spoil("edited", text.replacen("ines.moreau", "ines.morxau", 40));
        assert!(edited.code == 1 && edited.out.contains("broken_chain"), "{}", edited.out);
        let kept = |n: &usize| *n != 60;
        let lines: Vec<&str> = text.lines().collect();
        let without: Vec<&str> = (0..lines.len()).filter(kept).map(|n| lines[n]).collect();
        let dropped = spoil("dropped", without.join("\n"));
        assert!(dropped.code == 1 && dropped.out.contains("gap"), "{}", dropped.out);
        let cut = spoil("cut", lines[..lines.len() - 1].join("\n"));
        assert!(cut.code == 1 && cut.out.contains("export_cut_off"), "{}", cut.out);
        assert_eq!(spoil("garbage", format!("{text}garbage\n")).code, 3);

        // A stray message, as somebody with too many rights would write it.
        let stray = NewMessage {
            subject: "control.evt._.leader".to_owned(),
            msg_id: "stray".to_owned(),
            headers: std::collections::BTreeMap::new(),
            payload: bytes::Bytes::from_static(b"{}"),
            expect: Expect::Nothing,
        };
        nats.log(catalog::EVENTS).append(stray).await.unwrap();
        let acked = folder.path().join("acked");
        let line = r#"{"stream":"CONTROL_EVENTS","seq":121,"msg_id":"mine"}"#;
        std::fs::write(&acked, line).unwrap();
        let args = ["verify", "--skip-views", "--acked", acked.to_str().unwrap()];
        let found = control_log(Some(&url), &args);
        assert_eq!(found.code, 1);
        for code in ["I5 unreadable CONTROL_EVENTS 121", "I10 acked_lost CONTROL_EVENTS 121"] {
            assert!(found.out.contains(code), "{}", found.out);
        }
    }
    .boxed()
}

/// Generated histories go beyond the default permits on purpose; nothing else may be found.
fn permits_only(out: &str) -> bool {
    let findings: Vec<&str> = out.lines().filter(|l| l.starts_with('I')).collect();
    findings.iter().all(|l| l.contains("permit_exceeded"))
}

async fn store<V: View>(nats: &Jetstream) -> String {
    let (kv, mut fold) = (nats.kv(), Fold::<V>::new(Checkpoint::start_of(V::SHAPE)));
    for (source, log) in [(Source::Events, catalog::EVENTS), (Source::Audit, catalog::AUDIT)] {
        if !V::SOURCES.contains(&source) {
            continue;
        }
        let log = nats.log(log);
        for seq in 1..=log.info().await.unwrap().last_seq.0 {
            fold.message(source, &log.get(Seq(seq)).await.unwrap().unwrap()).unwrap();
        }
    }
    let bucket = catalog::view_bucket(V::NAME, 1);
    kv.ensure_bucket(&bucket).await.unwrap();
    for row in fold.view.take(Take::Changed) {
        kv.put(&bucket, &row.key, row.value).await.unwrap();
    }
    let pointer = Pointer { v: 1, generation: 1, claimed: 1 };
    put(&*kv, &catalog::view_pointer_key(V::NAME), &pointer).await;
    put(&*kv, &catalog::view_checkpoint_key(V::NAME, 1), fold.position()).await;
    bucket
}

async fn put<T: serde::Serialize>(kv: &dyn KvStore, key: &str, value: &T) {
    let value = serde_json::to_vec(value).unwrap().into();
    kv.compare_and_set(catalog::META, key, value, Revision(0)).await.unwrap();
}

fn read_models(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (server, nats, _) = with_history(&program).await;
        let url = server.url();
        let jobs = store::<JobsView>(&nats).await;
        store::<AuditView>(&nats).await;
        let clean = control_log(Some(&url), &["verify"]);
        assert!(permits_only(&clean.out), "{}", clean.out);

        let kv = nats.kv();
        let (one, two) = (job_id(1).to_string(), job_id(2).to_string());
        let keys = control_log(Some(&url), &["replay", "--job", &one]).out;
        assert!(!keys.is_empty());
        let row = kv.get(&jobs, &one).await.unwrap().expect("rows of jobs are keyed by job");
        let text = String::from_utf8(row.value.unwrap().to_vec()).unwrap();
        let changed = text.replacen("ines.moreau", "somebody", 1);
        assert_ne!(text, changed);
        kv.put(&jobs, &one, changed.into()).await.unwrap();
        kv.delete(&jobs, &two).await.unwrap();
        kv.put(&jobs, "job_nobody", "{}".into()).await.unwrap();
        let found = control_log(Some(&url), &["verify"]);
        assert_eq!(found.code, 1);
        for code in ["row_differs", "row_missing", "row_unfounded"] {
            assert!(found.out.contains(code), "{code}: {}", found.out);
        }
    }
    .boxed()
}
