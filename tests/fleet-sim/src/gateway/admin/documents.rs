//! Configuration of the platform and of tenants, and definitions: the same six routes three times.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use fleet::contract::{
    ProblemCode,
    administration::{
        DefinitionKind, DocumentChange, DocumentQuery, DocumentSummary, DocumentVersion, Listing,
    },
    paths,
};
use http::request::Parts;

use super::row;
use crate::{
    gateway::{
        access::{
            ConfigRead, ConfigWrite, DefinitionsRead, DefinitionsWrite, May, MayHere, Named, Right,
            Why,
        },
        condition::Condition,
        documents::{Author, Shelf},
    },
    node::Life,
    problem::{Answer, Body, Fail, Query, fail},
};

type Node = Shared<Arc<Life>>;

/// The routes.
pub fn routes() -> Router<Arc<Life>> {
    Router::new()
        .merge(shelf::<Platform>([
            paths::CONFIGS,
            paths::CONFIG,
            paths::CONFIG_VERSIONS,
            paths::CONFIG_VERSION,
        ]))
        .merge(shelf::<Tenants>([
            paths::TENANT_CONFIGS,
            paths::TENANT_CONFIG,
            paths::TENANT_CONFIG_VERSIONS,
            paths::TENANT_CONFIG_VERSION,
        ]))
        .merge(shelf::<Definitions>([
            paths::DEFINITIONS,
            paths::DEFINITION,
            paths::DEFINITION_VERSIONS,
            paths::DEFINITION_VERSION,
        ]))
}

fn shelf<P: Place>([all, one, versions, version]: [&str; 4]) -> Router<Arc<Life>> {
    Router::new()
        .route(all, get(list::<P>))
        .route(one, get(read::<P>).put(write::<P>).delete(remove::<P>))
        .route(versions, get(history::<P>))
        .route(version, get(past::<P>))
}

/// A sort of shelf: who may read and write it, and which one a request means.
trait Place: Send + Sync + 'static {
    type Reads: Right + Send;
    type Writes: Right + Send;

    /// The shelf and the caller, whose right reaches it.
    fn shelf<R: Right + Send>(
        parts: &mut Parts,
        life: &Arc<Life>,
    ) -> impl Future<Output = Answer<(May<R>, Shelf)>> + Send;
}

#[derive(Debug)]
struct Platform;
#[derive(Debug)]
struct Tenants;
#[derive(Debug)]
struct Definitions;

async fn everywhere<R: Right + Send>(parts: &mut Parts, life: &Arc<Life>) -> Answer<May<R>> {
    use axum::extract::FromRequestParts as _;
    May::<R>::from_request_parts(parts, life).await?.everywhere()
}

impl Place for Platform {
    type Reads = ConfigRead;
    type Writes = ConfigWrite;

    async fn shelf<R: Right + Send>(
        parts: &mut Parts,
        life: &Arc<Life>,
    ) -> Answer<(May<R>, Shelf)> {
        Ok((everywhere(parts, life).await?, Shelf::Platform))
    }
}

impl Place for Tenants {
    type Reads = ConfigRead;
    type Writes = ConfigWrite;

    async fn shelf<R: Right + Send>(
        parts: &mut Parts,
        life: &Arc<Life>,
    ) -> Answer<(May<R>, Shelf)> {
        use axum::extract::FromRequestParts as _;
        let MayHere { may, tenant } = MayHere::<R>::from_request_parts(parts, life).await?;
        Ok((may, Shelf::Tenant(tenant)))
    }
}

impl Place for Definitions {
    type Reads = DefinitionsRead;
    type Writes = DefinitionsWrite;

    async fn shelf<R: Right + Send>(
        parts: &mut Parts,
        life: &Arc<Life>,
    ) -> Answer<(May<R>, Shelf)> {
        let may = everywhere(parts, life).await?;
        let kind = parts.uri.path().split('/').nth(3).unwrap_or_default();
        let kind = DefinitionKind::ALL.into_iter().find(|known| known.as_str() == kind);
        let none = || {
            let detail = "definitions are of an aggregate, a projection or a runner";
            fail(ProblemCode::NotFound, detail)
        };
        Ok((may, Shelf::Definition(kind.ok_or_else(none)?)))
    }
}

/// A reader of a shelf.
struct Reads<P: Place>(Shelf, std::marker::PhantomData<P>);
/// One who writes to a shelf.
struct Writes<P: Place>(Shelf, May<P::Writes>);

impl<P: Place> axum::extract::FromRequestParts<Arc<Life>> for Reads<P> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, life: &Arc<Life>) -> Result<Self, Fail> {
        let (_, shelf) = P::shelf::<P::Reads>(parts, life).await?;
        Ok(Self(shelf, std::marker::PhantomData))
    }
}

impl<P: Place> axum::extract::FromRequestParts<Arc<Life>> for Writes<P> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, life: &Arc<Life>) -> Result<Self, Fail> {
        let (may, shelf) = P::shelf::<P::Writes>(parts, life).await?;
        Ok(Self(shelf, may))
    }
}

/// The document a path names; of definitions the kind stands before it.
#[derive(Debug, serde::Deserialize)]
struct One {
    name: String,
}

/// One version of it. Anything but a number is none.
#[derive(Debug, serde::Deserialize)]
struct Past {
    name: String,
    version: String,
}

async fn list<P: Place>(
    life: Node,
    Reads(shelf, _): Reads<P>,
    Query(query): Query<DocumentQuery>,
) -> Answer<Json<Listing<DocumentSummary>>> {
    life.world.documents.list(&shelf, &query).map(Json)
}

async fn read<P: Place>(
    life: Node,
    Reads(shelf, _): Reads<P>,
    Named(One { name }): Named<One>,
) -> Answer<Response> {
    let document = life.world.documents.get(&shelf, &name)?;
    let version = document.version;
    Ok(row(document, version, None))
}

async fn write<P: Place>(
    life: Node,
    Writes(shelf, may): Writes<P>,
    Why(reason): Why,
    condition: Condition,
    Named(One { name }): Named<One>,
    uri: http::Uri,
    Body(change): Body<DocumentChange>,
) -> Answer<Response> {
    let author = Author { sub: &may.caller.claims.sub, reason: &reason };
    let documents = &life.world.documents;
    let (document, made) = documents.put(author, (&shelf, &name), condition, change)?;
    let version = document.version;
    Ok(row(document, version, made.then(|| uri.path().to_owned())))
}

async fn remove<P: Place>(
    life: Node,
    Writes(shelf, may): Writes<P>,
    Why(reason): Why,
    condition: Condition,
    Named(One { name }): Named<One>,
) -> Answer<StatusCode> {
    let author = Author { sub: &may.caller.claims.sub, reason: &reason };
    life.world.documents.remove(author, (&shelf, &name), condition)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn history<P: Place>(
    life: Node,
    Reads(shelf, _): Reads<P>,
    Named(One { name }): Named<One>,
    Query(query): Query<DocumentQuery>,
) -> Answer<Json<Listing<DocumentVersion>>> {
    life.world.documents.versions(&shelf, &name, &query).map(Json)
}

async fn past<P: Place>(
    life: Node,
    Reads(shelf, _): Reads<P>,
    Named(Past { name, version }): Named<Past>,
) -> Answer<Response> {
    let none = |_| fail(ProblemCode::NotFound, "there is no such version");
    let version: u64 = version.parse().map_err(none)?;
    let document = life.world.documents.version(&shelf, &name, version)?;
    Ok(row(document, version, None).into_response())
}
