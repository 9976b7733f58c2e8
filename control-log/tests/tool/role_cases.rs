//! The generated permissions, enforced by a real server: enough for each program, and no more.

use std::{collections::BTreeMap, process::Command, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use streams::{
    catalog,
    clock::SystemClock,
    ids::{RandomIds, Revision, Seq},
    jetstream::{Jetstream, Options, Process},
    ports::{AppendError, Expect, KvChange, KvError, NewMessage},
    roles::{Role, config},
    shapes,
};

use test_support::{gated::ServerCase, server::Server};

pub(crate) const CASES: &[ServerCase] = &[
    ("the_generated_configuration_is_accepted_by_the_server", accepted),
    ("each_role_can_do_its_work_and_nothing_else", enforced),
];

/// A well-formed public key of a user; nobody holds its seed.
const NKEY: &str = "UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB63NN";

/// The template with passwords, which tests use in place of nkeys.
fn with_passwords() -> String {
    let mut text = config(&BTreeMap::new()).unwrap();
    for role in Role::ALL {
        let user = format!("        user: {role}\n");
        assert!(text.contains(&user), "{text}");
        text = text.replace(&user, &format!("{user}        password: {role}-pw\n"));
    }
    text
}

fn accepted(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let folder = tempfile::tempdir().unwrap();
        let with_key = config(&BTreeMap::from([(Role::Reader, NKEY.to_owned())])).unwrap();
        for (name, text) in [("passwords", with_passwords()), ("nkeys", with_key)] {
            let file = folder.path().join(name);
            let store = folder.path().join("store");
            std::fs::write(&file, format!("jetstream {{ store_dir: {store:?} }}\n{text}")).unwrap();
            let out = Command::new(&*program).args(["-t", "-c"]).arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success(), "{name}: {said}");
        }
        let broken = folder.path().join("broken");
        std::fs::write(&broken, with_passwords().replace("publish", "pubblish")).unwrap();
        let out = Command::new(&*program).args(["-t", "-c"]).arg(&broken).output().unwrap();
        assert!(!out.status.success(), "the check can fail");
    }
    .boxed()
}

fn message(subject: &str, id: &str) -> NewMessage {
    NewMessage {
        subject: subject.to_owned(),
        msg_id: id.to_owned(),
        headers: BTreeMap::new(),
        payload: Bytes::from_static(b"{}"),
        expect: Expect::Nothing,
    }
}

async fn connect(server: &Server, role: Role) -> Jetstream {
    let url = format!("nats://{role}:{role}-pw@127.0.0.1:{}", server.port());
    Jetstream::connect(&Options::new(&url, role.as_str())).await.unwrap()
}

/// Reads the first message of a log live, or is not allowed to.
async fn reads(nats: &Jetstream, stream: &str) -> bool {
    match nats.log(stream).read(Seq(1)).await {
        Ok(mut messages) => messages.next().await.unwrap().is_ok(),
        Err(_) => false,
    }
}

async fn watches(nats: &Jetstream, bucket: &str) -> bool {
    match nats.kv().watch(bucket).await {
        Ok(mut changes) => loop {
            match changes.next().await {
                Some(Ok(KvChange::Entry(_))) => {}
                Some(Ok(KvChange::Current)) => return true,
                Some(Err(_)) | None => return false,
            }
        },
        Err(_) => false,
    }
}

const EVENT: &str = "control.evt._.leader";
const COMMAND: &str = "control.cmd.acme.job.create";
const RECORD: &str = "control.audit._.session";

async fn appends(nats: &Jetstream, stream: &str, subject: &str, id: &str) -> bool {
    match nats.log(stream).append(message(subject, id)).await {
        Ok(_) => true,
        Err(AppendError::Refused(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

fn enforced(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start_with(&program, &with_passwords()).await;
        let provisioner = connect(&server, Role::Provisioner).await;
        provisioner.provision(&shapes::catalogue(), false).await.unwrap();
        let [api, saga, projector, reader] =
            [Role::CommandApi, Role::JobSaga, Role::Projector, Role::Reader]
                .map(|role| connect(&server, role));
        let (api, saga, projector, reader) = (api.await, saga.await, projector.await, reader.await);

        assert!(appends(&api, catalog::COMMANDS, COMMAND, "c1").await);
        assert!(appends(&api, catalog::AUDIT, RECORD, "a1").await);
        assert!(!appends(&api, catalog::EVENTS, EVENT, "e0").await);
        assert!(appends(&saga, catalog::EVENTS, EVENT, "e1").await);
        assert!(!appends(&saga, catalog::COMMANDS, "control.cmd.acme.x.create", "c2").await);
        assert!(!appends(&projector, catalog::EVENTS, EVENT, "e2").await);
        assert!(!appends(&reader, catalog::AUDIT, RECORD, "a2").await);

        for log in [catalog::COMMANDS, catalog::EVENTS, catalog::AUDIT] {
            assert!(reads(&saga, log).await && reads(&reader, log).await, "{log}");
        }
        assert!(reads(&projector, catalog::EVENTS).await && reads(&api, catalog::AUDIT).await);
        assert!(!reads(&projector, catalog::COMMANDS).await);
        assert_eq!(api.log(catalog::COMMANDS).info().await.unwrap().last_seq, Seq(1));

        let (saga_kv, projector_kv) = (saga.kv(), projector.kv());
        let value = || Bytes::from_static(b"{}");
        let lease = catalog::LEASE_KEY;
        let held = saga_kv.compare_and_set(catalog::META, lease, value(), Revision(0)).await;
        assert!(held.is_ok(), "{held:?}");
        saga_kv.put("runner_placement", "tenant.acme", value()).await.unwrap();
        let stolen = projector_kv.put(catalog::META, lease, value()).await;
        assert!(matches!(stolen, Err(KvError::Refused(_))), "{stolen:?}");
        let moved = api.kv().put("runner_placement", "tenant.acme", value()).await;
        assert!(matches!(moved, Err(KvError::Refused(_))), "{moved:?}");

        let bucket = catalog::view_bucket("jobs", 1);
        projector_kv.ensure_bucket(&bucket).await.unwrap();
        projector_kv.put(&bucket, "job_1", value()).await.unwrap();
        projector_kv.put(catalog::META, "view.jobs.pointer", value()).await.unwrap();
        for name in [bucket.as_str(), "runner_placement", catalog::META] {
            assert!(watches(&api, name).await, "{name}");
        }
        assert!(watches(&saga, "gateway_nodes").await && watches(&projector, &bucket).await);
        let made = saga_kv.ensure_bucket(&catalog::view_bucket("jobs", 2)).await;
        assert!(made.is_err(), "{made:?}");
        projector_kv.drop_bucket(&bucket).await.unwrap();
        let process =
            |service: &str| Process::starting((service, "0.1.0", "abc"), &SystemClock, &RandomIds);
        let all = [process("command-api"), process("job-saga"), process("projector")];
        let mut announced = Vec::new();
        for (nats, process) in [&api, &saga, &projector].into_iter().zip(&all) {
            announced.push(nats.announce(process, "test").await.unwrap());
        }
        // A subscription reaches the server a moment after it was made.
        let mut found = Vec::new();
        for _ in 0..20 {
            found = api.processes(Duration::from_secs(5)).await.unwrap();
            if found == all {
                break;
            }
        }
        assert_eq!(found, all, "every role answers, and the API may ask");
    }
    .boxed()
}
