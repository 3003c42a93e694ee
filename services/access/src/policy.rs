//! The table of method policies, read from the descriptors at start. A contract with a mistake stops the start, and the
//! answer names all mistakes at once.

use std::{collections::BTreeMap, ops::Deref, sync::Arc};

use prost_reflect::{DescriptorPool, Kind as FieldKind, MessageDescriptor, MethodDescriptor};
use proto::{Action, AuditOperation, Exposure, FieldClass, Policy, PrincipalKind, ResourceType};

use crate::{
    class::ClassSet,
    decide::REFERENCE,
    mask::{Kind, Marks, Tree},
};

/// A mistake in the contracts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum PolicyError {
    /// The pool does not hold `accord/options.proto`.
    #[error("the descriptors do not hold accord/options.proto")]
    NoOptions,
    /// A method without `(accord.policy)`.
    #[error("{method}: has no (accord.policy)")]
    NoPolicy {
        /// Path of the method.
        method: String,
    },
    /// A part of the policy is missing or unknown.
    #[error("{method}: the policy's {part} is not set or not known")]
    Unset {
        /// Path of the method.
        method: String,
        /// Name of the part.
        part: &'static str,
    },
    /// Workloads are allowed but not named, or named but not allowed.
    #[error("{method}: PRINCIPAL_KIND_WORKLOAD and names in `workloads` go together")]
    Workloads {
        /// Path of the method.
        method: String,
    },
    /// `id_path` leads to no single string of the request.
    #[error("{method}: id_path {id_path:?} is no single string field of the request")]
    IdPath {
        /// Path of the method.
        method: String,
        /// The path given.
        id_path: String,
    },
    /// A field of the answer has no class.
    #[error("{method}: field {field} of the answer has no class")]
    NoClass {
        /// Path of the method.
        method: String,
        /// Message and field.
        field: String,
    },
    /// A field outside any record is more than reference.
    #[error(
        "{method}: field {field} has a class other than reference but stands in no (accord.resource) message"
    )]
    OutsideRecord {
        /// Path of the method.
        method: String,
        /// Message and field.
        field: String,
    },
    /// A record is not shaped like one.
    #[error(
        "{message}: a record needs a known (accord.resource), `string id = 1` and `repeated string masked_paths = 2`"
    )]
    RecordShape {
        /// The message.
        message: String,
    },
}

/// The parts of a policy, decoded. See `accord/options.proto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedPolicy {
    /// The record type the method is about.
    pub resource: ResourceType,
    /// What the caller wants to do.
    pub action: Action,
    /// What the audit trail records.
    pub audit: AuditOperation,
    /// Kinds of principal that may call it.
    pub principals: Vec<PrincipalKind>,
    /// Services whose certificate alone may call it.
    pub workloads: Vec<String>,
    /// Internal or partner.
    pub exposure: Exposure,
    /// True where the answer holds any number of records.
    pub list: bool,
    /// Dotted path of the record's id in the request; empty where there is none.
    pub id_path: String,
}

/// The policy of one method and the mask of its answer. The parts of the policy can be read directly on it.
#[derive(Clone, Debug)]
pub struct MethodPolicy {
    /// `/package.Service/Method`, as in the HTTP/2 `:path`.
    pub path: String,
    /// The policy.
    pub policy: DecodedPolicy,
    /// The mask of the answer.
    pub response_tree: Arc<Tree>,
}

impl Deref for MethodPolicy {
    type Target = DecodedPolicy;
    fn deref(&self) -> &DecodedPolicy {
        &self.policy
    }
}

/// The policies of every method of every `accord.` service.
#[derive(Clone, Debug, Default)]
pub struct PolicyTable {
    methods: BTreeMap<String, MethodPolicy>,
}

impl PolicyTable {
    /// Reads and checks the policies of all services whose package begins with `accord.`.
    ///
    /// # Errors
    /// Every mistake found, sorted and without repetition.
    pub fn from_pool(pool: &DescriptorPool) -> Result<Self, Vec<PolicyError>> {
        let (Some(option), Some(_)) =
            (pool.get_extension_by_name("accord.policy"), Marks::of(pool))
        else {
            return Err(vec![PolicyError::NoOptions]);
        };
        let mut errors = Vec::new();
        let mut methods = BTreeMap::new();
        for service in pool
            .services()
            .filter(|s| s.package_name().starts_with("accord."))
        {
            for method in service.methods() {
                let path = format!("/{}/{}", service.full_name(), method.name());
                let options = method.options();
                let stated = options
                    .has_extension(&option)
                    .then(|| options.get_extension(&option));
                let policy = stated
                    .and_then(|v| v.as_message().and_then(|m| m.transcode_to::<Policy>().ok()));
                let Some(policy) = policy else {
                    errors.push(PolicyError::NoPolicy { method: path });
                    continue;
                };
                let policy = decode(&path, &policy, &method, &mut errors);
                let outside = outside(&policy.principals);
                let tree = Tree::compile(&method.output(), outside);
                check_answer(&path, &tree, pool, &mut errors);
                methods.insert(
                    path.clone(),
                    MethodPolicy {
                        path,
                        policy,
                        response_tree: Arc::new(tree),
                    },
                );
            }
        }
        errors.sort();
        errors.dedup();
        if errors.is_empty() {
            Ok(Self { methods })
        } else {
            Err(errors)
        }
    }

    /// The policy of a method by its path, e.g. `/accord.authz.v1.AuthorizationService/AdvanceEpoch`.
    pub fn get(&self, path: &str) -> Option<&MethodPolicy> {
        self.methods.get(path)
    }

    /// All policies in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = &MethodPolicy> {
        self.methods.values()
    }
}

/// Workloads get facts that name no record; the public gets back its own draft. Everybody else gets reference data.
fn outside(principals: &[PrincipalKind]) -> ClassSet {
    let only = |kind| !principals.is_empty() && principals.iter().all(|p| *p == kind);
    if only(PrincipalKind::Workload) || only(PrincipalKind::Public) {
        ClassSet::ALL
    } else {
        REFERENCE
    }
}

fn decode(
    path: &str,
    from: &Policy,
    method: &MethodDescriptor,
    errors: &mut Vec<PolicyError>,
) -> DecodedPolicy {
    let at = || path.to_owned();
    let principals: Vec<PrincipalKind> = from
        .principals
        .iter()
        .map(|p| PrincipalKind::try_from(*p).unwrap_or_default())
        .collect();
    let unset = [
        ("resource", from.resource() == ResourceType::Unspecified),
        ("action", from.action() == Action::Unspecified),
        ("audit", from.audit() == AuditOperation::Unspecified),
        ("exposure", from.exposure() == Exposure::Unspecified),
        (
            "principals",
            principals.is_empty() || principals.contains(&PrincipalKind::Unspecified),
        ),
    ];
    for (part, _) in unset.into_iter().filter(|(_, missing)| *missing) {
        errors.push(PolicyError::Unset { method: at(), part });
    }
    let named = !from.workloads.is_empty() && from.workloads.iter().all(|w| !w.trim().is_empty());
    let wanted = principals.contains(&PrincipalKind::Workload);
    if wanted != named || (!wanted && !from.workloads.is_empty()) {
        errors.push(PolicyError::Workloads { method: at() });
    }
    if !from.id_path.is_empty() && !is_string_path(&method.input(), &from.id_path) {
        errors.push(PolicyError::IdPath {
            method: at(),
            id_path: from.id_path.clone(),
        });
    }
    DecodedPolicy {
        resource: from.resource(),
        action: from.action(),
        audit: from.audit(),
        principals,
        workloads: from.workloads.clone(),
        exposure: from.exposure(),
        list: from.list,
        id_path: from.id_path.clone(),
    }
}

fn is_string_path(message: &MessageDescriptor, path: &str) -> bool {
    let (head, tail) = path
        .split_once('.')
        .map_or((path, None), |(h, t)| (h, Some(t)));
    message
        .get_field_by_name(head)
        .filter(|f| !f.is_list() && !f.is_map())
        .is_some_and(|f| match (f.kind(), tail) {
            (FieldKind::String, None) => true,
            (FieldKind::Message(m), Some(tail)) => is_string_path(&m, tail),
            _ => false,
        })
}

/// Walks the answer's tree: every leaf classed, records shaped as records, nothing personal outside one.
fn check_answer(path: &str, tree: &Tree, pool: &DescriptorPool, errors: &mut Vec<PolicyError>) {
    let mut seen = vec![[false; 2]; tree.nodes.len()];
    let mut todo = vec![(0, false)];
    while let Some((n, in_record)) = todo.pop() {
        let node = &tree.nodes[n];
        let in_record = in_record || node.resource.is_some();
        if std::mem::replace(&mut seen[n][usize::from(in_record)], true) {
            continue;
        }
        let unknown = node.resource == Some(ResourceType::Unspecified);
        let shaped = || {
            pool.get_message_by_name(&node.full_name)
                .is_some_and(|m| is_record_shaped(&m))
        };
        if unknown || (node.resource.is_some() && !shaped()) {
            errors.push(PolicyError::RecordShape {
                message: node.full_name.clone(),
            });
        }
        for field in &node.fields {
            let class = match field.kind {
                Kind::Leaf(class) => class,
                Kind::Map(class, child) => {
                    todo.push((child, in_record));
                    class
                }
                Kind::Message(child) => {
                    todo.push((child, in_record));
                    continue;
                }
            };
            let (method, name) = (
                path.to_owned(),
                format!("{}.{}", node.full_name, field.name),
            );
            if class == FieldClass::Unspecified {
                errors.push(PolicyError::NoClass {
                    method,
                    field: name,
                });
            } else if !in_record && !tree.outside.contains(class) {
                errors.push(PolicyError::OutsideRecord {
                    method,
                    field: name,
                });
            }
        }
    }
}

fn is_record_shaped(message: &MessageDescriptor) -> bool {
    let id = message
        .get_field(1)
        .is_some_and(|f| f.kind() == FieldKind::String && !f.is_list());
    let paths = message.get_field(2).is_some_and(|f| {
        f.name() == "masked_paths" && f.kind() == FieldKind::String && f.is_list()
    });
    id && paths
}

/// A pool of one contract written in a test, with the real options.
#[cfg(test)]
pub(crate) fn test_pool(contract: &str) -> DescriptorPool {
    use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

    struct Given(String);
    impl FileResolver for Given {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            match name {
                "test.proto" => File::from_source(name, &self.0),
                "accord/options.proto" => File::from_source(
                    name,
                    include_str!("../../../proto/protos/accord/options.proto"),
                ),
                _ => Err(protox::Error::file_not_found(name)),
            }
        }
    }
    let mut files = ChainFileResolver::new();
    files.add(Given(contract.to_owned()));
    files.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(files);
    compiler
        .include_imports(true)
        .open_file("test.proto")
        .expect("the contract compiles");
    DescriptorPool::decode(&compiler.encode_file_descriptor_set()[..]).expect("the pool decodes")
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
