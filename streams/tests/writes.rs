//! Writes to the Gateway in the audit log: one row each however the log is folded, a known outcome
//! beats `unknown`, and the checker finds what does not fit.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fs, path::Path};

use bytes::Bytes;
use streams::{
    ids::Seq,
    log::{AuditLog, AuditRecord, AuditResult, WRITE},
    memory::World,
    ports::Message,
    subjects,
    verify::{Log, Rules, Verifier},
    views::{
        Row, Source, Take, View, audit::AuditView, audit_row::AuditRow, checkpoint::Checkpoint,
        fold::Fold,
    },
};
use test_support::{
    facts::{acme, actor, at, command_id, flow},
    story::Random,
};

/// An audit log being written.
#[derive(Debug, Default, Clone)]
struct Written {
    messages: Vec<Message>,
    records: Vec<AuditRecord>,
}

fn intent(n: u32) -> AuditRecord {
    AuditRecord {
        v: 1,
        record_id: command_id(n),
        at: at(u64::from(n) * 10),
        class: WRITE.to_owned(),
        actor: Some(actor()),
        claimed: None,
        tenant_id: n.is_multiple_of(3).then(acme),
        operation: "iam.users.create".to_owned(),
        result: AuditResult::Pending,
        code: None,
        reason: Some("größere Tabelle".to_owned()),
        job_id: None,
        resource: Some("users".to_owned()),
        status: None,
        closes: None,
        ids: flow(),
    }
}

impl Written {
    fn put(&mut self, mut record: AuditRecord) -> Seq {
        let seq = Seq(self.messages.len() as u64 + 1);
        record.record_id = command_id(u32::try_from(seq.0).unwrap());
        let id = ("Nats-Msg-Id".to_owned(), record.record_id.to_string());
        self.messages.push(Message {
            seq,
            subject: subjects::audit(record.tenant_id.as_ref(), &record.class),
            headers: BTreeMap::from([id]),
            payload: Bytes::from(serde_json::to_vec(&record).unwrap()),
            at: at(seq.0 * 1000),
        });
        self.records.push(record);
        seq
    }

    fn intent(&mut self) -> Seq {
        self.put(intent(u32::try_from(self.messages.len()).unwrap()))
    }

    fn outcome(&mut self, of: Seq, result: AuditResult, status: Option<u16>) -> Seq {
        let intent = self.records[of.0 as usize - 1].clone();
        let made = (status == Some(201)).then(|| "users/usr_9".to_owned());
        self.put(AuditRecord {
            result,
            status,
            code: (result != AuditResult::Ok).then(|| "some_code".to_owned()),
            reason: None,
            closes: Some(of),
            resource: made.or(intent.resource.clone()),
            ..intent
        })
    }

    /// Intents, outcomes of open and closed ones, other records, in any order.
    fn random(random: &mut Random, length: usize) -> Self {
        let mut this = Self::default();
        let mut intents = Vec::new();
        while this.messages.len() < length {
            match random.below(10) {
                0..=3 => intents.push(this.intent()),
                4 => {
                    let other = AuditRecord {
                        class: "denied".to_owned(),
                        result: AuditResult::Denied,
                        ..intent(1)
                    };
                    this.put(other);
                }
                _ if intents.is_empty() => {}
                roll => {
                    let of = intents[random.below(intents.len() as u64) as usize];
                    let (result, status) = match roll {
                        5 => (AuditResult::Ok, Some(201)),
                        6 => (AuditResult::Denied, Some(403)),
                        7 => (AuditResult::Error, None),
                        _ => (AuditResult::Unknown, None),
                    };
                    this.outcome(of, result, status);
                }
            }
        }
        this
    }

    fn rows(&self) -> BTreeMap<String, AuditRow> {
        let mut fold = Fold::<AuditView>::new(Checkpoint::start());
        feed(&mut fold, &self.messages);
        let rows = fold.view.take(Take::Changed);
        rows.into_iter().map(|r| (r.key, serde_json::from_slice(&r.value).unwrap())).collect()
    }

    fn found(&self, ended: bool) -> Vec<(&'static str, u64)> {
        let mut verifier = Verifier::new(Rules { ended, ..Rules::default() });
        self.messages.iter().for_each(|message| verifier.message(Log::Audit, message));
        let findings = verifier.finish().findings;
        findings.iter().map(|f| (f.code, f.seq.unwrap().0)).collect()
    }
}

fn feed(fold: &mut Fold<AuditView>, messages: &[Message]) {
    messages.iter().for_each(|message| fold.message(Source::Audit, message).unwrap());
}

fn store(rows: &mut BTreeMap<String, Bytes>, taken: Vec<Row>) {
    for row in taken {
        let before = rows.get(&row.key).and_then(|value| AuditView::stored_seq(value));
        assert!(before.is_none_or(|before| before < row.seq), "a row only moves on: {}", row.key);
        assert_eq!(AuditView::stored_seq(&row.value), Some(row.seq));
        rows.insert(row.key, row.value);
    }
}

/// As a projector that lives: rows are written after every few messages.
fn live(fold: &mut Fold<AuditView>, messages: &[Message], random: &mut Random) -> Stored {
    let mut rows = Stored::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rest.len().min(1 + random.below(4) as usize));
        feed(fold, batch);
        store(&mut rows, fold.view.take(Take::Changed));
        rest = after;
    }
    rows
}

type Stored = BTreeMap<String, Bytes>;

/// I8
#[test]
fn writes_are_the_same_rows_live_rebuilt_and_after_a_restart_byte_for_byte() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let log = Written::random(&mut random, 120);
        let mut fold = Fold::<AuditView>::new(Checkpoint::start());
        let rows = live(&mut fold, &log.messages, &mut random);

        let (mut rebuilt, mut rebuild) =
            (Stored::new(), Fold::<AuditView>::new(Checkpoint::start()));
        let mut written = 0;
        for message in &log.messages {
            feed(&mut rebuild, std::slice::from_ref(message));
            if random.percent(20) {
                let taken = rebuild.view.take(Take::Last);
                assert!(taken.iter().all(|row| row.last));
                written += taken.len();
                store(&mut rebuilt, taken);
            }
        }
        let taken = rebuild.view.take(Take::Changed);
        written += taken.len();
        store(&mut rebuilt, taken);
        assert_eq!(rows, rebuilt, "seed {seed}");
        assert_eq!(written, rows.len(), "a rebuild writes each row once, seed {seed}");

        let stop = random.below(log.messages.len() as u64) as usize;
        let mut before = Fold::<AuditView>::new(Checkpoint::start());
        let mut stored = live(&mut before, &log.messages[..stop], &mut random);
        let mut after = Fold::<AuditView>::new(before.position().clone());
        feed(&mut after, &log.messages[..stop]);
        assert_eq!(after.view.take(Take::Changed), [], "nothing is written twice, seed {seed}");
        feed(&mut after, &log.messages[stop..]);
        store(&mut stored, after.view.take(Take::Changed));
        assert_eq!(rows, stored, "seed {seed}");
    }
}

/// I6
#[test]
fn every_write_is_one_row_with_its_first_known_outcome_or_else_the_first_unknown_one() {
    for seed in 0..100 {
        let log = Written::random(&mut Random::new(seed), 100);
        let rows = log.rows();
        for (place, record) in log.records.iter().enumerate().filter(|(_, r)| r.is_intent()) {
            let seq = Seq(place as u64 + 1);
            let mut outcomes =
                (1..).zip(&log.records).filter(|(_, record)| record.closes == Some(seq));
            let unknown = outcomes.clone().find(|(_, r)| r.result == AuditResult::Unknown);
            let known = outcomes.find(|(_, r)| r.result != AuditResult::Unknown);
            let row = &rows[&format!("aud-{seq}")];
            match known.or(unknown) {
                Some((closed, outcome)) => {
                    assert_eq!(row.result, outcome.result, "seed {seed} {seq}");
                    assert_eq!(row.closed_seq, Some(Seq(closed)));
                    assert_eq!((row.status, &row.code), (outcome.status, &outcome.code));
                    assert_eq!(row.resource, outcome.resource);
                    assert_eq!(row.closed_at, Some(at(closed * 1000)));
                }
                None => assert_eq!((row.result, row.closed_at), (AuditResult::Pending, None)),
            }
            assert_eq!((row.sequence, row.at), (seq, at(seq.0 * 1000)), "as the intent says");
            assert_eq!(row.reason, record.reason);
        }
        let others = log.records.iter().filter(|record| record.closes.is_none()).count();
        assert_eq!(rows.len(), others, "an outcome is no row of its own, seed {seed}");
    }
}

#[test]
fn an_outcome_of_nothing_is_a_row_of_its_own_and_a_finding() {
    let mut log = Written::default();
    let first = log.intent();
    let done = log.outcome(first, AuditResult::Ok, Some(200));
    log.outcome(first, AuditResult::Unknown, None);
    assert_eq!(log.found(true), [], "unknown beside a known one is what a sweeper may do");

    let mut again = log.clone();
    let repeated = again.outcome(first, AuditResult::Error, Some(500));
    assert_eq!(again.found(true), [("outcome_twice", repeated.0)]);
    assert_eq!(again.rows()["aud-1"].result, AuditResult::Ok, "the second changes nothing");

    let mut stray = log.clone();
    let of_an_outcome = stray.outcome(done, AuditResult::Ok, Some(200));
    let ahead = Seq(99);
    let mut record = stray.records[0].clone();
    (record.closes, record.result) = (Some(ahead), AuditResult::Ok);
    let of_nothing = stray.put(record);
    let expected = ["outcome_without_intent"; 2].into_iter().zip([of_an_outcome.0, of_nothing.0]);
    assert_eq!(stray.found(true), expected.collect::<Vec<_>>());
    let row = &stray.rows()[&format!("aud-{of_nothing}")];
    assert!(row.detail.as_ref().unwrap().contains("aud-99"), "{row:?}");

    let mut differs = Written::default();
    let first = differs.intent();
    let second = differs.outcome(first, AuditResult::Ok, Some(200));
    let place = second.0 as usize - 1;
    let mut record = differs.records[place].clone();
    record.operation = "iam.roles.create".to_owned();
    differs.messages[place].payload = Bytes::from(serde_json::to_vec(&record).unwrap());
    assert_eq!(differs.found(true), [("outcome_differs", second.0)]);

    let mut open = Written::default();
    let first = open.intent();
    assert_eq!(open.found(false), [], "it may still be on its way");
    assert_eq!(open.found(true), [("intent_without_outcome", first.0)]);
    let neither = AuditRecord { result: AuditResult::Ok, ..intent(1) };
    let neither = open.put(neither);
    let expected = [("no_intent_no_outcome", neither.0), ("intent_without_outcome", first.0)];
    assert_eq!(open.found(true), expected);
}

#[tokio::test]
async fn the_closing_record_of_an_intent_is_one_message_whoever_appends_it() {
    let world = World::new();
    let log = world.logs().audit;
    let first = log.append(&intent(1)).await.unwrap();
    let stored = AuditLog::decode(&log.0.get(first.seq).await.unwrap().unwrap()).unwrap();
    let closing = stored.closed_as_unknown(first.seq, "gateway_outcome_unknown").unwrap();
    let once = log.append(&closing).await.unwrap();
    let twice = stored.closed_as_unknown(first.seq, "gateway_outcome_unknown").unwrap();
    let again = log.append(&twice).await.unwrap();
    assert_eq!((once.replayed, again.replayed), (false, true));
    assert_eq!(once.seq, again.seq);
    assert_ne!(closing.record_id, stored.record_id);
    assert_eq!(closing.closed_as_unknown(once.seq, "x"), None, "only an intent can be closed");
    let other = intent(2).closed_as_unknown(first.seq, "x").unwrap();
    assert_ne!(other.record_id, closing.record_id);
}

/// `tests/wire-audit/*.ndjson` are records as they were stored: never edited, only added to.
#[test]
fn every_stored_audit_record_still_decodes_folds_and_is_written_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire-audit");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let (mut results, mut classes) = (Vec::new(), Vec::new());
    for file in &files {
        let mut fold = Fold::<AuditView>::new(Checkpoint::start());
        for (place, line) in fs::read_to_string(file).unwrap().lines().enumerate() {
            let record: AuditRecord = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_string(&record).unwrap(), line, "{}", file.display());
            let seq = Seq(place as u64 + 1);
            let message = Message {
                seq,
                subject: subjects::audit(record.tenant_id.as_ref(), &record.class),
                headers: BTreeMap::new(),
                payload: Bytes::from(line.to_owned()),
                at: at(seq.0),
            };
            fold.message(Source::Audit, &message).unwrap();
            results.push(record.result);
            classes.push(record.class);
        }
        let rows = fold.view.take(Take::Changed);
        let rows = rows.iter().map(|r| serde_json::from_slice::<AuditRow>(&r.value).unwrap());
        assert!(rows.into_iter().all(|row| row.code.as_deref() != Some("unreadable")));
    }
    results.sort_unstable();
    results.dedup();
    assert_eq!(results.len(), 5, "every result is among them: {results:?}");
    for class in ["session", "denied", "refused", "read", "write"] {
        assert!(classes.iter().any(|c| c == class), "{class}");
    }
}
