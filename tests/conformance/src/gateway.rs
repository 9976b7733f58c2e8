//! What holds for a Gateway beyond [`crate::any`].

use fleet::contract::{Jwks, PlacementSnapshot, ProblemCode, paths};

use crate::{
    Outcome, cases,
    probe::{Probe, demand},
};

cases![
    it_follows_all_three_maps,
    it_holds_no_tenants,
    its_keys_are_public_and_asymmetric,
    the_rights_of_an_unknown_principal_are_none,
];

async fn it_follows_all_three_maps(probe: &Probe) -> Outcome {
    let snapshot: PlacementSnapshot = probe.get(paths::PLACEMENT).await?.body()?;
    demand(snapshot.revisions.len() == 3, || format!("{:?}", snapshot.revisions))
}

async fn it_holds_no_tenants(probe: &Probe) -> Outcome {
    for path in [paths::TENANTS.to_owned(), paths::drain(&probe.tenant)] {
        probe.get(&path).await?.is_problem(&ProblemCode::NotSupported)?;
    }
    Ok(())
}

async fn its_keys_are_public_and_asymmetric(probe: &Probe) -> Outcome {
    let jwks: Jwks = probe.get_as_stranger(paths::JWKS).await?.body()?;
    // Where a shared secret signs there is none to publish; only a token of its own can tell.
    let shared = probe.token_algorithm().is_some_and(|alg| alg.starts_with("HS"));
    demand(jwks.keys.is_empty() == shared, || format!("{} keys", jwks.keys.len()))?;
    for key in &jwks.keys {
        let kind = key.get("kty").and_then(|v| v.as_str());
        let fine = kind != Some("oct") && !key.contains_key("d") && key.contains_key("kid");
        demand(fine, || format!("{key:?}"))?;
    }
    Ok(())
}

async fn the_rights_of_an_unknown_principal_are_none(probe: &Probe) -> Outcome {
    let nobody = "nobody-at-all".parse().map_err(|e| format!("{e}"))?;
    let path = paths::rights(&nobody, "none");
    probe.get(&path).await?.is_problem(&ProblemCode::NotFound)?;
    probe.get_as_stranger(&path).await?.is_problem(&ProblemCode::Unauthenticated)
}
