//! Every kind of node passes the conformance suite, under traffic; a node that breaks a rule fails.

use conformance::{
    learn::{Said, learn},
    probe::Probe,
    run,
};
use fleet::contract::NodeKind;
use fleet_sim::fault::Fault;
use streams::ids::{ServiceKind, TenantId};

use crate::support::{Fleet, start};

/// A probe of a node of `kind`, with a tenant it serves and one it holds nothing of.
async fn probe(fleet: &Fleet, kind: NodeKind) -> (String, Probe) {
    let of = kind.service_kind().unwrap_or(ServiceKind::Aggregate);
    let (owner, _, _) = fleet.owner(of, "acme").await;
    let mut spare: TenantId = "acme".parse().unwrap();
    for tenant in ["globex", "initech", "umbrella", "hooli", "stark-industries"] {
        if fleet.owner(of, tenant).await.0 != owner {
            spare = tenant.parse().unwrap();
        }
    }
    let node = if kind == NodeKind::Gateway { "gw-1".to_owned() } else { owner };
    let token = fleet.app.sim.world.node_token.clone();
    let (url, id) = (fleet.url(&node), node.parse().unwrap());
    (node, Probe::new(&url, id, token.into(), ("acme".parse().unwrap(), spare)).unwrap())
}

async fn conforms(kind: NodeKind) {
    let fleet = start(&["--rps", "60"]).await;
    fleet.until("traffic", |c| c.acknowledged > 20).await;
    let (_, mut probe) = probe(&fleet, kind).await;
    let mut least = 13;
    if kind == NodeKind::Gateway {
        let password = "admin-password".to_owned().into();
        probe = probe.sign_in("admin", &password).await.unwrap();
        least = 28;
    }
    let verdicts = run(&probe, kind).await;
    assert!(verdicts.len() >= least, "{}", verdicts.len());
    for (name, outcome) in verdicts {
        assert_eq!(outcome, Ok(()), "{name}");
    }
    let counters = fleet.settled().await;
    let harms = (counters.lost, counters.doubled, counters.misrouted);
    assert_eq!(harms, (0, 0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

async fn an_aggregate_conforms() {
    conforms(NodeKind::Aggregate).await;
}

async fn a_projection_conforms() {
    conforms(NodeKind::Projection).await;
}

async fn a_runner_conforms() {
    conforms(NodeKind::Runner).await;
}

async fn a_gateway_conforms() {
    conforms(NodeKind::Gateway).await;
}

/// T2.1
async fn a_gateway_that_signs_with_a_shared_secret_publishes_no_key_and_conforms() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "s".repeat(64)).unwrap();
    let file = secret.path().to_str().unwrap();
    let args = ["--rps", "0", "--token-secret-file", file, "--token-secret-alg", "HS512"];
    let fleet = start(&args).await;
    let (_, stranger) = probe(&fleet, NodeKind::Gateway).await;
    let keys = "its_keys_are_public_and_asymmetric";
    let failed = |verdicts: Vec<(&'static str, Result<(), String>)>| {
        let failed = verdicts.into_iter().filter(|(_, outcome)| outcome.is_err());
        failed.map(|(name, _)| name).collect::<Vec<_>>()
    };
    let verdicts = run(&stranger, NodeKind::Gateway).await;
    assert_eq!(failed(verdicts), [keys], "who is not signed in cannot know why there is none");
    let signed_in = stranger.sign_in("admin", &"admin-password".to_owned().into()).await.unwrap();
    let verdicts = run(&signed_in, NodeKind::Gateway).await;
    assert_eq!(failed(verdicts), [""; 0]);
    fleet.app.stop().await;
}

async fn the_suite_learns_from_the_node_whom_it_serves_and_whom_not() {
    let fleet = start(&["--rps", "0"]).await;
    let token = || fleet.app.sim.world.node_token.clone().into();
    for node in ["agg-02a", "gw-1"] {
        let url = fleet.url(node);
        let learnt = learn(&url, token(), Said::default()).await.unwrap();
        assert_eq!(learnt.health.node_id.as_str(), node);
        assert_ne!(learnt.probe.tenant, learnt.probe.spare);
        if node == "agg-02a" {
            let path = format!("/admin/v1/tenants/{}", learnt.probe.tenant);
            assert_eq!(fleet.get(node, &path).await.body["state"], "active");
            let path = format!("/admin/v1/tenants/{}", learnt.probe.spare);
            assert_eq!(fleet.get(node, &path).await.body["state"], "absent");
        }
        let said = Said { node_id: Some("agg-01a".parse().unwrap()), ..Said::default() };
        let error = learn(&url, token(), said).await.unwrap_err().to_string();
        assert!(error.contains(node) && error.contains("agg-01a"), "{error}");
    }
    fleet.app.stop().await;
}

async fn a_node_that_takes_any_fence_does_not_conform() {
    let fleet = start(&["--rps", "0"]).await;
    let (node, probe) = probe(&fleet, NodeKind::Aggregate).await;
    fleet.fault(&node, Fault::IgnoreFence, None);
    let verdicts = run(&probe, NodeKind::Aggregate).await;
    let failed: Vec<_> =
        verdicts.iter().filter(|(_, outcome)| outcome.is_err()).map(|(name, _)| *name).collect();
    assert!(
        failed.contains(&"a_lower_fence_or_epoch_is_refused_with_the_current_one"),
        "{failed:?}"
    );
    fleet.app.stop().await;
}

cases!(
    the_suite_learns_from_the_node_whom_it_serves_and_whom_not,
    an_aggregate_conforms,
    a_projection_conforms,
    a_runner_conforms,
    a_gateway_conforms,
    a_gateway_that_signs_with_a_shared_secret_publishes_no_key_and_conforms,
    a_node_that_takes_any_fence_does_not_conform,
);
