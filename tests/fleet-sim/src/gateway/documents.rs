//! Versioned JSON documents that all Gateways share: configuration and definitions. Durable.
//!
//! Every version is one line on the disk and stays readable, also after a removal, which is a
//! version too. What a document may hold is in [`rules`], what a new fleet begins with in [`seed`].

pub mod check;
pub mod rules;
pub mod seed;

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use fleet::contract::{
    Problem, ProblemCode,
    administration::{
        DefinitionKind, Document, DocumentChange, DocumentQuery, DocumentSummary, DocumentVersion,
        Listing,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use streams::{clock::Clock, ids::TenantId};

use super::{
    condition::Condition,
    listing::{Ask, Field, fits, page, time_key},
};
use crate::{
    durable::Lines,
    problem::{Answer, Fail, fail},
};

/// Bytes of a document's content as compact JSON.
const CONTENT_MAX: usize = 48 * 1_024;

/// Where a document belongs; names are its own there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// Configuration of the platform.
    Platform,
    /// Configuration of one tenant.
    Tenant(TenantId),
    /// Definitions of one kind.
    Definition(DefinitionKind),
}

/// One version as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Where.
    pub shelf: Shelf,
    /// Under which name.
    pub name: String,
    /// Which, from 1.
    pub version: u64,
    /// What the document is for.
    pub description: String,
    /// The content; none of a removal.
    pub document: Option<Map<String, Value>>,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Written {
    fn size_bytes(&self) -> u64 {
        self.document.as_ref().map_or(0, size)
    }

    fn summary(&self) -> DocumentSummary {
        DocumentSummary {
            name: self.name.clone(),
            kind: self.kind(),
            tenant_id: self.tenant_id(),
            description: self.description.clone(),
            version: self.version,
            size_bytes: self.size_bytes(),
            updated_at: self.at,
            updated_by: self.by.clone(),
            reason: self.reason.clone(),
        }
    }

    fn kind(&self) -> Option<DefinitionKind> {
        match self.shelf {
            Shelf::Definition(kind) => Some(kind),
            Shelf::Platform | Shelf::Tenant(_) => None,
        }
    }

    fn tenant_id(&self) -> Option<TenantId> {
        match &self.shelf {
            Shelf::Tenant(tenant) => Some(tenant.clone()),
            Shelf::Platform | Shelf::Definition(_) => None,
        }
    }

    /// Whole; none of a removal.
    fn whole(&self, current_version: Option<u64>) -> Option<Document> {
        Some(Document {
            name: self.name.clone(),
            kind: self.kind(),
            tenant_id: self.tenant_id(),
            description: self.description.clone(),
            version: self.version,
            current_version,
            document: self.document.clone()?,
            updated_at: self.at,
            updated_by: self.by.clone(),
            reason: self.reason.clone(),
        })
    }
}

fn size(document: &Map<String, Value>) -> u64 {
    serde_json::to_vec(document).map_or(0, |bytes| bytes.len() as u64)
}

/// Versions of one document, oldest first; never none.
type History = Vec<Written>;

#[derive(Debug)]
struct Kept {
    file: Lines,
    documents: BTreeMap<(Shelf, String), History>,
}

/// The documents.
#[derive(Debug)]
pub struct Documents {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

/// Who writes, and why.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Subject.
    pub sub: &'a str,
    /// Why, as they said.
    pub reason: &'a str,
}

fn none() -> Fail {
    fail(ProblemCode::NotFound, "there is no such document")
}

fn bad(detail: impl Into<String>) -> Fail {
    fail(ProblemCode::BadArgument, detail)
}

/// `^[a-z][a-z0-9._-]{0,62}$`.
fn is_name(text: &str) -> bool {
    let rest = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    matches!(text.as_bytes(), [b'a'..=b'z', more @ ..] if more.len() < 63 && more.iter().all(rest))
}

const SUMMARIES: &[Field<DocumentSummary>] =
    &[("name", |d| d.name.clone()), ("updated_at", |d| time_key(Some(d.updated_at)))];
const VERSIONS: &[Field<DocumentVersion>] = &[("version", |v| format!("{:020}", v.version))];

impl Kept {
    fn history(&self, shelf: &Shelf, name: &str) -> Answer<&History> {
        self.documents.get(&(shelf.clone(), name.to_owned())).ok_or_else(none)
    }

    /// The version in force; none when there is no document.
    fn current(&self, shelf: &Shelf, name: &str) -> Option<&Written> {
        let last = self.history(shelf, name).ok()?.last()?;
        last.document.is_some().then_some(last)
    }

    fn commit(&mut self, written: Written) -> Answer<()> {
        let kept = self.file.append(&written).and_then(|()| self.file.sync());
        kept.map_err(|error| {
            tracing::error!(%error, "the documents cannot be written");
            fail(ProblemCode::Unavailable, "the documents cannot be written now")
        })?;
        self.put(written);
        Ok(())
    }

    fn put(&mut self, written: Written) {
        let key = (written.shelf.clone(), written.name.clone());
        self.documents.entry(key).or_default().push(written);
    }
}

impl Documents {
    /// Opens what the state directory holds; a new one is seeded, also for `tenants`.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(state_dir: &Path, clock: Arc<dyn Clock>, tenants: &[TenantId]) -> io::Result<Self> {
        let (mut file, mut lines) = Lines::open::<Written>(&state_dir.join("documents.jsonl"))?;
        if lines.is_empty() {
            lines = seed::sow(clock.now(), tenants);
            file.rewrite(lines.iter())?;
        }
        let mut kept = Kept { file, documents: BTreeMap::new() };
        lines.into_iter().for_each(|written| kept.put(written));
        Ok(Self { clock, kept: Mutex::new(kept) })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Documents of a shelf.
    ///
    /// # Errors
    /// 422 `bad_argument`.
    pub fn list(&self, shelf: &Shelf, query: &DocumentQuery) -> Answer<Listing<DocumentSummary>> {
        let kept = self.lock();
        let here = kept.documents.range((shelf.clone(), String::new())..);
        let here = here.take_while(|((of, _), _)| of == shelf);
        let current = here.filter_map(|(_, h)| h.last().filter(|w| w.document.is_some()));
        let fitting = current.filter(|w| fits(query.q.as_deref(), &[&w.name, &w.description]));
        let rows = fitting.map(Written::summary).collect();
        drop(kept);
        page(rows, ask(query, query.sort.as_deref()), "name", |d| d.name.clone(), SUMMARIES)
    }

    /// A document as it is in force.
    ///
    /// # Errors
    /// 404 `not_found`.
    pub fn get(&self, shelf: &Shelf, name: &str) -> Answer<Document> {
        let kept = self.lock();
        let current = kept.current(shelf, name);
        current.and_then(|w| w.whole(Some(w.version))).ok_or_else(none)
    }

    /// Writes a version; true when that made the document.
    ///
    /// # Errors
    /// 404 for the change of one that is not there, 412, 422 naming the field, 428.
    pub fn put(
        &self,
        author: Author<'_>,
        (shelf, name): (&Shelf, &str),
        condition: Condition,
        change: DocumentChange,
    ) -> Answer<(Document, bool)> {
        if !is_name(name) {
            return Err(bad(
                "name: 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first of them a letter",
            ));
        }
        let mut kept = self.lock();
        let last = kept.history(shelf, name).ok().and_then(|h| h.last()).map_or(0, |w| w.version);
        let current = kept.current(shelf, name).map(|w| w.version);
        let made = match (condition, current) {
            (Condition::IsNew, None) => true,
            (Condition::IsNew, Some(version)) => return Err(Problem::stale_version(version).into()),
            (Condition::Is(_), None) => return Err(none()),
            (Condition::None, None) => {
                let detail = "If-None-Match: * is required to make a document";
                return Err(fail(ProblemCode::VersionRequired, detail));
            }
            (condition, Some(version)) => {
                condition.changes(version)?;
                false
            }
        };
        if change.description.chars().count() > 500 {
            return Err(bad("description: at most 500 characters"));
        }
        if size(&change.document) > CONTENT_MAX as u64 {
            return Err(bad("document: at most 48 KiB as compact JSON"));
        }
        rules::check(shelf, name, &change.document).map_err(bad)?;
        let written = Written {
            shelf: shelf.clone(),
            name: name.to_owned(),
            version: last + 1,
            description: change.description,
            document: Some(change.document),
            at: self.clock.now(),
            by: Some(author.sub.to_owned()),
            reason: Some(author.reason.to_owned()),
        };
        let whole = written.whole(Some(written.version)).ok_or_else(none)?;
        kept.commit(written)?;
        Ok((whole, made))
    }

    /// Removes a document; its versions stay.
    ///
    /// # Errors
    /// 404, 412, 428.
    pub fn remove(
        &self,
        author: Author<'_>,
        (shelf, name): (&Shelf, &str),
        condition: Condition,
    ) -> Answer<()> {
        let mut kept = self.lock();
        let current = kept.current(shelf, name).ok_or_else(none)?;
        condition.changes(current.version)?;
        let written = Written {
            version: current.version + 1,
            document: None,
            at: self.clock.now(),
            by: Some(author.sub.to_owned()),
            reason: Some(author.reason.to_owned()),
            ..current.clone()
        };
        kept.commit(written)
    }

    /// Every version there has been, newest first.
    ///
    /// # Errors
    /// 404 `not_found`, 422 `bad_argument`.
    pub fn versions(
        &self,
        shelf: &Shelf,
        name: &str,
        query: &DocumentQuery,
    ) -> Answer<Listing<DocumentVersion>> {
        if query.sort.is_some() {
            return Err(bad("sort: versions are always newest first"));
        }
        let kept = self.lock();
        let history = kept.history(shelf, name)?.iter();
        let fitting = history.filter(|w| {
            fits(
                query.q.as_deref(),
                &[w.by.as_deref().unwrap_or(""), w.reason.as_deref().unwrap_or("")],
            )
        });
        let version = |w: &Written| DocumentVersion {
            version: w.version,
            removed: w.document.is_none(),
            size_bytes: w.size_bytes(),
            at: w.at,
            by: w.by.clone(),
            reason: w.reason.clone(),
        };
        let rows = fitting.map(version).collect();
        drop(kept);
        page(rows, ask(query, None), "-version", |v| v.version.to_string(), VERSIONS)
    }

    /// One version, whole.
    ///
    /// # Errors
    /// 404 `not_found`, also for a removal.
    pub fn version(&self, shelf: &Shelf, name: &str, version: u64) -> Answer<Document> {
        let kept = self.lock();
        let current = kept.current(shelf, name).map(|w| w.version);
        let history = kept.history(shelf, name)?;
        let written = history.iter().find(|w| w.version == version);
        let unknown = || fail(ProblemCode::NotFound, format!("there is no version {version}"));
        let written = written.ok_or_else(unknown)?;
        let removal = || {
            let detail = format!("version {version} removed the document");
            fail(ProblemCode::NotFound, detail)
        };
        written.whole(current).ok_or_else(removal)
    }
}

fn ask<'q>(query: &'q DocumentQuery, sort: Option<&'q str>) -> Ask<'q> {
    Ask { sort, cursor: query.cursor.as_deref(), limit: query.limit }
}

#[cfg(test)]
mod tests;
