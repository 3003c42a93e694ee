//! Compiling a response message into an arena of nodes, so that recursive messages need no special case.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MessageDescriptor,
};
use proto::{FieldClass, ResourceType};

use crate::class::ClassSet;

/// Field number of `masked_paths` in every record.
pub(crate) const MASKED_PATHS: u32 = 2;
/// Field number of the id in every record.
pub(crate) const ID: u32 = 1;

/// What to do with one field.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A scalar, a packed list, a map of scalars or a well-known type: kept whole or dropped whole.
    Leaf(FieldClass),
    /// A message of ours, by its place in the arena.
    Message(usize),
    /// A map to messages; the class is that of its keys.
    Map(FieldClass, usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub number: u32,
    pub name: String,
    pub kind: Kind,
}

/// A field of a record's type that a reader may be denied.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    pub class: FieldClass,
    /// The dotted path from the record.
    pub path: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub full_name: String,
    pub resource: Option<ResourceType>,
    /// Sorted by number.
    pub fields: Vec<Field>,
    /// Filled for records only.
    pub hidden: Vec<Hidden>,
    /// Classes of all leaves below, up to other records.
    pub below: ClassSet,
    /// Another record stands somewhere below.
    pub holds_records: bool,
}

/// The compiled mask of one response message.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// Classes that may leave outside any record.
    pub(crate) outside: ClassSet,
}

/// The options of `accord/options.proto`, looked up in a pool.
pub(crate) struct Marks {
    class: ExtensionDescriptor,
    message_class: ExtensionDescriptor,
    resource: ExtensionDescriptor,
}

impl Marks {
    /// The options, or none where the pool does not hold them.
    pub fn of(pool: &DescriptorPool) -> Option<Self> {
        Some(Self {
            class: pool.get_extension_by_name("accord.class")?,
            message_class: pool.get_extension_by_name("accord.message_class")?,
            resource: pool.get_extension_by_name("accord.resource")?,
        })
    }

    fn number(options: &DynamicMessage, mark: &ExtensionDescriptor) -> Option<i32> {
        if options.has_extension(mark) {
            options.get_extension(mark).as_enum_number()
        } else {
            None
        }
    }

    /// The class a field states itself; a number that is not known counts as unset, which is never readable.
    pub(crate) fn class(&self, field: &FieldDescriptor) -> Option<FieldClass> {
        Self::number(&field.options(), &self.class)
            .map(|n| FieldClass::try_from(n).unwrap_or_default())
    }

    pub(crate) fn message_class(&self, message: &MessageDescriptor) -> Option<FieldClass> {
        Self::number(&message.options(), &self.message_class)
            .map(|n| FieldClass::try_from(n).unwrap_or_default())
    }

    /// The record type that a message shows. An unknown number is a record of unset type, which no decision allows.
    pub(crate) fn resource(&self, message: &MessageDescriptor) -> Option<ResourceType> {
        Self::number(&message.options(), &self.resource)
            .map(|n| ResourceType::try_from(n).unwrap_or_default())
    }
}

impl Tree {
    /// Compiles the tree of a response message. `outside` are the classes that may leave outside any record:
    /// reference, or all of them for answers to a workload or to the drafter of a public form.
    ///
    /// A leaf takes its own class, else that of the nearest field above that states one, else that of its message;
    /// a leaf with none is always dropped. Without the pool's options every leaf is.
    pub fn compile(message: &MessageDescriptor, outside: ClassSet) -> Self {
        let mut builder = Builder {
            marks: Marks::of(message.parent_pool()),
            nodes: Vec::new(),
            seen: HashMap::new(),
        };
        builder.node(message, None);
        let mut nodes = builder.nodes;
        sum_up(&mut nodes);
        for n in 0..nodes.len() {
            if nodes[n].resource.is_some() {
                let mut found = Vec::new();
                paths(&nodes, n, "", &mut vec![n], &mut found);
                nodes[n].hidden = found;
            }
        }
        Self { nodes, outside }
    }
}

struct Builder {
    marks: Option<Marks>,
    nodes: Vec<Node>,
    /// The same message under another inherited class is another node.
    seen: HashMap<(String, Option<FieldClass>), usize>,
}

impl Builder {
    fn node(&mut self, message: &MessageDescriptor, inherited: Option<FieldClass>) -> usize {
        let key = (message.full_name().to_owned(), inherited);
        if let Some(n) = self.seen.get(&key) {
            return *n;
        }
        let place = self.nodes.len();
        self.seen.insert(key, place);
        let marks = self.marks.as_ref();
        let default = inherited.or_else(|| marks.and_then(|m| m.message_class(message)));
        self.nodes.push(Node {
            full_name: message.full_name().to_owned(),
            resource: marks.and_then(|m| m.resource(message)),
            fields: Vec::new(),
            hidden: Vec::new(),
            below: ClassSet::NONE,
            holds_records: false,
        });
        let is_record = self.nodes[place].resource.is_some();
        let mut fields: Vec<Field> = message
            .fields()
            .map(|f| {
                let stated = self.marks.as_ref().and_then(|m| m.class(&f));
                let leaf = if is_record && (f.number() == ID || f.number() == MASKED_PATHS) {
                    FieldClass::Reference
                } else {
                    stated.or(default).unwrap_or_default()
                };
                Field {
                    number: f.number(),
                    name: f.name().to_owned(),
                    kind: self.kind(&f, leaf, stated.or(inherited)),
                }
            })
            .collect();
        fields.sort_by_key(|f| f.number);
        self.nodes[place].fields = fields;
        place
    }

    fn kind(
        &mut self,
        field: &FieldDescriptor,
        leaf: FieldClass,
        inherited: Option<FieldClass>,
    ) -> Kind {
        let kind = field.kind();
        let Some(message) = kind.as_message() else {
            return Kind::Leaf(leaf);
        };
        if field.is_map() {
            let value = message.map_entry_value_field().kind();
            return match value.as_message().filter(|m| !is_opaque(m)) {
                Some(m) => Kind::Map(leaf, self.node(m, inherited)),
                None => Kind::Leaf(leaf),
            };
        }
        if is_opaque(message) {
            Kind::Leaf(leaf)
        } else {
            Kind::Message(self.node(message, inherited))
        }
    }
}

/// Well-known types and messages without fields are one value, whose class is that of the field.
fn is_opaque(message: &MessageDescriptor) -> bool {
    message.full_name().starts_with("google.protobuf.") || message.fields().len() == 0
}

/// Carries classes and the presence of records upwards until nothing changes.
fn sum_up(nodes: &mut [Node]) {
    loop {
        let mut changed = false;
        for n in 0..nodes.len() {
            let (mut below, mut records) = (nodes[n].below, nodes[n].holds_records);
            for field in &nodes[n].fields {
                let child = match field.kind {
                    Kind::Leaf(class) => {
                        below = below.union(ClassSet::of(&[class]));
                        continue;
                    }
                    Kind::Map(class, child) => {
                        below = below.union(ClassSet::of(&[class]));
                        child
                    }
                    Kind::Message(child) => child,
                };
                if nodes[child].resource.is_some() {
                    records = true;
                } else {
                    below = below.union(nodes[child].below);
                    records |= nodes[child].holds_records;
                }
            }
            if below != nodes[n].below || records != nodes[n].holds_records {
                (nodes[n].below, nodes[n].holds_records) = (below, records);
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// All leaf paths of a record's type. A message inside itself is listed once; other records list their own.
fn paths(nodes: &[Node], at: usize, prefix: &str, open: &mut Vec<usize>, found: &mut Vec<Hidden>) {
    let record = prefix.is_empty();
    for field in &nodes[at].fields {
        if record && (field.number == ID || field.number == MASKED_PATHS) {
            continue;
        }
        let path = if record {
            field.name.clone()
        } else {
            format!("{prefix}.{}", field.name)
        };
        let child = match field.kind {
            Kind::Leaf(class) => {
                found.push(Hidden { class, path });
                continue;
            }
            Kind::Map(class, child) => {
                found.push(Hidden {
                    class,
                    path: path.clone(),
                });
                child
            }
            Kind::Message(child) => child,
        };
        if nodes[child].resource.is_none() && !open.contains(&child) {
            open.push(child);
            paths(nodes, child, &path, open, found);
            open.pop();
        }
    }
}
