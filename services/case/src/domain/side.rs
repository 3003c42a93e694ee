//! Whose side work belongs to: the person harmed, the person responsible for harm, or both.

use std::fmt;

/// A side of a case (lists `note_side` and `allocation_side`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Both sides, or neither of them.
    #[default]
    Both,
    /// The person harmed and who stands by them.
    Harmed,
    /// The person responsible for harm and who stands by them.
    Harmer,
}

impl Side {
    /// All sides.
    pub const ALL: [Self; 3] = [Self::Both, Self::Harmed, Self::Harmer];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Both => "BOTH",
            Self::Harmed => "HARMED",
            Self::Harmer => "HARMER",
        }
    }

    /// The side of a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Whether an allocation to this side reaches what belongs to the other: its own side and what is common to both.
    pub fn covers(self, other: Self) -> bool {
        self == Self::Both || other == Self::Both || self == other
    }

    /// The one side that all of these belong to, [`Side::Both`] where they are of more than one or none is given.
    pub fn common(sides: impl IntoIterator<Item = Self>) -> Self {
        let mut sides = sides.into_iter();
        let Some(first) = sides.next() else { return Self::Both };
        if sides.all(|s| s == first) { first } else { Self::Both }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocation_never_reaches_the_other_side() {
        assert!(!Side::Harmed.covers(Side::Harmer) && !Side::Harmer.covers(Side::Harmed));
        for side in Side::ALL {
            assert!(Side::Both.covers(side) && side.covers(side) && side.covers(Side::Both));
            assert_eq!(Side::parse(side.code()), Some(side));
        }
    }

    #[test]
    fn a_meeting_of_one_side_belongs_to_it() {
        assert_eq!(Side::common([Side::Harmer, Side::Harmer]), Side::Harmer);
        assert_eq!(Side::common([Side::Harmer, Side::Harmed]), Side::Both);
        assert_eq!(Side::common([Side::Both, Side::Harmed]), Side::Both);
        assert_eq!(Side::common([]), Side::Both);
    }

    #[test]
    fn the_code_lists_say_the_same() {
        for list in ["note_side", "allocation_side"] {
            let codes: Vec<_> = access::codes::list(list).expect("list").values.iter().map(|c| c.code).collect();
            assert_eq!(codes, Side::ALL.map(Side::code));
        }
    }
}
