//! The table of `fleet::contract::tenant` held against [`super::rules`].

use fleet::contract::{
    ActivateRequest, DrainMode, DrainRequest, DrainState, PrepareRequest, ProblemCode, TenantState,
};
use streams::ids::{Epoch, Fence, Seq};

use crate::problem::Answer;

use super::{
    records::TenantRecord,
    rules::{
        Order, Seen, activate, drain, drained, drop_copy, fence_oneself, prepare, release, undrain,
    },
};

const NOW: chrono::DateTime<chrono::Utc> = chrono::DateTime::UNIX_EPOCH;
const HERE: Option<Seen> = Some(Seen { epoch: Epoch(7), here: true });

fn order(fence: u64, epoch: u64) -> Order {
    Order { fence: Fence(fence), epoch: Epoch(epoch) }
}

fn active() -> TenantRecord {
    let fence = Fence(10);
    TenantRecord { state: TenantState::Active, epoch: Epoch(7), fence, ..TenantRecord::default() }
}

fn request() -> DrainRequest {
    DrainRequest {
        mode: DrainMode::Graceful,
        deadline_ms: Some(0),
        force_on_deadline: true,
        reason: "a test".to_owned(),
        job_id: "job_00000000000000000000000000".parse().unwrap(),
    }
}

fn prep(epoch: u64, hold_at: Option<u64>) -> PrepareRequest {
    PrepareRequest { epoch: Epoch(epoch), from_seq: Seq(0), hold_at: hold_at.map(Seq) }
}

fn act(epoch: u64, min_seq: u64) -> ActivateRequest {
    ActivateRequest { epoch: Epoch(epoch), min_seq: Seq(min_seq) }
}

fn drained_at(final_seq: u64) -> TenantRecord {
    let mut record = active();
    drain(&mut record, order(11, 7), &request(), NOW).unwrap();
    drained(&mut record, Seq(final_seq));
    record
}

fn code(result: Answer<()>) -> ProblemCode {
    result.unwrap_err().0.code
}

#[test]
fn a_drain_goes_to_drained_and_back_to_active() {
    let mut record = active();
    drain(&mut record, order(11, 7), &request(), NOW).unwrap();
    assert_eq!(record.state, TenantState::Draining);
    assert!(record.drain.as_ref().unwrap().force_due(NOW), "deadline 0 is now");
    drained(&mut record, Seq(99));
    assert_eq!(record.drain.as_ref().unwrap().final_seq, Some(Seq(99)));
    drain(&mut record, order(11, 7), &request(), NOW).unwrap();
    assert_eq!(record.state, TenantState::Drained, "a drain that is done stays done");
    undrain(&mut record, order(12, 7), HERE).unwrap();
    undrain(&mut record, order(12, 7), HERE).unwrap();
    assert_eq!(record.state, TenantState::Active);
    assert_eq!(record.drain.as_ref().unwrap().state, DrainState::Cancelled);
    assert_eq!(record.settled_to, Seq(99));
}

#[test]
fn a_lower_fence_or_epoch_is_refused_with_the_current_one_and_changes_nothing() {
    let mut record = active();
    let before = record.clone();
    let problem = drain(&mut record, order(9, 7), &request(), NOW).unwrap_err().0;
    assert_eq!((problem.code, problem.current_fence), (ProblemCode::StaleFence, Some(Fence(10))));
    let problem = drain(&mut record, order(11, 6), &request(), NOW).unwrap_err().0;
    assert_eq!((problem.code, problem.current_epoch), (ProblemCode::StaleEpoch, Some(Epoch(7))));
    assert_eq!(code(undrain(&mut record, order(9, 7), HERE)), ProblemCode::StaleFence);
    assert_eq!(code(prepare(&mut record, order(9, 7), &prep(7, None))), ProblemCode::StaleFence);
    assert_eq!(code(release(&mut record, order(9, 7))), ProblemCode::StaleFence);
    let late = activate(&mut record, order(9, 7), &act(7, 0), HERE, Seq(0));
    assert_eq!(code(late), ProblemCode::StaleFence);
    assert_eq!(code(drop_copy(&mut record, order(9, 7), HERE)), ProblemCode::StaleFence);
    assert_eq!(record, before);
}

#[test]
fn a_target_is_prepared_held_activated_only_when_it_has_come_far_enough() {
    let mut record = TenantRecord::default();
    prepare(&mut record, order(20, 8), &prep(8, None)).unwrap();
    prepare(&mut record, order(21, 8), &prep(8, Some(50))).unwrap();
    assert_eq!((record.state, record.hold_at), (TenantState::Preparing, Some(Seq(50))));
    let early = activate(&mut record, order(22, 8), &act(8, 50), HERE, Seq(49));
    assert_eq!(code(early), ProblemCode::WrongState);
    assert_eq!(record.fence, Fence(21), "a refused call leaves the fence");
    activate(&mut record, order(22, 8), &act(8, 50), HERE, Seq(50)).unwrap();
    activate(&mut record, order(22, 8), &act(8, 50), HERE, Seq(50)).unwrap();
    assert_eq!((record.state, record.hold_at), (TenantState::Active, None));
    assert_eq!(record.settled_to, Seq(50));
    assert_eq!(code(prepare(&mut record, order(23, 9), &prep(9, None))), ProblemCode::WrongState);
    let mismatch = prepare(&mut record, order(23, 9), &prep(10, None));
    assert_eq!(code(mismatch), ProblemCode::BadArgument);
}

#[test]
fn releasing_restores_what_was_before_however_often() {
    let mut fresh = TenantRecord::default();
    release(&mut fresh, order(5, 8)).unwrap();
    assert_eq!(fresh.state, TenantState::Absent, "never prepared");
    prepare(&mut fresh, order(6, 8), &prep(8, None)).unwrap();
    release(&mut fresh, order(7, 8)).unwrap();
    assert_eq!((fresh.state, fresh.epoch), (TenantState::Absent, Epoch(0)));

    let mut warm = drained_at(40);
    prepare(&mut warm, order(12, 8), &prep(8, None)).unwrap();
    let undrained = undrain(&mut warm, order(13, 8), HERE);
    assert_eq!(code(undrained), ProblemCode::WrongState, "it is preparing");
    release(&mut warm, order(13, 8)).unwrap();
    release(&mut warm, order(13, 8)).unwrap();
    assert_eq!((warm.state, warm.epoch), (TenantState::Drained, Epoch(7)));
}

#[test]
fn what_has_moved_away_is_neither_undrained_nor_activated_and_may_be_dropped() {
    let mut record = drained_at(40);
    let away = Some(Seen { epoch: Epoch(8), here: false });
    assert_eq!(code(undrain(&mut record, order(12, 7), away)), ProblemCode::WrongState);
    assert_eq!(code(undrain(&mut record, order(12, 8), away)), ProblemCode::WrongState);
    let late = activate(&mut record, order(12, 8), &act(8, 0), away, Seq(40));
    assert_eq!(code(late), ProblemCode::WrongState);
    assert_eq!(code(drop_copy(&mut record, order(12, 7), HERE)), ProblemCode::WrongState);
    drop_copy(&mut record, order(12, 7), away).unwrap();
    drop_copy(&mut record, order(12, 7), away).unwrap();
    assert_eq!((record.state, record.fence), (TenantState::Absent, Fence(12)));
    assert_eq!(code(drain(&mut record, order(13, 8), &request(), NOW)), ProblemCode::UnknownTenant);
}

#[test]
fn a_higher_placement_epoch_stops_an_active_tenant_and_nothing_else() {
    let away = Seen { epoch: Epoch(8), here: false };
    let mut record = active();
    assert!(!fence_oneself(&mut record, HERE.unwrap(), NOW), "its own epoch");
    assert!(fence_oneself(&mut record, away, NOW));
    assert_eq!(record.state, TenantState::Draining);
    assert!(!fence_oneself(&mut record, away, NOW), "once");
    let mut target = TenantRecord::default();
    prepare(&mut target, order(1, 7), &prep(7, None)).unwrap();
    assert!(!fence_oneself(&mut target, away, NOW));
    assert_eq!(code(undrain(&mut active(), order(11, 7), HERE)), ProblemCode::NoDrain);
}
