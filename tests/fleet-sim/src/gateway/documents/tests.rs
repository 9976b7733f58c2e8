//! Versions, conditions and rules of documents, and that they outlive the program.

use chrono::TimeDelta;
use serde_json::json;
use streams::clock::ManualClock;

use super::*;

const ADMIN: Author<'static> = Author { sub: "usr_admin", reason: "a test" };

fn open(folder: &Path) -> Documents {
    let clock = ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(400));
    Documents::open(folder, Arc::new(clock), &crate::topology::tenants(6)).unwrap()
}

fn change(document: Value) -> DocumentChange {
    let Value::Object(document) = document else { panic!("not an object") };
    DocumentChange { description: "of a test".to_owned(), document }
}

fn is(version: u64) -> Condition {
    Condition::Is(Some(version))
}

fn code<T: std::fmt::Debug>(answer: Answer<T>) -> ProblemCode {
    answer.unwrap_err().0.code
}

#[test]
fn a_document_counts_its_versions_over_a_removal_and_a_restart_and_forgets_none() {
    let folder = tempfile::tempdir().unwrap();
    let documents = open(folder.path());
    let here = (&Shelf::Platform, "my.own");
    let (made, new) =
        documents.put(ADMIN, here, Condition::IsNew, change(json!({"a": 1}))).unwrap();
    assert_eq!((made.version, made.current_version, new), (1, Some(1), true));
    let (next, new) = documents.put(ADMIN, here, is(1), change(json!({"a": 2}))).unwrap();
    assert_eq!((next.version, new), (2, false));
    documents.remove(ADMIN, here, is(2)).unwrap();
    drop(documents);

    let documents = open(folder.path());
    assert_eq!(code(documents.get(here.0, here.1)), ProblemCode::NotFound);
    let past = documents.version(here.0, here.1, 1).unwrap();
    assert_eq!((past.current_version, &past.document["a"]), (None, &json!(1)));
    let removal = documents.version(here.0, here.1, 3).unwrap_err().0.detail;
    assert_eq!(removal, "version 3 removed the document");
    let (again, new) = documents.put(ADMIN, here, Condition::IsNew, change(json!({}))).unwrap();
    assert_eq!((again.version, new), (4, true));
    let all = documents.versions(here.0, here.1, &DocumentQuery::default()).unwrap();
    let told: Vec<_> = all.items.iter().map(|v| (v.version, v.removed, v.size_bytes)).collect();
    assert_eq!(told, [(4, false, 2), (3, true, 0), (2, false, 7), (1, false, 7)]);
    assert!(all.items.iter().all(|v| v.by.as_deref() == Some("usr_admin")));
    assert_eq!(all.items[1].reason.as_deref(), Some("a test"));
}

#[test]
fn a_write_says_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let documents = open(folder.path());
    let put = |name, condition| {
        documents.put(ADMIN, (&Shelf::Platform, name), condition, change(json!({"a": 1})))
    };
    assert_eq!(code(put("my.own", Condition::None)), ProblemCode::VersionRequired);
    assert_eq!(code(put("my.own", is(1))), ProblemCode::NotFound, "nothing to change");
    put("my.own", Condition::IsNew).unwrap();
    for stale in [Condition::IsNew, is(2), Condition::Is(None)] {
        let problem = put("my.own", stale).unwrap_err().0;
        assert_eq!((problem.code, problem.current_version), (ProblemCode::StaleVersion, Some(1)));
    }
    assert_eq!(code(put("my.own", Condition::None)), ProblemCode::VersionRequired);
    let remove = |condition| documents.remove(ADMIN, (&Shelf::Platform, "my.own"), condition);
    assert_eq!(code(remove(Condition::None)), ProblemCode::VersionRequired);
    assert_eq!(code(remove(is(9))), ProblemCode::StaleVersion);
    for name in ["", "A", "1a", "a b", &"a".repeat(64)] {
        let problem = put(name, Condition::IsNew).unwrap_err().0;
        assert!(problem.detail.starts_with("name:"), "{name:?}: {}", problem.detail);
    }
}

#[test]
fn what_the_gateway_cannot_use_is_refused_by_the_field_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let documents = open(folder.path());
    let limits = (&Shelf::Platform, "gateway.limits");
    let before = documents.get(limits.0, limits.1).unwrap();
    let mut content = Value::Object(before.document.clone());
    content["burst"] = json!("many");
    let refused = documents.put(ADMIN, limits, is(3), change(content)).unwrap_err().0;
    assert_eq!(refused.code, ProblemCode::BadArgument);
    assert_eq!(refused.detail, "burst: must be a whole number from 1 to 1000000");
    assert_eq!(documents.get(limits.0, limits.1).unwrap(), before);
    let large = change(json!({"text": "x".repeat(CONTENT_MAX)}));
    let refused = documents.put(ADMIN, (limits.0, "large"), Condition::IsNew, large);
    assert!(refused.unwrap_err().0.detail.starts_with("document: at most 48 KiB"));
    let wordy = DocumentChange { description: "x".repeat(501), document: Map::new() };
    let refused = documents.put(ADMIN, (limits.0, "wordy"), Condition::IsNew, wordy);
    assert!(refused.unwrap_err().0.detail.starts_with("description:"));
}

#[test]
fn shelves_do_not_meet_and_are_listed_in_pages_by_name_or_time() {
    let folder = tempfile::tempdir().unwrap();
    let documents = open(folder.path());
    let names = |shelf: &Shelf, query: DocumentQuery| {
        let page = documents.list(shelf, &query).unwrap();
        page.items.into_iter().map(|d| d.name).collect::<Vec<_>>()
    };
    let all = DocumentQuery::default;
    let acme = Shelf::Tenant("acme".parse().unwrap());
    assert_eq!(names(&acme, all()), ["limits", "retention"]);
    let platform = names(&Shelf::Platform, all());
    assert!(platform.is_sorted() && platform.contains(&"runner.concurrency".to_owned()));
    assert!(!platform.contains(&"limits".to_owned()));
    let aggregates = Shelf::Definition(DefinitionKind::Aggregate);
    assert_eq!(names(&aggregates, all()), ["customer", "order"]);
    assert_eq!(code(documents.get(&aggregates, "order-summary")), ProblemCode::NotFound);
    let newest = DocumentQuery { sort: Some("-updated_at".to_owned()), limit: Some(1), ..all() };
    assert_eq!(names(&Shelf::Platform, newest), ["runner.concurrency"]);
    let found = DocumentQuery { q: Some("BROWSER".to_owned()), ..all() };
    assert_eq!(names(&Shelf::Platform, found), ["gateway.cors"]);
    let summary = documents.list(&acme, &all()).unwrap().items.remove(0);
    let whole = documents.get(&acme, "limits").unwrap();
    assert_eq!(summary.size_bytes, serde_json::to_vec(&whole.document).unwrap().len() as u64);
    assert_eq!(summary.tenant_id, Some("acme".parse().unwrap()));
}
