//! Sign-in, keys, rights, and what a Gateway and a node refuse.
//! Registered by `main` (libtest_mimic).

use fleet_sim::fault::Fault;
use serde_json::{Value, json};
use streams::ids::ServiceKind;

use crate::support::start;

/// T2.3
async fn traffic_without_exactly_one_good_tenant_header_is_400_and_an_unknown_tenant_403() {
    let fleet = start(&["--rps", "0"]).await;
    let url = format!("{}/v1/entities/order-01", fleet.app.ready.gateways[0]);
    for bad in ["a.b", "*", ">", "A", ""] {
        let answer = fleet.http().get(&url).header("x-tenant-id", bad).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{bad:?}");
    }
    assert_eq!(fleet.http().get(&url).send().await.unwrap().status(), 400);
    let twice = fleet.http().get(&url).header("x-tenant-id", "acme").header("x-tenant-id", "acme");
    assert_eq!(twice.send().await.unwrap().status(), 400);
    let unknown = fleet.http().get(&url).header("x-tenant-id", "nobody").send().await.unwrap();
    assert_eq!(unknown.status(), 403);
    let good =
        fleet.http().get(&url).header("x-tenant-id", "acme").header("x-correlation-id", "c1");
    let good = good.send().await.unwrap();
    assert_eq!(good.status(), 200);
    assert_eq!(good.headers()["x-correlation-id"], "c1");
    assert!(good.headers().contains_key("x-request-id"));
    fleet.app.stop().await;
}

async fn a_signed_in_operator_has_rights_until_signed_out() {
    let fleet = start(&["--rps", "0"]).await;
    assert_eq!(fleet.login("operator", "wrong").await.status, 401);
    let signed_in = fleet.login("operator", "operator-password").await;
    let token = signed_in.body["access_token"].as_str().unwrap();
    assert_eq!(signed_in.body["expires_in"], 3_600);
    let claims = fleet.app.sim.world.iam.caller(token).unwrap().claims;
    let gateway = &fleet.app.ready.gateways[1];
    let keys: Value = fleet
        .http()
        .get(format!("{gateway}/.well-known/jwks.json"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let url = format!(
        "{gateway}/iam/v1/principals/{}/rights?session_id={}",
        claims.sub, claims.session_id
    );
    assert_eq!(fleet.http().get(&url).send().await.unwrap().status(), 401, "needs the service");
    let service = &fleet.app.sim.world.node_token;
    let rights = || fleet.http().get(&url).bearer_auth(service);
    let answer = rights().send().await.unwrap();
    let etag = answer.headers()["etag"].clone();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["session_valid"], true);
    assert!(body["rights"].as_array().unwrap().contains(&json!("control.jobs.create")));
    let same = rights().header("if-none-match", etag.clone()).send().await.unwrap();
    assert_eq!(same.status(), 304);
    let out = fleet.http().post(format!("{gateway}/auth/v1/logout")).bearer_auth(token);
    assert_eq!(out.send().await.unwrap().status(), 204);
    let after = rights().header("if-none-match", etag).send().await.unwrap();
    assert_eq!(after.json::<Value>().await.unwrap()["session_valid"], false);
    fleet.app.stop().await;
}

async fn the_admin_side_wants_the_service_token_a_key_a_fence_and_the_same_tenant() {
    let fleet = start(&["--rps", "0"]).await;
    let (node, _, epoch) = fleet.owner(ServiceKind::Aggregate, "acme").await;
    let url = format!("{}/admin/v1/tenants/acme/drain", fleet.url(&node));
    let plain = fleet.http().put(&url).json(&crate::support::drain_body()).send().await.unwrap();
    assert_eq!(plain.status(), 401);
    let token = &fleet.app.sim.world.node_token;
    let put = || fleet.http().put(&url).bearer_auth(token).json(&crate::support::drain_body());
    let cases = [
        put(),
        put().header("idempotency-key", "k").header("x-control-fence", "1"),
        put()
            .header("idempotency-key", "k")
            .header("x-control-fence", "-1")
            .header("x-tenant-id", "acme")
            .header("x-placement-epoch", "1"),
        put()
            .header("idempotency-key", "k")
            .header("x-control-fence", "1")
            .header("x-tenant-id", "globex")
            .header("x-placement-epoch", "1"),
    ];
    for case in cases {
        let answer = case.send().await.unwrap();
        assert_eq!(answer.status(), 422);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], "bad_argument");
    }
    let mut body = crate::support::drain_body();
    body["surprise"] = json!(1);
    let odd = fleet.order("PUT", &node, ("acme", "/drain"), (1, epoch), body).await;
    assert_eq!(odd.status, 422, "{}", odd.body);
    let status = fleet.get(&node, "/admin/v1/tenants/acme").await.body;
    assert_eq!((&status["state"], &status["fence"]), (&json!("active"), &json!(0)));
    fleet.app.stop().await;
}

async fn a_gateway_that_refuses_to_reload_keeps_its_map_until_it_may_go_on() {
    let fleet = start(&["--rps", "0"]).await;
    let before = fleet.get("gw-1", "/admin/v1/placement?entries=false").await.body;
    fleet.fault("gw-1", Fault::RefuseReload, None);
    let revision = fleet.flip(ServiceKind::Runner, "acme").await;
    let path = "/admin/v1/placement?entries=false";
    let there = |a: &crate::support::Answer| a.body["revisions"]["runner_placement"] == revision;
    let moved = fleet.until_node("gw-2", path, there).await;
    assert_eq!(fleet.get("gw-1", path).await.body, before);
    fleet.clear("gw-1", Fault::RefuseReload);
    let now = fleet.until_node("gw-1", path, there).await;
    assert_eq!(now["snapshot_sha256"], moved["snapshot_sha256"]);
    assert_ne!(now["snapshot_sha256"], before["snapshot_sha256"]);
    fleet.app.stop().await;
}

async fn a_drained_node_is_not_ready_and_says_so_after_a_crash_too() {
    let fleet = start(&["--rps", "0"]).await;
    let url = format!("{}/admin/v1/drain", fleet.url("prj-01a"));
    let token = &fleet.app.sim.world.node_token;
    let call = |method: &str, fence: &str| {
        fleet
            .http()
            .request(method.parse().unwrap(), &url)
            .bearer_auth(token)
            .header("idempotency-key", "k")
            .header("x-control-fence", fence)
    };
    let drained = call("PUT", "7").json(&crate::support::drain_body()).send().await.unwrap();
    assert_eq!(drained.status(), 202);
    fleet.until_node("prj-01a", "/admin/v1/drain", |a| a.body["state"] == "drained").await;
    fleet.fault("prj-01a", Fault::Crash, Some(100));
    let slot = fleet.app.sim.slots[&"prj-01a".parse().unwrap()].clone();
    fleet.until("the crash", |_| slot.restarts() == 1 && slot.life().is_some()).await;
    let ready = fleet.until_node("prj-01a", "/ready", |a| a.body["status"] == "draining").await;
    assert_eq!(ready["status"], "draining");
    assert_eq!(call("DELETE", "6").send().await.unwrap().status(), 412);
    assert_eq!(call("DELETE", "8").send().await.unwrap().status(), 200);
    fleet.until_node("prj-01a", "/ready", |a| a.status == 200).await;
    fleet.app.stop().await;
}

cases!(
    traffic_without_exactly_one_good_tenant_header_is_400_and_an_unknown_tenant_403,
    a_signed_in_operator_has_rights_until_signed_out,
    the_admin_side_wants_the_service_token_a_key_a_fence_and_the_same_tenant,
    a_gateway_that_refuses_to_reload_keeps_its_map_until_it_may_go_on,
    a_drained_node_is_not_ready_and_says_so_after_a_crash_too,
);
