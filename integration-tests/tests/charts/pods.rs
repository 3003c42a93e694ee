//! What pods may do, how they are watched, and who is given the owner's secret.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::helm::{label, list, rendered, text};

/// Every object that makes pods, with a name for messages.
fn pods() -> impl Iterator<Item = (String, &'static Value)> {
    let makes_pods = |object: &&Value| object.pointer("/spec/template/spec").is_some();
    rendered().iter().flat_map(move |r| {
        r.objects
            .iter()
            .filter(makes_pods)
            .map(|o| (format!("{}: {}", r.name, text(o, "/metadata/name")), o))
    })
}

#[test]
fn every_serving_pod_is_probed_on_the_admin_port() {
    for (name, object) in pods().filter(|(_, o)| text(o, "/kind") == "Deployment") {
        let container = &list(object, "/spec/template/spec/containers")[0];
        let admin = list(container, "/ports")
            .iter()
            .find(|p| text(p, "/name") == "admin");
        assert_eq!(
            admin.and_then(|p| p.get("containerPort")),
            Some(&Value::from(9000)),
            "{name}"
        );
        for (probe, path) in [
            ("startup", "/livez"),
            ("liveness", "/livez"),
            ("readiness", "/readyz"),
        ] {
            let get = format!("/{probe}Probe/httpGet");
            assert_eq!(
                text(container, &format!("{get}/port")),
                "admin",
                "{name}: {probe}"
            );
            assert_eq!(
                text(container, &format!("{get}/path")),
                path,
                "{name}: {probe}"
            );
        }
        assert_eq!(
            object.pointer("/spec/template/spec/terminationGracePeriodSeconds"),
            Some(&Value::from(40)),
            "{name}"
        );
        assert!(
            !text(
                object,
                "/spec/template/metadata/annotations/checksum~1config"
            )
            .is_empty(),
            "{name}: no checksum"
        );
    }
}

#[test]
fn no_pod_has_a_right_that_it_does_not_need() {
    let mut seen = 0;
    for (name, object) in pods() {
        seen += 1;
        let pod = object.pointer("/spec/template/spec").expect("a pod");
        let is = |value: &Value, pointer: &str, wanted: Value| {
            assert_eq!(value.pointer(pointer), Some(&wanted), "{name}: {pointer}");
        };
        is(pod, "/automountServiceAccountToken", Value::Bool(false));
        is(pod, "/securityContext/runAsNonRoot", Value::Bool(true));
        is(pod, "/securityContext/runAsUser", Value::from(10001));
        is(
            pod,
            "/securityContext/seccompProfile/type",
            Value::from("RuntimeDefault"),
        );
        for absent in ["/hostNetwork", "/hostPID", "/hostIPC"] {
            assert!(pod.pointer(absent).is_none(), "{name}: {absent}");
        }
        for container in list(pod, "/containers")
            .iter()
            .chain(list(pod, "/initContainers"))
        {
            is(
                container,
                "/securityContext/allowPrivilegeEscalation",
                Value::Bool(false),
            );
            is(
                container,
                "/securityContext/readOnlyRootFilesystem",
                Value::Bool(true),
            );
            is(
                container,
                "/securityContext/capabilities/drop",
                Value::from(vec!["ALL"]),
            );
            assert!(
                container.pointer("/resources/limits/memory").is_some(),
                "{name}: no memory limit"
            );
            assert!(
                container.pointer("/resources/requests/cpu").is_some(),
                "{name}: no cpu request"
            );
        }
        assert!(
            list(pod, "/volumes")
                .iter()
                .all(|v| v.get("hostPath").is_none()),
            "{name}: hostPath"
        );
    }
    assert!(seen > 30, "only {seen} objects make pods");
}

#[test]
fn only_migration_is_given_the_owner_secret() {
    for scenario in rendered() {
        let mut holders = BTreeSet::new();
        for object in &scenario.objects {
            let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
            if object.to_string().to_lowercase().contains("owner") {
                assert_eq!(
                    kind, "Job",
                    "{}: {kind} {name} knows of the owner's secret",
                    scenario.name
                );
                assert_eq!(
                    label(
                        &object["spec"]["template"]["metadata"]["labels"],
                        "component"
                    ),
                    "migrate",
                    "{name}"
                );
                holders.insert(name);
            }
        }
        let expected = if scenario.name.starts_with("accord/") {
            5
        } else {
            usize::from(!scenario.name.starts_with("gateway/"))
        };
        assert_eq!(holders.len(), expected, "{}: {holders:?}", scenario.name);
    }
}

#[test]
fn services_are_headless_and_disruptions_are_bounded() {
    for scenario in rendered() {
        let named = |kind: &'static str| {
            scenario
                .objects
                .iter()
                .filter(move |o| text(o, "/kind") == kind)
        };
        for service in named("Service").filter(|o| text(o, "/metadata/name") != "accord-gateway") {
            assert_eq!(
                text(service, "/spec/clusterIP"),
                "None",
                "{}: {}",
                scenario.name,
                text(service, "/metadata/name")
            );
        }
        let budgets: BTreeMap<_, _> = named("PodDisruptionBudget")
            .map(|o| (text(o, "/metadata/name"), o))
            .collect();
        for deployment in named("Deployment") {
            let name = text(deployment, "/metadata/name");
            let budget = budgets
                .get(name)
                .unwrap_or_else(|| panic!("{}: {name} has no budget", scenario.name));
            assert_eq!(
                budget["spec"]["selector"], deployment["spec"]["selector"],
                "{}: {name}",
                scenario.name
            );
            assert_eq!(
                budget["spec"]["maxUnavailable"],
                Value::from(1),
                "{}: {name}",
                scenario.name
            );
            assert_eq!(
                text(budget, "/spec/unhealthyPodEvictionPolicy"),
                "AlwaysAllow",
                "{}: {name}",
                scenario.name
            );
        }
    }
}

#[test]
fn certificates_name_the_service_as_peers_read_it() {
    let mut seen = 0;
    for scenario in rendered() {
        let certificates = scenario
            .objects
            .iter()
            .filter(|o| text(o, "/kind") == "Certificate");
        for certificate in certificates {
            seen += 1;
            let service = label(&certificate["metadata"]["labels"], "name");
            let spec = &certificate["spec"];
            let uri = format!("spiffe://accord/service/{service}");
            let secret = format!("accord-{service}-tls");
            assert_eq!(spec["uris"], Value::from(vec![uri]), "{service}");
            let dns = format!("{service}.accord.internal");
            assert_eq!(spec["dnsNames"], Value::from(vec![dns]), "{service}");
            assert_eq!(text(spec, "/secretName"), secret);
            let mounts = scenario.objects.iter().filter(|o| {
                text(o, "/kind") == "Deployment" && o.to_string().contains(&format!("\"{secret}\""))
            });
            assert!(mounts.count() > 0, "{secret} is mounted by no pod");
        }
    }
    assert!(seen > 0, "no scenario asks for certificates");
}
