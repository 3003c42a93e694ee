//! The reports there are and their counting rules in words (`domain.md` 2.10).

/// Which report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Where referrals come from.
    ReferralsBySourceAndMonth,
    /// What cases are about and how far they are.
    CasesByHarmTypeAndStage,
    /// What came of the work.
    OutcomesByAgency,
}

impl Report {
    /// All reports.
    pub const ALL: [Self; 3] = [Self::ReferralsBySourceAndMonth, Self::CasesByHarmTypeAndStage, Self::OutcomesByAgency];

    /// The word that is asked with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReferralsBySourceAndMonth => "referrals_by_source_and_month",
            Self::CasesByHarmTypeAndStage => "cases_by_harm_type_and_stage",
            Self::OutcomesByAgency => "outcomes_by_agency",
        }
    }

    /// Reads the word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }

    /// What people read above it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ReferralsBySourceAndMonth => "Referrals by source and month",
            Self::CasesByHarmTypeAndStage => "Cases by type of harm and stage",
            Self::OutcomesByAgency => "Outcomes and time to intervention by agency",
        }
    }

    /// What is counted, which date is used, what is left out.
    pub const fn counting_rule(self) -> &'static str {
        match self {
            Self::ReferralsBySourceAndMonth => {
                "Counts each referral once, in the month in which it was submitted, under the source that was given. Drafts, duplicates and \
                 referrals made by mistake are left out. A referral that joined a case that was open already counts."
            }
            Self::CasesByHarmTypeAndStage => {
                "Counts each case once that was opened in the period, under its type of harm and at the stage that it is at now. A case that \
                 was reopened counts once, by the date it was first opened. Cases closed as a duplicate or opened by mistake are left out."
            }
            Self::OutcomesByAgency => {
                "Cases closed: cases whose last closing is in the period, without those closed as a duplicate or opened by mistake. Interventions: \
                 those held, wholly or in part, in the period; direct ones bring people together, indirect ones carry messages between them; \
                 preparation does not count. With an agreement or an apology: direct and indirect interventions that had that outcome. Days to \
                 intervention: the median number of whole days from the opening of a case to its first intervention, over cases whose first \
                 intervention is in the period. Everything counts for the agency that owns the case now."
            }
        }
    }
}

/// The rule on small numbers, which every counting rule ends with.
pub fn small_numbers(threshold: u32) -> String {
    if threshold < 2 {
        return "No number is hidden.".into();
    }
    format!(
        "Numbers from 1 to {} are hidden, and further numbers so that no hidden one can be worked out. A total that would tell a hidden number \
         is hidden too. A median is hidden where it is of fewer than {threshold} cases.",
        threshold - 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_is_found_by_its_word() {
        for report in Report::ALL {
            assert_eq!(Report::parse(report.name()), Some(report));
            assert!(!report.title().is_empty() && report.counting_rule().ends_with('.'));
        }
        assert_eq!(Report::parse("everything"), None);
        assert!(small_numbers(5).contains("1 to 4"));
    }
}
