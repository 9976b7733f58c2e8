//! The Gateway's administration over HTTP: both Gateways, headers, restarts, tenants, the journal.
//! Registered by `main` (libtest_mimic).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, Fleet, begin, start};

/// Somebody who is signed in.
struct Person<'f> {
    fleet: &'f Fleet,
    token: String,
}

impl<'f> Person<'f> {
    async fn sign_in(fleet: &'f Fleet, name: &str) -> Self {
        let signed_in = fleet.login(name, &format!("{name}-password")).await;
        let token = signed_in.body["access_token"].as_str().unwrap().to_owned();
        Self { fleet, token }
    }

    /// A request at the Gateway of this number.
    fn at(&self, gateway: usize, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.fleet.app.ready.gateways[gateway]);
        self.fleet.http().request(method, url).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Answer {
        send(self.at(0, Method::GET, path)).await
    }

    /// A write with a reason and, of a change, the version it is made from.
    fn write(&self, method: Method, path: &str, version: Option<u64>) -> RequestBuilder {
        let request = self.at(0, method, path).header("x-reason", "g%C3%BCnstig");
        match version {
            Some(version) => request.header("if-match", format!("\"{version}\"")),
            None => request,
        }
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
    let body: Value = response.json().await.unwrap_or(Value::Null);
    if status >= 400 {
        assert_eq!(kind.as_deref(), Some("application/problem+json"), "{status} {body}");
        assert!(body["request_id"].is_string() && body["correlation_id"].is_string(), "{body}");
    }
    Answer { status, body }
}

fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (status, Some(code)),
        "{}",
        answer.body
    );
}

fn new_user(name: &str) -> Value {
    json!({
        "username": name, "display_name": "Nora Neumann", "password": "correct horse battery",
        "roles": ["viewer"], "rights": [],
    })
}

/// T2.3
async fn a_user_is_made_changed_and_removed_at_either_gateway_and_the_other_sees_it() {
    let fleet = start(&["--rps", "0"]).await;
    let admin = Person::sign_in(&fleet, "admin").await;
    let made = admin.write(Method::POST, "/iam/v1/users", None).json(&new_user("nora"));
    let made = made.send().await.unwrap();
    assert_eq!((made.status().as_u16(), made.headers()["etag"].to_str().unwrap()), (201, "\"1\""));
    let at = made.headers()["location"].to_str().unwrap().to_owned();
    let user: Value = made.json().await.unwrap();
    assert_eq!(at, format!("/iam/v1/users/{}", user["sub"].as_str().unwrap()));
    assert!(!user.to_string().contains("battery"), "no password in an answer");
    let seen = admin.at(1, Method::GET, &at).send().await.unwrap();
    assert_eq!(seen.headers()["etag"], "\"1\"");
    assert_eq!(seen.json::<Value>().await.unwrap(), user);
    let again = admin.write(Method::POST, "/iam/v1/users", None).json(&new_user("nora"));
    is(&send(again).await, 409, "already_exists");

    let change =
        json!({"display_name": "N. Neumann", "state": "active", "roles": [], "rights": []});
    let put = |version| send(admin.write(Method::PUT, &at, version).json(&change));
    is(&put(None).await, 428, "version_required");
    let stale = put(Some(7)).await;
    is(&stale, 412, "stale_version");
    assert_eq!(stale.body["current_version"], 1);
    let changed = put(Some(1)).await;
    assert_eq!((changed.status, &changed.body["version"]), (200, &json!(2)));
    assert_eq!(changed.body["effective_rights"], json!([]));
    is(&send(admin.write(Method::DELETE, &at, Some(1))).await, 412, "stale_version");
    assert_eq!(send(admin.write(Method::DELETE, &at, Some(2))).await.status, 204);
    is(&send(admin.at(1, Method::GET, &at)).await, 404, "not_found");
    fleet.app.stop().await;
}

async fn a_write_without_a_reason_is_refused_and_a_reason_is_kept_with_author_and_ids() {
    let fleet = start(&["--rps", "0"]).await;
    let admin = Person::sign_in(&fleet, "admin").await;
    let path = "/config/v1/documents/gateway.sessions";
    let body = json!({"document": {"token_ttl_s": 600}});
    let put = |reason: &str| {
        let request = admin.at(0, Method::PUT, path).header("if-match", "\"2\"").json(&body);
        request.header("x-reason", reason).header("x-correlation-id", "cor_administration")
    };
    let none = admin.at(0, Method::PUT, path).header("if-match", "\"2\"").json(&body);
    is(&send(none).await, 422, "bad_argument");
    for odd in ["", " ", "%0A", "%ff", &"x".repeat(501)] {
        is(&send(put(odd)).await, 422, "bad_argument");
    }
    let twice = put("a").header("x-reason", "b");
    is(&send(twice).await, 422, "bad_argument");
    assert_eq!(admin.get(path).await.body["version"], 2, "a refusal changes nothing");
    let written = send(put("g%C3%BCnstig, 5%25")).await;
    assert_eq!((written.status, &written.body["reason"]), (200, &json!("günstig, 5%")));
    assert_eq!(written.body["updated_by"], "usr_admin");
    let changes = fleet.app.sim.world.changes.list(Some(&"cor_administration".parse().unwrap()));
    assert_eq!(changes.len(), 1, "{changes:?}");
    let change = &changes[0];
    assert_eq!((change.by.as_str(), change.path.as_str()), ("usr_admin", path));
    assert_eq!((change.reason.as_str(), change.status), ("günstig, 5%", 200));
    fleet.app.stop().await;
}

async fn everything_that_was_administered_is_there_after_a_restart() {
    let fleet = start(&["--rps", "0"]).await;
    let admin = Person::sign_in(&fleet, "admin").await;
    let role = json!({"role": "night-shift", "description": "", "rights": ["control.jobs.read"]});
    let made = send(admin.write(Method::POST, "/iam/v1/roles", None).json(&role)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let user = send(admin.write(Method::POST, "/iam/v1/users", None).json(&new_user("nora"))).await;
    let sub = user.body["sub"].as_str().unwrap().to_owned();
    let document = json!({"description": "mine", "document": {"a": [1, 2]}});
    let put = admin.at(0, Method::PUT, "/config/v1/documents/my.own");
    let put = put.header("x-reason", "mine").header("if-none-match", "*").json(&document);
    assert_eq!(send(put).await.status, 201);
    let token = admin.token.clone();
    let Fleet { app, dir, substrate, .. } = fleet;
    app.stop().await;

    let fleet = begin(dir, substrate, &["--rps", "0"]).await;
    let admin = Person { fleet: &fleet, token };
    let path = format!("/iam/v1/users/{sub}");
    assert_eq!(admin.get(&path).await.body["roles"], json!(["viewer"]), "the session lives too");
    assert_eq!(admin.get("/iam/v1/roles/night-shift").await.body["version"], 1);
    let own = admin.get("/config/v1/documents/my.own").await.body;
    assert_eq!((&own["document"]["a"], &own["reason"]), (&json!([1, 2]), &json!("mine")));
    assert_eq!(fleet.login("nora", "correct horse battery").await.status, 200);
    assert_eq!(fleet.app.sim.world.changes.list(None).len(), 3);
    fleet.app.stop().await;
}

async fn disabling_a_user_ends_their_sessions_at_once_and_they_cannot_come_back() {
    let fleet = start(&["--rps", "0"]).await;
    let admin = Person::sign_in(&fleet, "admin").await;
    let viewer = Person::sign_in(&fleet, "viewer").await;
    assert_eq!(viewer.get("/iam/v1/users").await.status, 200);
    let off = json!({
        "display_name": "Vera Viewer", "state": "disabled", "roles": ["viewer"], "rights": [],
    });
    let put = admin.write(Method::PUT, "/iam/v1/users/usr_viewer", Some(1)).json(&off);
    assert_eq!(send(put).await.body["state"], "disabled");
    is(&viewer.get("/iam/v1/users").await, 401, "unauthenticated");
    let wrong = fleet.login("viewer", "viewer-password").await;
    is(&wrong, 401, "unauthenticated");
    let no_one = fleet.login("nobody", "viewer-password").await;
    assert_eq!(wrong.body["detail"], no_one.body["detail"], "nobody is told which it is");
    let sessions = admin.get("/iam/v1/sessions?sub=usr_viewer").await.body;
    assert_eq!(sessions["items"][0]["state"], "revoked");
    assert_eq!(sessions["items"][0]["revoked_because"], "günstig");
    fleet.app.stop().await;
}

/// T2.3
async fn a_right_for_a_tenant_reaches_its_users_sessions_and_configuration_and_no_further() {
    let fleet = start(&["--rps", "0"]).await;
    let acme = Person::sign_in(&fleet, "acme-admin").await;
    let globex = Person::sign_in(&fleet, "globex-operator").await;
    let users = acme.get("/iam/v1/users").await.body;
    assert_eq!(users["total"], 2);
    assert!(users["items"].as_array().unwrap().iter().all(|u| u["tenant_id"] == "acme"));
    let sessions = acme.get("/iam/v1/sessions").await.body;
    assert_eq!(
        (&sessions["total"], &sessions["items"][0]["sub"]),
        (&json!(1), &json!("usr_acme-admin"))
    );
    is(&acme.get("/iam/v1/users/usr_globex-operator").await, 404, "not_found");
    is(&acme.get("/config/v1/documents").await, 403, "forbidden");
    is(&acme.get("/definitions/v1/aggregate").await, 403, "forbidden");
    let own = |person: &Person<'_>, tenant: &str| {
        send(person.at(0, Method::GET, "/config/v1/tenant/documents").header("x-tenant-id", tenant))
    };
    assert_eq!(own(&acme, "acme").await.body["total"], 2);
    let (others, unknown) = (own(&acme, "globex").await, own(&acme, "no-such-tenant").await);
    is(&others, 403, "forbidden");
    assert_eq!(others.body["detail"], unknown.body["detail"]);
    assert_eq!(unknown.status, 403);
    let admin = Person::sign_in(&fleet, "admin").await;
    assert_eq!(own(&admin, "globex").await.status, 200);
    is(&own(&admin, "no-such-tenant").await, 403, "forbidden");
    for odd in ["a.b", "*", "ACME", ""] {
        is(&own(&acme, odd).await, 400, "tenant_header_invalid");
    }
    is(&acme.get("/config/v1/tenant/documents").await, 400, "tenant_header_invalid");
    let limits = |person: &Person<'_>, tenant: &str| {
        let path = "/config/v1/tenant/documents/limits";
        let put = person.write(Method::PUT, path, Some(2)).header("x-tenant-id", tenant);
        send(put.json(&json!({"document": {"requests_per_second": 9, "storage_gb": 9}})))
    };
    assert_eq!(limits(&acme, "acme").await.body["tenant_id"], "acme");
    is(&limits(&acme, "globex").await, 403, "forbidden");
    is(&limits(&globex, "globex").await, 403, "forbidden");
    fleet.app.stop().await;
}

async fn documents_show_their_past_and_refuse_what_the_gateway_cannot_use() {
    let fleet = start(&["--rps", "0"]).await;
    let admin = Person::sign_in(&fleet, "admin").await;
    let order = "/definitions/v1/aggregate/order";
    let read = admin.at(0, Method::GET, order).send().await.unwrap();
    assert_eq!(read.headers()["etag"], "\"2\"");
    let versions = admin.get(&format!("{order}/versions?limit=1")).await.body;
    assert_eq!((&versions["total"], &versions["items"][0]["version"]), (&json!(2), &json!(2)));
    let cursor = versions["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{order}/versions?limit=1&cursor={cursor}")).await.body;
    assert_eq!((&rest["items"][0]["version"], &rest["next_cursor"]), (&json!(1), &Value::Null));
    let first = admin.get(&format!("{order}/versions/1")).await.body;
    assert_eq!((&first["version"], &first["current_version"]), (&json!(1), &json!(2)));
    assert_eq!(first["updated_by"], Value::Null);
    is(&admin.get(&format!("{order}/versions/9")).await, 404, "not_found");
    is(&admin.get(&format!("{order}/versions/one")).await, 404, "not_found");
    is(&admin.get("/definitions/v1/saga/order").await, 404, "not_found");
    let odd = json!({"document": {"commands": [], "events": []}});
    let refused = send(admin.write(Method::PUT, order, Some(2)).json(&odd)).await;
    is(&refused, 422, "bad_argument");
    assert_eq!(refused.body["detail"], "commands: must have 1 to 200 items");
    for query in ["limit=0", "limit=201", "limit=x", "sort=size", "cursor=x", "surprise=1"] {
        is(&admin.get(&format!("/definitions/v1/runner?{query}")).await, 422, "bad_argument");
    }
    let extra = json!({"document": {}, "version": 3});
    let refused = send(admin.write(Method::PUT, order, Some(2)).json(&extra)).await;
    is(&refused, 422, "bad_argument");
    is(&send(admin.at(0, Method::PATCH, order)).await, 405, "method_not_allowed");
    assert_eq!(send(admin.write(Method::DELETE, order, Some(2))).await.status, 204);
    is(&admin.get(order).await, 404, "not_found");
    assert_eq!(
        admin.get(&format!("{order}/versions/2")).await.body["current_version"],
        Value::Null
    );
    fleet.app.stop().await;
}

async fn every_route_of_the_administration_asks_for_its_right() {
    let fleet = start(&["--rps", "0"]).await;
    let stranger = Person { fleet: &fleet, token: "not-a-token".to_owned() };
    let service = Person { fleet: &fleet, token: fleet.app.sim.world.node_token.clone() };
    let editor = Person::sign_in(&fleet, "r.haddad").await; // deployments, fleet and jobs only
    let viewer = Person::sign_in(&fleet, "viewer").await; // reads everything
    let reads = [
        "/iam/v1/users",
        "/iam/v1/users/usr_admin",
        "/iam/v1/sessions",
        "/iam/v1/sessions/x",
        "/iam/v1/roles",
        "/iam/v1/roles/viewer",
        "/iam/v1/permissions",
        "/config/v1/documents",
        "/config/v1/documents/x",
        "/config/v1/documents/x/versions",
        "/config/v1/documents/x/versions/1",
        "/config/v1/tenant/documents",
        "/config/v1/tenant/documents/x",
        "/config/v1/tenant/documents/x/versions",
        "/config/v1/tenant/documents/x/versions/1",
        "/definitions/v1/runner",
        "/definitions/v1/runner/x",
        "/definitions/v1/runner/x/versions",
        "/definitions/v1/runner/x/versions/1",
    ];
    let writes = [
        (Method::POST, "/iam/v1/users"),
        (Method::PUT, "/iam/v1/users/usr_admin"),
        (Method::DELETE, "/iam/v1/users/usr_admin"),
        (Method::PUT, "/iam/v1/users/usr_admin/password"),
        (Method::DELETE, "/iam/v1/users/usr_admin/sessions"),
        (Method::DELETE, "/iam/v1/sessions/x"),
        (Method::POST, "/iam/v1/roles"),
        (Method::PUT, "/iam/v1/roles/viewer"),
        (Method::DELETE, "/iam/v1/roles/viewer"),
        (Method::PUT, "/config/v1/documents/x"),
        (Method::DELETE, "/config/v1/documents/x"),
        (Method::PUT, "/config/v1/tenant/documents/x"),
        (Method::DELETE, "/config/v1/tenant/documents/x"),
        (Method::PUT, "/definitions/v1/runner/x"),
        (Method::DELETE, "/definitions/v1/runner/x"),
    ];
    let reads = reads.into_iter().map(|path| (Method::GET, path));
    for (method, path) in reads.chain(writes) {
        let ask = |who: &Person<'_>| {
            let request = who.write(method.clone(), path, Some(1)).header("x-tenant-id", "acme");
            send(request.json(&json!({})))
        };
        is(&ask(&stranger).await, 401, "unauthenticated");
        is(&ask(&service).await, 401, "unauthenticated");
        is(&ask(&editor).await, 403, "forbidden");
        let viewed = ask(&viewer).await;
        if method == Method::GET {
            assert!(
                matches!(viewed.status, 200 | 404),
                "{path}: {} {}",
                viewed.status,
                viewed.body
            );
        } else {
            is(&viewed, 403, "forbidden");
        }
    }
    assert!(fleet.app.sim.world.changes.list(None).is_empty());
    fleet.app.stop().await;
}

async fn guessing_a_password_is_slowed_down_and_told_when_to_come_again() {
    let fleet = start(&["--rps", "0"]).await;
    for _ in 0..10 {
        is(&fleet.login("viewer", "a guess").await, 401, "unauthenticated");
    }
    let url = format!("{}/auth/v1/login", fleet.app.ready.gateways[1]);
    let body = json!({"username": "viewer", "password": "viewer-password"});
    let held = fleet.http().post(url).json(&body).send().await.unwrap();
    assert_eq!(held.status(), 429, "at the other Gateway too");
    let wait: u64 = held.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(held.json::<Value>().await.unwrap()["code"], "rate_limited");
    fleet.app.stop().await;
}

/// T2.1
async fn keys_are_rotated_by_the_simulators_api_and_two_overlap() {
    let fleet = start(&["--rps", "0"]).await;
    let before = Person::sign_in(&fleet, "admin").await;
    let sim = &fleet.app.ready.sim;
    let rotate = || fleet.http().post(format!("{sim}/sim/v1/keys/rotate")).send();
    let kids = rotate().await.unwrap().json::<Value>().await.unwrap()["kids"].clone();
    let gateway = &fleet.app.ready.gateways[1];
    let jwks = fleet.http().get(format!("{gateway}/.well-known/jwks.json")).send().await.unwrap();
    let jwks: Value = jwks.json().await.unwrap();
    assert_eq!(json!([jwks["keys"][0]["kid"], jwks["keys"][1]["kid"]]), kids);
    assert_eq!(before.get("/iam/v1/users").await.status, 200, "the key before is still good");
    let after = Person::sign_in(&fleet, "admin").await;
    rotate().await.unwrap();
    is(&before.get("/iam/v1/users").await, 401, "unauthenticated");
    assert_eq!(after.get("/iam/v1/users").await.status, 200);
    fleet.app.stop().await;
}

/// T2.1
async fn with_a_shared_secret_tokens_are_signed_by_it_and_no_key_is_published() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "0123456789abcdef0123456789abcdef\n").unwrap();
    let file = secret.path().to_str().unwrap();
    let args = ["--rps", "0", "--token-secret-file", file, "--token-secret-alg", "HS256"];
    let fleet = start(&args).await;
    let acme = Person::sign_in(&fleet, "acme-admin").await;
    assert_eq!(acme.get("/iam/v1/users").await.body["total"], 2);
    let head = acme.token.split('.').next().unwrap();
    let head = URL_SAFE_NO_PAD.decode(head).unwrap();
    let head: Value = serde_json::from_slice(&head).unwrap();
    assert_eq!((&head["alg"], &head["typ"]), (&json!("HS256"), &json!("at+jwt")));
    let gateway = &fleet.app.ready.gateways[0];
    let jwks = fleet.http().get(format!("{gateway}/.well-known/jwks.json")).send().await.unwrap();
    assert_eq!(jwks.json::<Value>().await.unwrap(), json!({"keys": []}));
    let sim = &fleet.app.ready.sim;
    let rotated = fleet.http().post(format!("{sim}/sim/v1/keys/rotate")).send().await.unwrap();
    assert_eq!(rotated.status(), 409, "there is nothing to rotate");
    fleet.app.stop().await;
}

cases!(
    keys_are_rotated_by_the_simulators_api_and_two_overlap,
    with_a_shared_secret_tokens_are_signed_by_it_and_no_key_is_published,
    a_user_is_made_changed_and_removed_at_either_gateway_and_the_other_sees_it,
    a_write_without_a_reason_is_refused_and_a_reason_is_kept_with_author_and_ids,
    everything_that_was_administered_is_there_after_a_restart,
    disabling_a_user_ends_their_sessions_at_once_and_they_cannot_come_back,
    a_right_for_a_tenant_reaches_its_users_sessions_and_configuration_and_no_further,
    documents_show_their_past_and_refuse_what_the_gateway_cannot_use,
    every_route_of_the_administration_asks_for_its_right,
    guessing_a_password_is_slowed_down_and_told_when_to_come_again,
);
