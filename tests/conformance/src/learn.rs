//! Learning from the node itself what a person need not say: who it is, whom it serves.
//!
//! Reads only, and through the contract: a node that does not answer them cannot be held against
//! the rest.

use anyhow::{Context, Result, anyhow};
use fleet::contract::{Health, Info, NodeKind, PlacementSnapshot, TenantPage, paths};
use secrecy::SecretString;
use streams::ids::{NodeId, TenantId};

use crate::probe::Probe;

/// What a person may have said.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Who should answer.
    pub node_id: Option<NodeId>,
    /// A tenant that the node serves.
    pub tenant: Option<TenantId>,
    /// A tenant that exists, and that the node holds nothing of.
    pub spare: Option<TenantId>,
}

/// A node that can be held against the suite.
#[derive(Debug)]
pub struct Learnt {
    /// Speaks with it.
    pub probe: Probe,
    /// What it says of its process.
    pub health: Health,
    /// What it is.
    pub kind: NodeKind,
}

/// Completes what was said by what the node tells.
///
/// # Errors
/// One sentence: the node does not answer, is another one, or has no tenant to try it with.
pub async fn learn(url: &str, token: SecretString, said: Said) -> Result<Learnt> {
    let nobody: TenantId = "nobody".parse()?;
    let unknown: NodeId = "unknown".parse()?;
    let asks = Probe::new(url, unknown, token.clone(), (nobody.clone(), nobody))?;
    let health: Health = read(&asks, paths::HEALTH).await?;
    if let Some(expected) = said.node_id.filter(|id| *id != health.node_id) {
        return Err(anyhow!("{url} is {}, not {expected}", health.node_id));
    }
    let info: Info = read(&asks, paths::INFO).await?;
    let tenant = match said.tenant {
        Some(tenant) => tenant,
        None => served(&asks, info.kind).await?,
    };
    let spare = match said.spare {
        Some(spare) => spare,
        None => elsewhere(&asks, &tenant, info.kind).await?,
    };
    let probe = Probe::new(url, health.node_id.clone(), token, (tenant, spare))?;
    Ok(Learnt { probe, health, kind: info.kind })
}

async fn read<T: serde::de::DeserializeOwned>(probe: &Probe, path: &str) -> Result<T> {
    let reply = probe.get(path).await.map_err(|e| anyhow!("the node does not answer: {e}"))?;
    reply.body().map_err(|e| anyhow!("{path}: {e}"))
}

/// Every tenant of the placement the node sees.
async fn placed(probe: &Probe) -> Result<Vec<TenantId>> {
    let snapshot: PlacementSnapshot = read(probe, paths::PLACEMENT).await?;
    let maps = snapshot.entries.context("the node shows no entries of its placement")?;
    let mut all: Vec<TenantId> =
        maps.into_values().flat_map(|map| map.tenants.into_keys()).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

async fn served(probe: &Probe, kind: NodeKind) -> Result<TenantId> {
    if kind == NodeKind::Gateway {
        return placed(probe).await?.into_iter().next().context("no tenant is placed");
    }
    let page: TenantPage = read(probe, &format!("{}?state=active", paths::TENANTS)).await?;
    let first = page.items.into_iter().next();
    Ok(first.context("the node serves no tenant; name one with --tenant")?.tenant_id)
}

async fn elsewhere(probe: &Probe, tenant: &TenantId, kind: NodeKind) -> Result<TenantId> {
    for candidate in placed(probe).await?.into_iter().filter(|other| other != tenant) {
        if kind == NodeKind::Gateway {
            return Ok(candidate);
        }
        let reply = probe.get(&paths::tenant(&candidate)).await;
        let reply = reply.map_err(|e| anyhow!("the node does not answer: {e}"))?;
        if reply.status == 404 || reply.json["state"] == "absent" {
            return Ok(candidate);
        }
    }
    Err(anyhow!("the node holds something of every tenant; name one with --spare"))
}
