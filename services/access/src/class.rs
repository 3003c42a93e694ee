//! Sets of field classes: one permission bit, one encryption blob and one mask on the wire for each class.

use proto::FieldClass;

crate::bits::bit_set! {
    /// A set of field classes; bit n is number n of [`FieldClass`].
    ClassSet of FieldClass
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bit_is_the_number() {
        let set = ClassSet::of(&[FieldClass::Reference, FieldClass::HarmLocation]);
        assert_eq!(set.bits(), 1 << 1 | 1 << 16);
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [FieldClass::Reference, FieldClass::HarmLocation]
        );
        assert_eq!(set, set.iter().collect());
        assert_eq!(format!("{set:?}"), "{Reference, HarmLocation}");
    }

    #[test]
    fn unset_is_never_a_member() {
        assert!(!ClassSet::ALL.contains(FieldClass::Unspecified));
        assert!(!ClassSet::from_bits(u64::MAX).contains(FieldClass::Unspecified));
        assert_eq!(ClassSet::of(&[FieldClass::Unspecified]), ClassSet::NONE);
        assert!(ClassSet::NONE.is_empty() && !ClassSet::ALL.is_empty());
    }

    proptest! {
        #[test]
        fn sets_obey_the_laws_of_sets(a: u64, b: u64) {
            let (a, b) = (ClassSet::from_bits(a), ClassSet::from_bits(b));
            prop_assert!(a.union(b).contains_all(a) && a.union(b).contains_all(b));
            prop_assert!(a.contains_all(a.intersection(b)) && b.contains_all(a.intersection(b)));
            prop_assert_eq!(a.contains_all(b), a.union(b) == a);
            prop_assert!(ClassSet::ALL.contains_all(a) && a.contains_all(ClassSet::NONE));
        }
    }
}
