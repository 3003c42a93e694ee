//! Invented people, places and words. Telephone numbers are of Ofcom's range for drama, addresses at example domains.

use chrono::NaiveDate;

const GIVEN: [&str; 48] = [
    "Amara", "Ben", "Carys", "Dilys", "Emeka", "Farah", "Gethin", "Hana", "Idris", "Jodie", "Kwame", "Leila", "Marek", "Nia", "Oluwaseun", "Priya",
    "Quentin", "Rhian", "Samir", "Tegan", "Ursula", "Viktor", "Wanda", "Xanthe", "Yusuf", "Zara", "Aled", "Bronwen", "Callum", "Delyth", "Ewan", "Fatima",
    "Gareth", "Harriet", "Imran", "Josie", "Kieran", "Lowri", "Megan", "Nikhil", "Owain", "Petra", "Ravi", "Sioned", "Tomos", "Una", "Wojtek", "Yasmin",
];

const FAMILY: [&str; 52] = [
    "Ashdown", "Bellweather", "Cartledge", "Dunmore", "Ellingham", "Fairbrother", "Garside", "Hollowell", "Ingleby", "Jessop", "Kettering", "Larkspur", "Merrow",
    "Northcott", "Oakenfold", "Pennyfeather", "Quarrington", "Ravenscroft", "Silverdale", "Thistlewood", "Underhay", "Vexley", "Wetherby", "Yarborough", "Okafor",
    "Rahman", "Kowalczyk", "Lindqvist", "Mbeki", "Novak", "Osei", "Patel", "Qureshi", "Rees", "Sandhu", "Tremayne", "Uddin", "Vaughan", "Winterbourne", "Akhtar",
    "Bevan", "Chaudhry", "Driscoll", "Eze", "Fenwick", "Griffiths", "Haddad", "Iqbal", "Jankowski", "Kaur", "Llewellyn", "McAllister",
];

const STREETS: [&str; 12] = ["Tanner's Row", "Mill Lane", "Quarry Road", "Beacon Street", "Orchard Close", "Station Approach", "Holly Bank", "Weir Terrace", "Chapel Hill", "Foundry Way", "Lower Green", "Harbour View"];

/// What happened, without a name.
pub const HARM: [(&str, &str); 12] = [
    ("BUR.RES", "The house was broken into at night while the family slept. Tools and a bicycle were taken and a window was smashed."),
    ("VAP.WI", "There was an argument outside a shop that ended in a punch. It needed stitches and time off work."),
    ("VAP.WOI", "Threats were shouted across the street on several evenings."),
    ("ARS.CD", "The fence and the greenhouse were broken, and the same wall was painted on twice."),
    ("THE.PERS", "A phone was taken on the bus. It had photographs on it that cannot be replaced."),
    ("ROB.PERS", "Two people demanded a coat and a bag in the park."),
    ("ASB", "Noise and rubbish over months between two households who share a yard."),
    ("NEIGHBOUR_DISPUTE", "A disagreement about a boundary turned into insults in front of the children."),
    ("BULLYING", "Messages were sent to a class group for weeks until the pupil stopped going to school."),
    ("THE.SHOP", "The same shop was stolen from again and again and a member of staff was pushed."),
    ("VAP.SH", "Unwanted messages and visits after a friendship had ended."),
    ("FRA", "Savings were lost to someone who had become a trusted friend."),
];

/// Notes of the kind that practitioners write.
pub const NOTES: [&str; 10] = [
    "Explained what restorative justice is and is not. Would like time to think and to talk to a sister.",
    "Wants to know why it happened and whether it was planned. Does not want to meet yet.",
    "Takes responsibility for what was done. Nervous about what might be said.",
    "Prefers to be called in the afternoon. Left no message, as agreed.",
    "Talked through the ground rules, breaks and the right to stop. Would bring a supporter.",
    "Visited the venue: level access, two waiting rooms, quiet exit at the back.",
    "Read the draft letter together. Two sentences need more thought.",
    "Checked in after the meeting. Slept well for the first time in weeks.",
    "Supervision: agreed to go on with controls, second facilitator present.",
    "Asked for a text the day before and no calls in the evening.",
];

/// A sequence of choices that is the same for the same seed.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// A number below `n`; 0 for 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (n.max(1) as u64)).unwrap_or(0)
    }

    /// A number between two, both included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.below(usize::try_from(to - from + 1).unwrap_or(1))).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub fn in_hundred(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// An invented person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Date of birth.
    pub born: NaiveDate,
    /// Address for mail.
    pub email: String,
    /// Mobile number.
    pub phone: String,
    /// Street.
    pub address: String,
    /// Postcode.
    pub postcode: String,
}

/// Somebody.
pub fn person(dice: &mut Dice) -> Person {
    let (given, family) = (*dice.pick(&GIVEN), *dice.pick(&FAMILY));
    let number = dice.below(1000);
    let born = NaiveDate::from_yo_opt(i32::try_from(dice.between(1950, 2007)).unwrap_or(1980), u32::try_from(dice.between(1, 365)).unwrap_or(1)).unwrap_or_default();
    Person {
        given: given.into(),
        family: family.into(),
        born,
        email: format!("{}.{}{number}@mail.example.org", given.to_lowercase(), family.to_lowercase()),
        phone: format!("07700 900{number:03}"),
        address: format!("{} {}", dice.between(1, 120), dice.pick(&STREETS)),
        postcode: format!("NV{} {}{}{}", dice.between(1, 9), dice.between(1, 9), char::from(b'A' + u8::try_from(dice.below(8)).unwrap_or(0)), char::from(b'L' + u8::try_from(dice.below(6)).unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_people() {
        let (a, b) = (person(&mut Dice::new(7)), person(&mut Dice::new(7)));
        assert_eq!((a.given, a.family, a.phone.clone()), (b.given, b.family, b.phone));
        assert!(a.phone.starts_with("07700 900"));
    }

    #[test]
    fn dice_stay_inside() {
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| (3..=5).contains(&dice.between(3, 5))));
    }
}
