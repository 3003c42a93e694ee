//! Walking an encoded answer.

use proto::{FieldClass, ResourceType};

use super::tree::{Hidden, ID, Kind, MASKED_PATHS, Node, Tree};
use crate::{class::ClassSet, decide::REFERENCE};

/// Nesting at which prost gives up too.
const MAX_DEPTH: usize = 100;

/// Why an answer could not be filtered. It must then not be sent at all. It never carries content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// The bytes are no protobuf message of this type.
    #[error("the answer is not a well-formed message")]
    Malformed,
    /// Groups are not used in any contract.
    #[error("the answer holds a group")]
    Group,
    /// Messages are nested too deeply.
    #[error("the answer is nested too deeply")]
    TooDeep,
    /// The answer is itself a record, and nobody has decided on it.
    #[error("the answer is a record without a decision")]
    Undecided,
}

/// Takes out of `body` everything the reader may not read.
///
/// `decisions` gives the classes readable on a record, or none where no decision was made or it is not visible;
/// such a record is dropped. The id, `masked_paths` and reference fields of a visible record are always kept. A
/// message without a record type follows the record that holds it. A message all of whose fields are hidden is dropped,
/// so that its presence tells nothing.
///
/// # Errors
/// [`MaskError`] when the body is malformed, or is itself a record without a decision: send nothing then.
pub fn filter(
    tree: &Tree,
    body: &[u8],
    decisions: &impl Fn(ResourceType, &str) -> Option<ClassSet>,
) -> Result<Vec<u8>, MaskError> {
    let mut walk = Walk {
        tree,
        decisions,
        out: Vec::with_capacity(body.len() + 64),
    };
    if walk.message(0, body, tree.outside, 0)? {
        Ok(walk.out)
    } else {
        Err(MaskError::Undecided)
    }
}

struct Walk<'t, D> {
    tree: &'t Tree,
    decisions: &'t D,
    out: Vec<u8>,
}

impl<D: Fn(ResourceType, &str) -> Option<ClassSet>> Walk<'_, D> {
    /// Appends the permitted part of a message; false when it is a record without a decision.
    fn message(
        &mut self,
        at: usize,
        body: &[u8],
        parent: ClassSet,
        depth: usize,
    ) -> Result<bool, MaskError> {
        if depth > MAX_DEPTH {
            return Err(MaskError::TooDeep);
        }
        let tree = self.tree;
        let node = &tree.nodes[at];
        let Some(resource) = node.resource else {
            self.fields(node, body, parent, depth)?;
            return Ok(true);
        };
        let id = std::str::from_utf8(last_id(body)?).map_err(|_| MaskError::Malformed)?;
        let Some(read) = (self.decisions)(resource, id) else {
            return Ok(false);
        };
        let read = read.union(REFERENCE);
        self.fields(node, body, read, depth)?;
        self.name_hidden(&node.hidden, body, read)?;
        Ok(true)
    }

    fn fields(
        &mut self,
        node: &Node,
        body: &[u8],
        read: ClassSet,
        depth: usize,
    ) -> Result<(), MaskError> {
        let mut rest = body;
        while !rest.is_empty() {
            let raw = next(&mut rest)?;
            let Ok(found) = node.fields.binary_search_by_key(&raw.number, |f| f.number) else {
                continue;
            };
            match node.fields[found].kind {
                Kind::Leaf(class) => {
                    if read.contains(class) {
                        self.out.extend_from_slice(raw.whole);
                    }
                }
                Kind::Message(child) => {
                    let body = raw.body.ok_or(MaskError::Malformed)?;
                    if self.shows(child, read) {
                        self.nested(raw.number, |walk| {
                            walk.message(child, body, read, depth + 1)
                        })?;
                    }
                }
                Kind::Map(key, child) => {
                    let entry = raw.body.ok_or(MaskError::Malformed)?;
                    if read.contains(key) && self.shows(child, read) {
                        self.nested(raw.number, |walk| walk.entry(child, entry, read, depth + 1))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// False for a message in which nothing could be read: it is dropped, for its presence would tell something.
    fn shows(&self, child: usize, read: ClassSet) -> bool {
        let node = &self.tree.nodes[child];
        node.resource.is_some() || node.holds_records || !node.below.intersection(read).is_empty()
    }

    /// A map entry: its key as it is, its value filtered.
    fn entry(
        &mut self,
        value: usize,
        body: &[u8],
        read: ClassSet,
        depth: usize,
    ) -> Result<bool, MaskError> {
        let mut rest = body;
        let mut kept = true;
        while !rest.is_empty() {
            let raw = next(&mut rest)?;
            match (raw.number, raw.body) {
                (1, _) => self.out.extend_from_slice(raw.whole),
                (2, Some(body)) => {
                    kept &= self.nested(2, |walk| walk.message(value, body, read, depth + 1))?;
                }
                (2, None) => return Err(MaskError::Malformed),
                _ => {}
            }
        }
        Ok(kept)
    }

    /// Writes a length-delimited field; what `write` refuses leaves no trace.
    fn nested(
        &mut self,
        number: u32,
        write: impl FnOnce(&mut Self) -> Result<bool, MaskError>,
    ) -> Result<bool, MaskError> {
        let before = self.out.len();
        put_varint(&mut self.out, u64::from(number) << 3 | 2);
        let start = self.out.len();
        let kept = write(self)?;
        if kept {
            let end = self.out.len();
            put_varint(&mut self.out, (end - start) as u64);
            let width = self.out.len() - end;
            self.out[start..].rotate_right(width);
        } else {
            self.out.truncate(before);
        }
        Ok(kept)
    }

    /// Appends the hidden paths of the record's type, but for those the handler has passed on itself.
    fn name_hidden(
        &mut self,
        hidden: &[Hidden],
        body: &[u8],
        read: ClassSet,
    ) -> Result<(), MaskError> {
        if hidden.iter().all(|h| read.contains(h.class)) {
            return Ok(());
        }
        let mut given = Vec::new();
        let mut rest = body;
        while !rest.is_empty() {
            let raw = next(&mut rest)?;
            if raw.number == MASKED_PATHS {
                given.extend(raw.body);
            }
        }
        for h in hidden
            .iter()
            .filter(|h| h.class == FieldClass::Unspecified || !read.contains(h.class))
        {
            if !given.contains(&h.path.as_bytes()) {
                put_varint(&mut self.out, u64::from(MASKED_PATHS) << 3 | 2);
                put_varint(&mut self.out, h.path.len() as u64);
                self.out.extend_from_slice(h.path.as_bytes());
            }
        }
        Ok(())
    }
}

/// The id of a record: as for every decoder, the last one counts.
fn last_id(body: &[u8]) -> Result<&[u8], MaskError> {
    let (mut rest, mut id) = (body, &[][..]);
    while !rest.is_empty() {
        let raw = next(&mut rest)?;
        if raw.number == ID {
            id = raw.body.ok_or(MaskError::Malformed)?;
        }
    }
    Ok(id)
}

/// One encoded field.
struct Raw<'a> {
    number: u32,
    /// Tag and value.
    whole: &'a [u8],
    /// The value of a length-delimited field.
    body: Option<&'a [u8]>,
}

fn next<'a>(rest: &mut &'a [u8]) -> Result<Raw<'a>, MaskError> {
    let all = *rest;
    let tag = u32::try_from(varint(rest)?).map_err(|_| MaskError::Malformed)?;
    let number = tag >> 3;
    if number == 0 {
        return Err(MaskError::Malformed);
    }
    let mut body = None;
    match tag & 7 {
        0 => {
            varint(rest)?;
        }
        1 => {
            take(rest, 8)?;
        }
        2 => {
            let length = usize::try_from(varint(rest)?).map_err(|_| MaskError::Malformed)?;
            body = Some(take(rest, length)?);
        }
        3 | 4 => return Err(MaskError::Group),
        5 => {
            take(rest, 4)?;
        }
        _ => return Err(MaskError::Malformed),
    }
    Ok(Raw {
        number,
        whole: &all[..all.len() - rest.len()],
        body,
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], MaskError> {
    let (head, tail) = rest.split_at_checked(length).ok_or(MaskError::Malformed)?;
    *rest = tail;
    Ok(head)
}

fn varint(rest: &mut &[u8]) -> Result<u64, MaskError> {
    let mut value = 0u64;
    for (n, byte) in rest.iter().take(10).enumerate() {
        if n == 9 && *byte > 1 {
            return Err(MaskError::Malformed);
        }
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            *rest = &rest[n + 1..];
            return Ok(value);
        }
    }
    Err(MaskError::Malformed)
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
