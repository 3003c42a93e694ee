//! The Helm charts, rendered as an operator would render them and read object by object: each is valid for the pinned Kubernetes
//! version, no pod has more rights than it needs, and the network policies say exactly what `charts/callers.txt` says. Everything
//! happens in a copy of `charts/`, because Helm writes next to the chart that it builds.

mod alerts;
mod helm;
mod network;
mod pods;

use std::fs;

use helm::{
    KUBERNETES, SERVICES, args, charts, rendered, repository, run, scenarios, scratch, text,
};
use serde_json::Value;

#[test]
fn every_chart_passes_strict_lint() {
    for (chart, values) in scenarios() {
        let mut words = args(&["lint", "--strict", "--quiet", chart, "-f"]);
        words.push(values.as_os_str());
        run("helm", charts(), &words, "").unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn every_object_is_valid_kubernetes() {
    let folder = scratch().join("objects");
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let mut paths = Vec::new();
    for scenario in rendered() {
        // A custom resource has no schema in Kubernetes; the one that is expected is expected only where it was asked for.
        let custom = |o: &&Value| {
            text(o, "/apiVersion") == "cert-manager.io/v1" && text(o, "/kind") == "Certificate"
        };
        let customs = scenario.objects.iter().filter(custom).count();
        let services = if scenario.name.starts_with("accord/") {
            SERVICES.len()
        } else {
            1
        };
        assert_eq!(
            customs,
            if scenario.cert_manager { services } else { 0 },
            "certificates of {}",
            scenario.name
        );
        for (number, object) in scenario.objects.iter().filter(|o| !custom(o)).enumerate() {
            let path = folder.join(format!("{}-{number}.json", scenario.name.replace('/', "-")));
            fs::write(&path, object.to_string()).expect("the scratch folder is writable");
            paths.push(path);
        }
    }
    assert!(
        paths.len() > 100,
        "only {} objects were rendered",
        paths.len()
    );
    let mut words = args(&["-k", KUBERNETES, "--strict", "--quiet"]);
    words.extend(paths.iter().map(|p| p.as_os_str()));
    run("kubernetes-validate", &folder, &words, "").unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_mistake_in_values_is_refused() {
    for (mistake, key) in [
        ("worklods.serve.replicas=2", "worklods"),
        ("global.egress.postgres.to=null", "postgres"),
        ("callers={everybody}", "callers"),
        ("config.case\\.database\\.owner_url=x", "owner_url"),
    ] {
        let said = run(
            "helm",
            charts(),
            &args(&["template", "accord", "case", "--set", mistake]),
            "",
        );
        assert!(
            said.as_ref().is_err_and(|e| e.contains(key)),
            "{mistake} was not refused by its name: {said:?}"
        );
    }
}

#[test]
fn all_services_have_one_values_schema() {
    let schema = |service: &str| {
        fs::read(
            repository()
                .join("charts")
                .join(service)
                .join("values.schema.json"),
        )
    };
    let first = schema(SERVICES[0]).expect("a schema");
    for service in SERVICES {
        assert!(
            schema(service).is_ok_and(|s| s == first),
            "charts/{service}/values.schema.json differs from charts/identity"
        );
    }
}
