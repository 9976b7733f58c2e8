//! The leader snapshot: the fold of the log up to one commit, as stored in `control_meta`.
//!
//! It saves time at a start and is trusted for nothing else: whatever is odd about it makes it
//! unusable, and then the log is folded from its first message. Derived things (locks, permits,
//! epoch floors) are not stored; they follow from the jobs, as ever. Pure: who reads and writes it,
//! and whether it fits the log, is the saga's (`job_saga::engine::restore`).
//!
//! Ended jobs only grow, so they stand in chunks of their own, in the order of their ends: a chunk
//! is only ever extended, and an older head still finds its part of it.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    ids::{Epoch, Hash, Incarnation, JobId, NodeId, Revision, Seq, ServiceKind, TenantId},
    job::{
        state::Job,
        world::{Ended, World},
    },
};

/// Version of the stored form **and** of the rules that made it: raise it whenever folding the same
/// commits gives another [`World`], or its JSON changes (`tests/rules/snapshot.rs` fails until then).
pub const FORMAT: u8 = 1;

/// Key of the head in `control_meta`.
pub const HEAD_KEY: &str = "leader.snapshot";

/// Ended jobs in one chunk; about 200 KiB.
pub const PER_CHUNK: usize = 2_048;

/// Largest value, bytes: below the 1 MiB that a server takes in one message.
const LARGEST: usize = 900 * 1024;

/// Key of the `n`th chunk of ended jobs in `control_meta`.
#[must_use]
pub fn chunk_key(n: usize) -> String {
    format!("{HEAD_KEY}.ended.{n}")
}

/// Why a snapshot is not used, or not written. Never an alarm: the log is folded instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not what we store.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// Written by a program with other rules.
    #[error("it has format {0}, this program has {FORMAT}")]
    Format(u8),
    /// Some byte of the head or of the ended jobs is not as it was written.
    #[error("its content does not have the hash it names")]
    Hash,
    /// Of another life of the log.
    #[error("it is of incarnation {found}, the log is in incarnation {expected}")]
    Incarnation {
        /// The snapshot's.
        found: Incarnation,
        /// The log's.
        expected: Incarnation,
    },
    /// The log does not reach so far.
    #[error("it ends at commit {found}, the log at {end}")]
    PastTheEnd {
        /// The snapshot's last commit.
        found: Seq,
        /// The log's.
        end: Seq,
    },
    /// Another commit stands where it ends: the log lost its tail and grew again.
    #[error("commit {0} is not the one it ends with")]
    OtherCommit(Seq),
    /// It would not fit into one value.
    #[error("{key} would have {bytes} bytes, at most {LARGEST} are stored")]
    TooLarge {
        /// The key.
        key: String,
        /// Its size.
        bytes: usize,
    },
}

/// One ended job, as stored in a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndedRow {
    job_id: JobId,
    tenant_id: Option<TenantId>,
    state: String,
    seq: Seq,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EpochRow {
    tenant_id: TenantId,
    service_kind: ServiceKind,
    epoch: Epoch,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountedRow {
    bucket: String,
    key: String,
    revision: Revision,
}

/// Everything of a [`World`] but its ended jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    incarnation: Incarnation,
    seq: Seq,
    commit_sha256: Hash,
    at: Option<DateTime<Utc>>,
    cursor: Seq,
    leader: Option<(NodeId, Seq)>,
    jobs: Vec<Job>,
    epochs: Vec<EpochRow>,
    accounted: Vec<AccountedRow>,
    /// How many ended jobs there were, all chunks together.
    ended: usize,
}

/// First line of the head; the body is the second. The hash is over the stored bytes of the body
/// and of every ended job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    v: u8,
    sha256: Hash,
}

/// Only the version: what else stands there is another format's business.
#[derive(Deserialize)]
struct Version {
    v: u8,
}

/// The head of a snapshot as read, before its chunks are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    sha256: Hash,
    body: Body,
    bytes: Bytes,
}

impl Head {
    /// Reads the value of [`HEAD_KEY`].
    ///
    /// # Errors
    /// [`Unusable::Unreadable`], [`Unusable::Format`].
    pub fn read(value: &[u8]) -> Result<Self, Unusable> {
        let unreadable = |e: serde_json::Error| Unusable::Unreadable(e.to_string());
        let mut lines = value.splitn(2, |byte| *byte == b'\n');
        let (title, bytes) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let Version { v } = serde_json::from_slice(title).map_err(unreadable)?;
        if v != FORMAT {
            return Err(Unusable::Format(v));
        }
        let Title { sha256, .. } = serde_json::from_slice(title).map_err(unreadable)?;
        let body = serde_json::from_slice(bytes).map_err(unreadable)?;
        Ok(Self { sha256, body, bytes: Bytes::copy_from_slice(bytes) })
    }

    /// The last commit it folds.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.body.seq
    }

    /// SHA-256 of that commit's stored body.
    #[must_use]
    pub fn commit_sha256(&self) -> &Hash {
        &self.body.commit_sha256
    }

    /// Life of the log at that commit.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.body.incarnation
    }

    /// Keys of the chunks it needs, in order.
    #[must_use]
    pub fn chunk_keys(&self) -> Vec<String> {
        (0..self.body.ended.div_ceil(PER_CHUNK)).map(chunk_key).collect()
    }

    /// The world, when the chunks are those it was written with.
    ///
    /// # Errors
    /// [`Unusable::Unreadable`], [`Unusable::Hash`].
    pub fn world(self, chunks: &[Bytes]) -> Result<World, Unusable> {
        let Self { sha256, body, bytes } = self;
        let mut rows: Vec<EndedRow> = Vec::with_capacity(body.ended);
        for chunk in chunks {
            let more: Vec<EndedRow> =
                serde_json::from_slice(chunk).map_err(|e| Unusable::Unreadable(e.to_string()))?;
            rows.extend(more);
        }
        rows.truncate(body.ended); // a later snapshot may have extended the last chunk
        if rows.len() != body.ended || digest(&bytes, &rows) != sha256 {
            return Err(Unusable::Hash);
        }
        let epoch = |r: EpochRow| ((r.tenant_id, r.service_kind), r.epoch);
        let accounted = |r: AccountedRow| ((r.bucket, r.key), r.revision);
        let ended =
            |r: EndedRow| (r.job_id, Ended { tenant_id: r.tenant_id, state: r.state, seq: r.seq });
        Ok(World {
            incarnation: body.incarnation,
            last_seq: body.seq,
            last_hash: body.commit_sha256,
            last_at: body.at,
            cursor: body.cursor,
            leader: body.leader,
            jobs: body.jobs.into_iter().map(|job| (job.job_id.clone(), job)).collect(),
            ended: rows.into_iter().map(ended).collect::<HashMap<_, _>>(),
            epochs: body.epochs.into_iter().map(epoch).collect::<BTreeMap<_, _>>(),
            accounted: body.accounted.into_iter().map(accounted).collect::<BTreeMap<_, _>>(),
        })
    }
}

/// What is stored of a world: every chunk, and last the head that makes them one snapshot.
///
/// # Errors
/// [`Unusable::TooLarge`]: then nothing is stored, and a start takes longer.
///
/// # Panics
/// Never: the types are JSON by construction.
pub fn entries(world: &World) -> Result<Vec<(String, Bytes)>, Unusable> {
    let mut rows: Vec<EndedRow> = world.ended.iter().map(ended_row).collect();
    rows.sort_by(|a, b| (a.seq, &a.job_id).cmp(&(b.seq, &b.job_id)));
    let body = json(&body(world));
    let title = json(&Title { v: FORMAT, sha256: digest(&body, &rows) });
    let head = Bytes::from([&title[..], b"\n", &body[..]].concat());
    let chunks = rows.chunks(PER_CHUNK).enumerate().map(|(n, rows)| (chunk_key(n), json(&rows)));
    let all: Vec<(String, Bytes)> = chunks.chain([(HEAD_KEY.to_owned(), head)]).collect();
    match all.iter().find(|(_, value)| value.len() > LARGEST) {
        Some((key, value)) => Err(Unusable::TooLarge { key: key.clone(), bytes: value.len() }),
        None => Ok(all),
    }
}

fn ended_row((job_id, ended): (&JobId, &Ended)) -> EndedRow {
    EndedRow {
        job_id: job_id.clone(),
        tenant_id: ended.tenant_id.clone(),
        state: ended.state.clone(),
        seq: ended.seq,
    }
}

fn body(world: &World) -> Body {
    let epoch = |((tenant_id, service_kind), epoch): (&(TenantId, ServiceKind), &Epoch)| EpochRow {
        tenant_id: tenant_id.clone(),
        service_kind: *service_kind,
        epoch: *epoch,
    };
    let accounted = |((bucket, key), revision): (&(String, String), &Revision)| AccountedRow {
        bucket: bucket.clone(),
        key: key.clone(),
        revision: *revision,
    };
    Body {
        incarnation: world.incarnation,
        seq: world.last_seq,
        commit_sha256: world.last_hash.clone(),
        at: world.last_at,
        cursor: world.cursor,
        leader: world.leader.clone(),
        jobs: world.jobs.values().cloned().collect(),
        epochs: world.epochs.iter().map(epoch).collect(),
        accounted: world.accounted.iter().map(accounted).collect(),
        ended: world.ended.len(),
    }
}

fn json<T: Serialize>(value: &T) -> Bytes {
    Bytes::from(serde_json::to_vec(value).expect("wire types always serialise"))
}

/// SHA-256 over the body and every ended job, a line each, in their one order.
fn digest(body: &[u8], rows: &[EndedRow]) -> Hash {
    let mut sha = Sha256::new();
    sha.update(body);
    for row in rows {
        sha.update(b"\n");
        sha.update(json(row));
    }
    Hash::from_digest(&sha.finalize().into())
}
