//! The one definition behind [`crate::class::ClassSet`] and [`crate::action::ActionSet`].

/// Defines a set of enum numbers as a newtype over `u64`. Bit 0 (unset) is never a member.
macro_rules! bit_set {
    ($(#[$doc:meta])* $name:ident of $item:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(u64);

        impl $name {
            /// The empty set.
            pub const NONE: Self = Self(0);
            /// Every bit but bit 0, also numbers that this version does not know.
            pub const ALL: Self = Self(!1);

            /// The set of the given members; the unspecified value is left out.
            pub const fn of(members: &[$item]) -> Self {
                let (mut bits, mut n) = (0u64, 0);
                while n < members.len() {
                    bits |= 1 << (members[n] as u32);
                    n += 1;
                }
                Self(bits & !1)
            }

            /// The set whose bit n is number n of the enum; bit 0 is cleared.
            pub const fn from_bits(bits: u64) -> Self {
                Self(bits & !1)
            }

            /// The set as bits.
            pub const fn bits(self) -> u64 {
                self.0
            }

            /// True when `member` is in the set; never true for the unspecified value.
            pub const fn contains(self, member: $item) -> bool {
                self.0 & (1 << (member as u32)) != 0
            }

            /// True when every member of `other` is in the set.
            pub const fn contains_all(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Members of either set.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Members of both sets.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// True when the set has no member.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The members that this version knows, in the order of their numbers.
            pub fn iter(self) -> impl Iterator<Item = $item> {
                (1..64i32).filter(move |n| self.0 >> n & 1 == 1).filter_map(|n| <$item>::try_from(n).ok())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(members: I) -> Self {
                members.into_iter().fold(Self::NONE, |set, m| set.union(Self::of(&[m])))
            }
        }
    };
}

pub(crate) use bit_set;
