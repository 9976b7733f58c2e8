//! Versioned documents: configuration of the platform and of a tenant, definitions.

use fleet::contract::{
    ProblemCode,
    administration::{DefinitionKind, Document, DocumentVersion, Listing},
    headers, paths,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::{Rests, has_etag, is_paged, is_stale, own_name, read, write, writing};
use crate::{
    Outcome, cases,
    probe::{Probe, Reply, demand},
};

cases![
    documents_are_listed_in_pages,
    a_document_keeps_every_version_also_over_its_removal,
    a_document_is_written_with_a_condition_and_a_reason_or_not_at_all,
    a_tenants_configuration_wants_exactly_one_tenant_that_there_is,
    definitions_are_of_the_known_kinds_only,
];

fn at(path: &str, name: &str) -> String {
    path.replace("{name}", name)
}

fn content(number: u64) -> Option<Value> {
    Some(json!({"description": "conformance", "document": {"number": number}}))
}

async fn documents_are_listed_in_pages(probe: &Probe) -> Outcome {
    is_paged(probe, paths::CONFIGS, "name", "name").await?;
    for kind in DefinitionKind::ALL {
        let path = paths::DEFINITIONS.replace("{kind}", kind.as_str());
        is_paged(probe, &path, "name", "name").await?;
    }
    Ok(())
}

async fn a_document_keeps_every_version_also_over_its_removal(probe: &Probe) -> Outcome {
    let name = own_name();
    let path = at(paths::CONFIG, &name);
    let put = |rests, number| write(probe, Method::PUT, &path, rests, content(number));
    let made = put(Rests::OnNone, 1).await?;
    made.is(201)?;
    has_etag(&made, 1)?;
    let checks = async {
        let second = put(Rests::On(1), 2).await?;
        second.is(200)?;
        has_etag(&second, 2)?;
        let told: Document = read(probe, &path).await?.body()?;
        demand(told.document["number"] == 2, || format!("{told:?}"))?;
        demand(told.reason.as_deref() == Some("conformance ✓"), || format!("{told:?}"))?;
        demand(told.updated_by.is_some(), || format!("{told:?}"))
    };
    let outcome = checks.await;
    let version = read(probe, &path).await?.json["version"].as_u64().unwrap_or(0);
    write(probe, Method::DELETE, &path, Rests::On(version), None).await?.is(204)?;
    outcome?;
    read(probe, &path).await?.is_problem(&ProblemCode::NotFound)?;
    let versions = read(probe, &at(paths::CONFIG_VERSIONS, &name)).await?;
    let versions: Listing<DocumentVersion> = versions.body()?;
    let told: Vec<_> = versions.items.iter().map(|v| (v.version, v.removed)).collect();
    demand(told == [(3, true), (2, false), (1, false)], || format!("{versions:?}"))?;
    let of = |version: &str| at(paths::CONFIG_VERSION, &name).replace("{version}", version);
    let first: Document = read(probe, &of("1")).await?.body()?;
    let kept = first.document["number"] == 1 && first.current_version.is_none();
    demand(kept, || format!("{first:?}"))?;
    for none in ["3", "9", "x"] {
        read(probe, &of(none)).await?.is_problem(&ProblemCode::NotFound)?;
    }
    put(Rests::OnNone, 4).await?.is(201)?;
    let again: Document = read(probe, &path).await?.body()?;
    write(probe, Method::DELETE, &path, Rests::On(again.version), None).await?.is(204)?;
    demand(again.version == 4, || format!("counts from the start again: {again:?}"))
}

async fn a_document_is_written_with_a_condition_and_a_reason_or_not_at_all(
    probe: &Probe,
) -> Outcome {
    let name = own_name();
    let path = at(paths::CONFIG, &name);
    let put = |rests| write(probe, Method::PUT, &path, rests, content(1));
    put(Rests::Nothing).await?.is_problem(&ProblemCode::VersionRequired)?;
    put(Rests::On(1)).await?.is_problem(&ProblemCode::NotFound)?;
    let mut silent = writing(Rests::OnNone);
    silent.remove(headers::REASON);
    let reply = probe.as_administrator(Method::PUT, &path, silent, content(1)).await?;
    reply.is_problem(&ProblemCode::BadArgument)?;
    for body in [json!({}), json!({"document": 1}), json!({"document": {}, "surprise": 1})] {
        let reply = write(probe, Method::PUT, &path, Rests::OnNone, Some(body)).await?;
        reply.is_problem(&ProblemCode::BadArgument)?;
    }
    let odd = at(paths::CONFIG, "Not-A-Name");
    let reply = write(probe, Method::PUT, &odd, Rests::OnNone, content(1)).await?;
    reply.is_problem(&ProblemCode::BadArgument)?;
    read(probe, &path).await?.is_problem(&ProblemCode::NotFound)?;
    put(Rests::OnNone).await?.is(201)?;
    let checks = async {
        is_stale(&put(Rests::OnNone).await?, 1)?;
        is_stale(&put(Rests::On(2)).await?, 1)?;
        let delete = |rests| write(probe, Method::DELETE, &path, rests, None);
        delete(Rests::Nothing).await?.is_problem(&ProblemCode::VersionRequired)?;
        is_stale(&delete(Rests::On(2)).await?, 1)
    };
    let outcome = checks.await;
    write(probe, Method::DELETE, &path, Rests::On(1), None).await?.is(204)?;
    outcome
}

fn of_tenants(mut all: HeaderMap, tenants: &[&str]) -> HeaderMap {
    for tenant in tenants {
        let value = HeaderValue::from_str(tenant).expect("visible");
        all.append(HeaderName::from_static(headers::TENANT_ID), value);
    }
    all
}

async fn a_tenants_configuration_wants_exactly_one_tenant_that_there_is(probe: &Probe) -> Outcome {
    let (own, other) = (probe.tenant.as_str(), probe.spare.as_str());
    let list = |tenants: &[&str]| {
        let headers = of_tenants(HeaderMap::new(), tenants);
        probe.as_administrator(Method::GET, paths::TENANT_CONFIGS, headers, None)
    };
    list(&[own]).await?.is(200)?;
    for odd in [&[][..], &["a.b"], &[""], &["*"], &[own, other], &[own, own]] {
        list(odd).await?.is(400)?;
    }
    list(&["no-such-tenant-anywhere"]).await?.is_problem(&ProblemCode::Forbidden)?;
    let name = own_name();
    let path = at(paths::TENANT_CONFIG, &name);
    let call = |method: Method, tenant: &str, rests| {
        let body = if method == Method::PUT { content(1) } else { None };
        let headers = match method {
            Method::GET => HeaderMap::new(),
            _ => writing(rests),
        };
        probe.as_administrator(method, &path, of_tenants(headers, &[tenant]), body)
    };
    call(Method::PUT, own, Rests::OnNone).await?.is(201)?;
    let told: Result<Reply, String> = call(Method::GET, own, Rests::Nothing).await;
    let elsewhere = call(Method::GET, other, Rests::Nothing).await;
    call(Method::DELETE, own, Rests::On(1)).await?.is(204)?;
    let told: Document = told?.body()?;
    demand(told.tenant_id.as_ref() == Some(&probe.tenant), || format!("{told:?}"))?;
    elsewhere?.is_problem(&ProblemCode::NotFound)
}

async fn definitions_are_of_the_known_kinds_only(probe: &Probe) -> Outcome {
    let path = paths::DEFINITIONS.replace("{kind}", "gateway");
    read(probe, &path).await?.is_problem(&ProblemCode::NotFound)?;
    for kind in DefinitionKind::ALL {
        let path = paths::DEFINITION.replace("{kind}", kind.as_str());
        let path = at(&path, &own_name());
        read(probe, &path).await?.is_problem(&ProblemCode::NotFound)?;
        // What defines nothing is of no use to any Gateway.
        let body = Some(json!({"document": {"surprise": true}}));
        let reply = write(probe, Method::PUT, &path, Rests::OnNone, body).await?;
        reply.is_problem(&ProblemCode::BadArgument)?;
        read(probe, &path).await?.is_problem(&ProblemCode::NotFound)?;
    }
    Ok(())
}
