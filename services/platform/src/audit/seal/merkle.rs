//! Merkle trees as RFC 6962 (section 2.1) and RFC 9162 have them: SHA-256, leaves and nodes told apart by their first byte.

use aws_lc_rs::digest;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Hash of a leaf with this content.
pub fn leaf(content: &[u8]) -> Hash {
    sha256(&[&[0], content])
}

/// Hash of the node above two others.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// The root of a tree over these leaves, in this order; of none it is the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}

/// The hashes that lead from a leaf to the root, lowest first; `None` where there is no such leaf.
pub fn path(leaves: &[Hash], place: usize) -> Option<Vec<Hash>> {
    if place >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut below, beside) = if place < left.len() { (path(left, place)?, root(right)) } else { (path(right, place - left.len())?, root(left)) };
    below.push(beside);
    Some(below)
}

/// The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); `None` where the path is not of such a place.
pub fn root_of_path(leaf: &Hash, place: u64, count: u64, path: &[Hash]) -> Option<Hash> {
    if place >= count {
        return None;
    }
    let (mut from, mut to, mut hash) = (place, count - 1, *leaf);
    for beside in path {
        if to == 0 {
            return None;
        }
        if from & 1 == 1 || from == to {
            hash = node(beside, &hash);
            while from & 1 == 0 && from != 0 {
                from >>= 1;
                to >>= 1;
            }
        } else {
            hash = node(&hash, beside);
        }
        from >>= 1;
        to >>= 1;
    }
    (to == 0).then_some(hash)
}

/// A tree that only grows, as the roots of its whole subtrees: at most one hash for each bit of its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// Reads what [`Peaks::to_bytes`] wrote of a tree of this size; `None` where it cannot be of that size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && hashes.len() == size.count_ones() as usize).then(|| Self { size, hashes: hashes.to_vec() })
    }

    /// 32 bytes for each, the largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }

    /// Leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = node(&left, &hash);
            }
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut hashes = self.hashes.iter().rev();
        match hashes.next() {
            Some(last) => hashes.fold(*last, |right, left| node(left, &right)),
            None => root(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u8) -> Vec<Hash> {
        (0..count).map(|n| leaf(&[n])).collect()
    }

    #[test]
    fn roots_are_those_of_the_published_test_vectors() {
        // The vectors of the Certificate Transparency reference implementation.
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let expected = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        let hashes: Vec<Hash> = inputs.iter().map(|i| leaf(&hex::decode(i).unwrap())).collect();
        for (count, root_hex) in expected {
            assert_eq!(hex::encode(root(&hashes[..count])), root_hex, "{count}");
        }
    }

    #[test]
    fn every_leaf_has_a_path_and_no_other_place_fits_it() {
        for count in 1..40_u8 {
            let all = leaves(count);
            let top = root(&all);
            for place in 0..usize::from(count) {
                let way = path(&all, place).unwrap();
                for claimed in 0..u64::from(count) {
                    let reached = root_of_path(&all[place], claimed, count.into(), &way);
                    assert_eq!(reached == Some(top), claimed == place as u64, "{count} {place} {claimed}");
                }
                let mut wrong = all[place];
                wrong[0] ^= 1;
                assert_ne!(root_of_path(&wrong, place as u64, count.into(), &way), Some(top));
            }
        }
        assert_eq!(path(&leaves(3), 3), None);
        assert_eq!(root_of_path(&leaf(b""), 0, 0, &[]), None);
    }

    #[test]
    fn a_growing_tree_has_the_root_of_the_whole_one() {
        let all = leaves(70);
        let mut peaks = Peaks::default();
        assert_eq!(peaks.root(), root(&[]));
        for (n, hash) in all.iter().enumerate() {
            peaks = Peaks::from_bytes(peaks.size(), &peaks.to_bytes()).unwrap();
            peaks.append(*hash);
            assert_eq!(peaks.root(), root(&all[..=n]), "{n}");
        }
        assert_eq!(Peaks::from_bytes(3, &[0; 32]), None);
        assert_eq!(Peaks::from_bytes(1, &[0; 33]), None);
    }
}
