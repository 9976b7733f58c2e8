//! The documents a new fleet begins with, each with a past, so that there is something to see.

use chrono::{DateTime, TimeDelta, Utc};
use fleet::contract::administration::DefinitionKind;
use serde_json::{Value, json};
use streams::ids::TenantId;

use super::{Shelf, Written};

/// A later version: days ago, by whom, why, and what it changes of the content (by JSON pointer).
type Edit = (i64, &'static str, &'static str, &'static [(&'static str, fn() -> Value)]);

struct Seed {
    shelf: Shelf,
    name: &'static str,
    description: &'static str,
    first: Value,
    edits: &'static [Edit],
}

const MADE_DAYS_AGO: i64 = 150;

/// Everything, in the order it was written.
#[must_use]
pub fn sow(now: DateTime<Utc>, tenants: &[TenantId]) -> Vec<Written> {
    let seeds = gateways().into_iter().chain(services()).chain(definitions());
    let seeds = seeds.chain(tenants.iter().take(6).enumerate().flat_map(|(n, t)| tenant(n, t)));
    let mut all: Vec<Written> = seeds.flat_map(|seed| history(seed, now)).collect();
    all.sort_by_key(|written| written.at); // stable: versions of one document stay in order
    all
}

fn history(seed: Seed, now: DateTime<Utc>) -> Vec<Written> {
    let Seed { shelf, name, description, first, edits } = seed;
    let mut content = first;
    let mut version = 0;
    let mut write = |content: &Value, days: i64, by: Option<&str>, reason: Option<&str>| {
        version += 1;
        Written {
            shelf: shelf.clone(),
            name: name.to_owned(),
            version,
            description: description.to_owned(),
            document: content.as_object().cloned(),
            at: now - TimeDelta::days(days),
            by: by.map(str::to_owned),
            reason: reason.map(str::to_owned),
        }
    };
    let mut written = vec![write(&content, MADE_DAYS_AGO, None, None)];
    for (days, by, reason, changes) in edits {
        for (pointer, value) in *changes {
            let (parent, field) = pointer.rsplit_once('/').unwrap_or(("", pointer));
            if let Some(Value::Object(object)) = content.pointer_mut(parent) {
                object.insert(field.to_owned(), value());
            }
        }
        written.push(write(&content, *days, Some(by), Some(reason)));
    }
    written
}

fn setting(
    name: &'static str,
    description: &'static str,
    first: Value,
    edits: &'static [Edit],
) -> Seed {
    Seed { shelf: Shelf::Platform, name, description, first, edits }
}

fn gateways() -> Vec<Seed> {
    vec![
        setting(
            "gateway.limits",
            "What one client may ask of a Gateway",
            json!({
                "requests_per_second": 200, "burst": 400, "body_bytes_max": 1_048_576,
                "request_timeout_ms": 10_000,
            }),
            &[
                (
                    92,
                    "usr_j.nowak",
                    "Imports of large catalogues were cut off",
                    &[("/body_bytes_max", || json!(4_194_304))],
                ),
                (
                    31,
                    "usr_m.lindqvist",
                    "Autumn load test: 320/s is steady with room to spare",
                    &[("/requests_per_second", || json!(320)), ("/burst", || json!(640))],
                ),
            ],
        ),
        setting(
            "gateway.cors",
            "Which browser applications may call the Gateways",
            json!({
                "allowed_origins": ["https://app.cloudlysis.example"],
                "allowed_methods": ["GET", "POST", "PUT", "DELETE"],
                "allow_credentials": true, "max_age_s": 600,
            }),
            &[(
                58,
                "usr_j.nowak",
                "The partner portal goes live",
                &[("/allowed_origins", || {
                    json!(["https://app.cloudlysis.example", "https://partners.cloudlysis.example"])
                })],
            )],
        ),
        setting(
            "gateway.sessions",
            "How long a sign-in lasts",
            json!({"token_ttl_s": 28_800, "per_user_max": 20}),
            &[(
                120,
                "usr_admin",
                "Security review: an hour is enough",
                &[("/token_ttl_s", || json!(3_600)), ("/idle_s", || json!(1_800))],
            )],
        ),
    ]
}

fn services() -> Vec<Seed> {
    vec![
        setting(
            "runner.concurrency",
            "How many effects a Runner works on at once",
            json!({"workers": 32, "per_tenant": 8, "lease_ms": 30_000}),
            &[
                (
                    75,
                    "usr_t.okafor",
                    "One tenant's mail run held up all others",
                    &[("/per_tenant", || json!(4))],
                ),
                (
                    12,
                    "usr_m.lindqvist",
                    "Twice the cores since the last upgrade",
                    &[("/workers", || json!(64)), ("/queue_max", || json!(20_000))],
                ),
            ],
        ),
        setting(
            "projection.catch-up",
            "How Projections read, and when their lag is worth a warning",
            json!({"batch": 500, "lag_warn_events": 10_000}),
            &[(
                40,
                "usr_t.okafor",
                "Warn by age as well: quiet tenants never reach the count",
                &[("/lag_warn_ms", || json!(30_000))],
            )],
        ),
        setting(
            "maintenance.window",
            "When planned work may begin; read by people",
            json!({"weekdays": ["Tuesday", "Thursday"], "from_utc": "03:00", "to_utc": "05:00"}),
            &[(
                22,
                "usr_r.haddad",
                "Nothing in the year-end freeze",
                &[("/except", || json!([{"from": "2026-12-14", "to": "2027-01-04"}]))],
            )],
        ),
    ]
}

fn aggregates() -> Vec<Seed> {
    let seed = |name, description, first, edits| Seed {
        shelf: Shelf::Definition(DefinitionKind::Aggregate),
        name,
        description,
        first,
        edits,
    };
    vec![
        seed(
            "order",
            "An order from the basket to its delivery",
            json!({
                "commands": [
                    {"name": "PlaceOrder", "emits": ["OrderPlaced"]},
                    {"name": "CancelOrder", "emits": ["OrderCancelled"]},
                ],
                "events": [
                    {"name": "OrderPlaced", "schema_version": 1, "personal_data": true},
                    {"name": "OrderCancelled", "schema_version": 1},
                ],
                "snapshot_every": 200,
            }),
            &[(
                64,
                "usr_j.nowak",
                "Orders can be shipped in parts",
                &[
                    ("/commands", || {
                        json!([
                            {"name": "PlaceOrder", "emits": ["OrderPlaced"]},
                            {"name": "CancelOrder", "emits": ["OrderCancelled"]},
                            {"name": "ShipItems", "emits": ["ItemsShipped"], "timeout_ms": 5_000},
                        ])
                    }),
                    ("/events", || {
                        json!([
                            {"name": "OrderPlaced", "schema_version": 2, "personal_data": true},
                            {"name": "OrderCancelled", "schema_version": 1},
                            {"name": "ItemsShipped", "schema_version": 1},
                        ])
                    }),
                ],
            )],
        ),
        seed(
            "customer",
            "Who orders",
            json!({
                "commands": [
                    {"name": "RegisterCustomer", "emits": ["CustomerRegistered"]},
                    {"name": "MoveCustomer", "emits": ["AddressChanged"]},
                ],
                "events": [
                    {"name": "CustomerRegistered", "schema_version": 1, "personal_data": true},
                    {"name": "AddressChanged", "schema_version": 1, "personal_data": true},
                ],
            }),
            &[(
                88,
                "usr_j.nowak",
                "Long histories load slowly",
                &[("/snapshot_every", || json!(50))],
            )],
        ),
    ]
}

fn projections() -> Vec<Seed> {
    let seed = |name, description, first, edits| Seed {
        shelf: Shelf::Definition(DefinitionKind::Projection),
        name,
        description,
        first,
        edits,
    };
    vec![
        seed(
            "order-summary",
            "Orders as the shop lists them",
            json!({
                "source": "order", "events": ["OrderPlaced", "OrderCancelled"], "key": "order_id",
                "columns": [
                    {"name": "order_id", "type": "text"},
                    {"name": "placed_at", "type": "timestamp"},
                    {"name": "total", "type": "decimal"},
                    {"name": "state", "type": "text"},
                ],
            }),
            &[
                (
                    63,
                    "usr_j.nowak",
                    "Show what has been shipped",
                    &[("/events", || json!(["OrderPlaced", "OrderCancelled", "ItemsShipped"]))],
                ),
                (
                    20,
                    "usr_r.haddad",
                    "Rebuild beside the old one, not in its place",
                    &[("/rebuild", || json!("parallel"))],
                ),
            ],
        ),
        seed(
            "customer-directory",
            "Customers by name and place",
            json!({
                "source": "customer", "events": ["CustomerRegistered"], "key": "customer_id",
                "columns": [
                    {"name": "customer_id", "type": "text"},
                    {"name": "name", "type": "text"},
                    {"name": "city", "type": "text", "nullable": true},
                ],
            }),
            &[(
                87,
                "usr_j.nowak",
                "Follow moves",
                &[("/events", || json!(["CustomerRegistered", "AddressChanged"]))],
            )],
        ),
    ]
}

fn runners() -> Vec<Seed> {
    let seed = |name, description, first, edits| Seed {
        shelf: Shelf::Definition(DefinitionKind::Runner),
        name,
        description,
        first,
        edits,
    };
    vec![
        seed(
            "order-confirmation",
            "Writes to the customer once an order is placed",
            json!({
                "on": ["OrderPlaced"], "effect": "email", "target": "templates/order-confirmation",
                "timeout_ms": 10_000,
            }),
            &[(
                49,
                "usr_t.okafor",
                "The mail relay drops one in a thousand",
                &[("/retry", || json!({"attempts": 5, "backoff_ms": 2_000, "jitter": 0.2}))],
            )],
        ),
        seed(
            "stock-reservation",
            "Reserves what was ordered",
            json!({
                "on": ["OrderPlaced"], "effect": "http",
                "target": "https://stock.cloudlysis.example/v1/reservations", "timeout_ms": 2_000,
                "retry": {"attempts": 3, "backoff_ms": 500},
            }),
            &[(
                26,
                "usr_m.lindqvist",
                "The stock service takes four calls at once, not more",
                &[("/concurrency", || json!(4))],
            )],
        ),
    ]
}

fn definitions() -> Vec<Seed> {
    [aggregates(), projections(), runners()].into_iter().flatten().collect()
}

fn tenant(n: usize, tenant: &TenantId) -> Vec<Seed> {
    let more = u64::try_from(n).unwrap_or(0);
    let seed = |name, description, first, edits| Seed {
        shelf: Shelf::Tenant(tenant.clone()),
        name,
        description,
        first,
        edits,
    };
    vec![
        seed(
            "limits",
            "What the contract allows",
            json!({"requests_per_second": 50 + 10 * more, "storage_gb": 20 + 5 * more}),
            &[(
                55,
                "usr_j.nowak",
                "The contract was extended",
                &[("/storage_gb", || json!(100)), ("/users_max", || json!(250))],
            )],
        ),
        seed(
            "retention",
            "How long data is kept",
            json!({"events_days": 3_650, "backups_days": 30}),
            &[(
                37,
                "usr_j.nowak",
                "As agreed with the customer's data protection officer",
                &[("/audit_days", || json!(3_650)), ("/delete_after_days", || json!(90))],
            )],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::{super::rules::check, *};

    #[test]
    fn every_seeded_version_is_one_that_could_be_written_and_has_a_past() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(400);
        let all = sow(now, &crate::topology::tenants(6));
        for written in &all {
            let document = written.document.as_ref().unwrap();
            assert_eq!(check(&written.shelf, &written.name, document), Ok(()), "{written:?}");
            assert_eq!(written.by.is_some(), written.version > 1, "{written:?}");
        }
        let latest = |shelf: &Shelf, name: &str| {
            let of = |w: &&Written| &w.shelf == shelf && w.name == name;
            all.iter().rfind(of).unwrap().version
        };
        assert!(all.iter().all(|w| (2..=3).contains(&latest(&w.shelf, &w.name))));
        for kind in DefinitionKind::ALL {
            assert!(all.iter().any(|w| w.shelf == Shelf::Definition(kind)), "{kind}");
        }
    }
}
