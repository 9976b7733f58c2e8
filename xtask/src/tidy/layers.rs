//! Dependencies point one way: services on `streams`, `fleet`, `observability`, never on each
//! other, and each outside world has one package that may know it.
//! Next: `seams.rs` for the same inside a package.

use super::tree::{Finding, Package, Tree};

/// What each of our packages may use of ours; a package not listed may use none.
const OURS: &[(&str, &[&str])] = &[
    ("build-info", &[]),
    ("streams", &[]),
    ("fleet", &["streams"]),
    ("observability", &["build-info"]),
    ("control-log", &["streams", "observability"]),
    ("command-api", &["streams", "fleet", "observability"]),
    ("job-saga", &["streams", "fleet", "observability"]),
    ("projector", &["streams", "observability"]),
    ("fleet-sim", &["streams", "fleet", "observability"]),
    ("xtask", &[]),
];

/// Who may use a library that reaches the outside world.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("async-nats", &["streams"]),
    ("bollard", &["job-saga"]),
    ("reqwest", &["fleet", "job-saga", "fleet-sim"]),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages.iter().filter(|one| !only_tests(one)).flat_map(|one| of(one, tree)).collect()
}

/// Packages below `tests/` may use anything, but for the ones that have a row of their own.
fn only_tests(package: &Package) -> bool {
    let listed = OURS.iter().any(|(name, _)| *name == package.name);
    !listed && package.roots.iter().all(|root| root.starts_with("tests/"))
}

fn of(package: &Package, tree: &Tree) -> Vec<Finding> {
    let allowed = OURS.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |row| row.1);
    let ours = |name: &str| tree.packages.iter().any(|other| other.name == name);
    let wrong = |name: &String| {
        let forbidden = ours(name) && *name != package.name && !allowed.contains(&name.as_str());
        let outside = OUTSIDE.iter().find(|(library, _)| library == name);
        forbidden || outside.is_some_and(|(_, who)| !who.contains(&package.name.as_str()))
    };
    package
        .dependencies
        .iter()
        .filter(|(name, only_tests)| !only_tests && wrong(name))
        .map(|(name, _)| {
            let what = format!("`{}` must not depend on `{name}`", package.name);
            Finding::new("Cargo.toml", None, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let own = |(name, test): &(&str, bool)| ((*name).to_owned(), *test);
        let dependencies = dependencies.iter().map(own).collect();
        Package { name: name.to_owned(), dependencies, roots: vec!["tests/x.rs".to_owned()] }
    }

    fn found(packages: Vec<Package>) -> Vec<String> {
        let tree = Tree { files: Vec::new(), packages };
        check(&tree).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_service_that_depends_on_a_service_is_found() {
        let packages = vec![
            package("streams", &[("async-nats", false)]),
            package("command-api", &[("streams", false), ("job-saga", false)]),
            package("job-saga", &[("streams", false), ("command-api", true)]),
        ];
        assert_eq!(found(packages), ["`command-api` must not depend on `job-saga`"]);
    }

    #[test]
    fn a_library_outside_its_package_is_found() {
        let packages = vec![
            package("projector", &[("async-nats", false), ("bollard", false)]),
            package("command-api", &[("reqwest", false)]),
            package("fleet", &[("reqwest", false)]),
        ];
        assert_eq!(found(packages).len(), 3);
    }
}
