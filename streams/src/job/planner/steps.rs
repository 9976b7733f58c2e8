//! The steps of a migration, forwards and back, in the operator's words.

use crate::{
    ids::{StepId, TenantId},
    job::{
        plan::{Base, Move, ReverseStep},
        policy::Policy,
        step::{Step, StepKind, UndoKind, rule},
    },
};

/// The order of one migration; with several kinds each step is repeated per kind, drained in drain
/// order and activated in reverse.
const ORDER: [StepKind; 10] = [
    StepKind::ProbeUndo,
    StepKind::Prepare,
    StepKind::CatchUp,
    StepKind::Drain,
    StepKind::Position,
    StepKind::Hold,
    StepKind::Flip,
    StepKind::Activate,
    StepKind::Barrier,
    StepKind::Soak,
];

pub(super) fn steps(tenant: &TenantId, base: &Base, policy: &Policy) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    if base.moves.is_empty() {
        return steps;
    }
    let several = base.moves.len() > 1;
    let mut flipped = false;
    for kind in ORDER {
        let moves: Vec<Option<&Move>> = match kind {
            StepKind::ProbeUndo | StepKind::Barrier | StepKind::Soak => vec![None],
            StepKind::Activate => base.moves.iter().rev().map(Some).collect(),
            _ => base.moves.iter().map(Some).collect(),
        };
        for moved in moves {
            let number = steps.len() + 1;
            let suffix = moved.filter(|_| several).map(|m| format!("-{}", m.service_kind));
            let id = format!("{number:02}.{}{}", kind.as_str(), suffix.unwrap_or_default());
            let rule = rule(kind, policy);
            let point_of_no_return = kind == StepKind::Flip && !flipped;
            flipped |= point_of_no_return;
            steps.push(Step {
                id: id.parse::<StepId>().expect("built from the step table"),
                kind,
                service_kind: moved.map(|m| m.service_kind),
                title: title(kind, tenant, moved, policy),
                target: target(kind, base, moved),
                undo: rule.undo,
                point_of_no_return,
                expected_ms: rule.expected_ms,
            });
        }
    }
    steps
}

fn title(kind: StepKind, tenant: &TenantId, moved: Option<&Move>, policy: &Policy) -> String {
    let (source, target) =
        moved.map(|m| (m.source.shard.to_string(), m.target.shard.to_string())).unwrap_or_default();
    match kind {
        StepKind::ProbeUndo => "Check that every undo works".to_owned(),
        StepKind::Prepare => format!("Prepare {tenant} on {target}"),
        StepKind::CatchUp => format!("Follow {tenant} on {target} up to now"),
        StepKind::Drain => format!("Drain {tenant} on {source}"),
        StepKind::Position => format!("Read the final position of {source}"),
        StepKind::Hold => format!("Hold {target} there, digests equal"),
        StepKind::Flip => format!("Point placement to {target}"),
        StepKind::Activate => format!("Activate {tenant} on {target}"),
        StepKind::Barrier => "Every Gateway applies the new map".to_owned(),
        StepKind::Soak => format!("Hold for {} probes, nothing lost", policy.samples),
    }
}

fn target(kind: StepKind, base: &Base, moved: Option<&Move>) -> String {
    match (kind, moved) {
        (StepKind::Drain | StepKind::Position, Some(m)) => m.source.shard.to_string(),
        (StepKind::Flip, Some(m)) => format!("revision {}", m.revision),
        (_, Some(m)) => m.target.shard.to_string(),
        (StepKind::Barrier, None) => format!("{} Gateways", base.gateways.len()),
        (StepKind::ProbeUndo, None) => {
            let shards: Vec<String> = base
                .moves
                .iter()
                .flat_map(|m| [m.source.shard.to_string(), m.target.shard.to_string()])
                .collect();
            shards.join(", ")
        }
        (_, None) => "fleet".to_owned(),
    }
}

pub(super) fn reverse_steps(tenant: &TenantId, base: &Base, steps: &[Step]) -> Vec<ReverseStep> {
    let undoable = steps.iter().rev().filter_map(|step| {
        let undo = step.undo?;
        let moved = base.moves.iter().find(|m| Some(m.service_kind) == step.service_kind)?;
        let title = match undo {
            UndoKind::Release => format!("Release {tenant} on {}", moved.target.shard),
            UndoKind::Undrain => {
                format!("Put {tenant} on {} back to its state before", moved.source.shard)
            }
        };
        Some(ReverseStep { of: step.id.to_string(), undo: Some(undo), title })
    });
    let mut reverse: Vec<ReverseStep> = undoable.collect();
    for moved in &base.moves {
        let title = format!(
            "After the flip: the mirrored migration, {tenant} {} → {}, with a new epoch",
            moved.target.shard, moved.source.shard
        );
        let of = format!("reverse migration of {}", moved.service_kind);
        reverse.push(ReverseStep { of, undo: None, title });
    }
    reverse
}
