//! Stages of a case as tables, one for each kind (domain.md 2.4): what may follow what, why a case may end, and which
//! stages come about by facts and not by anybody's click.

mod kinds;

use platform::Error;

pub use kinds::{DOMESTIC_ABUSE, RESTORATIVE_JUSTICE, VICTIM_CARE};

/// The last stage of every kind.
pub const CLOSED: &str = "CLOSED";

/// What brings a move about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Somebody decides.
    Hand,
    /// The same, with a reason in words.
    Reason,
    /// The first allocation.
    Allocation,
    /// An intervention that was held; by hand only where one is recorded of this round.
    Intervention,
}

/// One allowed move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// From this stage.
    pub from: &'static str,
    /// To this one.
    pub to: &'static str,
    /// By this.
    pub by: By,
}

/// Reasons that end a case in these stages.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// The stages; empty for every open stage.
    pub stages: &'static [&'static str],
    /// Codes of list close_reason.
    pub reasons: &'static [&'static str],
}

/// The lifecycle of one kind of case.
#[derive(Clone, Copy, Debug)]
pub struct Lifecycle {
    /// Code of the kind.
    pub kind: &'static str,
    /// What references of this kind begin with.
    pub prefix: &'static str,
    /// Every stage in the usual order, the first one first, closed last.
    pub stages: &'static [&'static str],
    /// Where a closed case comes back to.
    pub reopened: &'static str,
    /// Where preparation of a round begins, where the kind has interventions.
    pub round: &'static str,
    /// Allowed moves; closing and reopening are not among them.
    pub moves: &'static [Move],
    /// Valid close reasons.
    pub endings: &'static [Ending],
}

/// What a move depends on besides the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Work rests.
    pub on_hold: bool,
    /// Somebody works the case.
    pub allocated: bool,
    /// A direct or indirect intervention was held since preparation last began.
    pub delivered: bool,
}

/// The lifecycle of a kind.
pub fn of(kind: &str) -> Option<&'static Lifecycle> {
    [&RESTORATIVE_JUSTICE, &VICTIM_CARE, &DOMESTIC_ABUSE].into_iter().find(|l| l.kind == kind)
}

impl Lifecycle {
    /// The first stage.
    pub fn first(&self) -> &'static str {
        self.stages.first().copied().unwrap_or(CLOSED)
    }

    /// Whether a stage is one of this kind's open ones.
    pub fn is_open(&self, stage: &str) -> bool {
        stage != CLOSED && self.stages.contains(&stage)
    }

    fn step(&self, from: &str, to: &str) -> Option<&Move> {
        self.moves.iter().find(|m| m.from == from && m.to == to)
    }

    /// Stages that somebody may move the case to now, in the usual order.
    pub fn allowed_stages(&self, stage: &str, known: Known) -> Vec<&'static str> {
        self.stages.iter().copied().filter(|to| self.check_move(stage, to, known, true).is_ok()).collect()
    }

    /// Whether the move asks for a reason in words.
    pub fn needs_reason(&self, from: &str, to: &str) -> bool {
        self.step(from, to).is_some_and(|m| m.by == By::Reason)
    }

    /// Checks a move by hand; answers the stage as the table spells it.
    ///
    /// # Errors
    /// `FailedPrecondition` that says what stands in the way; `InvalidArgument` on `reason` where one is missing.
    pub fn check_move(&self, from: &str, to: &str, known: Known, has_reason: bool) -> Result<&'static str, Error> {
        if from == CLOSED {
            return Err(closed());
        }
        if to == CLOSED {
            return Err(Error::precondition("CLOSE_INSTEAD", "Close the case with a reason instead of moving it."));
        }
        let Some(step) = self.step(from, to) else {
            return Err(Error::precondition("STAGE_NOT_ALLOWED", "The case cannot move to this stage from where it is now."));
        };
        if known.on_hold {
            return Err(Error::precondition("ON_HOLD", "The case is on hold. Take it off hold first."));
        }
        match step.by {
            By::Allocation if !known.allocated => Err(Error::precondition("NOT_ALLOCATED", "Allocate the case to somebody first.")),
            By::Intervention if !known.delivered => {
                Err(Error::precondition("INTERVENTION_NOT_RECORDED", "Record the intervention that was held. The case then moves by itself."))
            }
            By::Reason if !has_reason => Err(Error::invalid().field("reason", "Enter why the case moves to this stage.")),
            _ => Ok(step.to),
        }
    }

    /// Where an allocation moves the case, where it does.
    pub fn on_allocation(&self, stage: &str) -> Option<&'static str> {
        self.moves.iter().find(|m| m.from == stage && m.by == By::Allocation).map(|m| m.to)
    }

    /// Where an intervention that was held moves the case, where it does.
    pub fn on_intervention(&self, stage: &str) -> Option<&'static str> {
        self.moves.iter().find(|m| m.from == stage && m.by == By::Intervention).map(|m| m.to)
    }

    /// Reasons for which the case may be closed now.
    pub fn close_reasons(&self, stage: &str) -> Vec<&'static str> {
        if !self.is_open(stage) {
            return Vec::new();
        }
        self.endings.iter().filter(|e| e.stages.is_empty() || e.stages.contains(&stage)).flat_map(|e| e.reasons.iter().copied()).collect()
    }

    /// Checks that a case may be closed for this reason.
    ///
    /// # Errors
    /// `FailedPrecondition` where it is closed or meetings are ahead, `InvalidArgument` on `reason` where the reason does
    /// not fit the stage, on `note` where the reason says nothing by itself.
    pub fn check_close(&self, stage: &str, reason: &str, has_note: bool, meetings_ahead: bool) -> Result<(), Error> {
        if stage == CLOSED {
            return Err(closed());
        }
        if !self.close_reasons(stage).contains(&reason) {
            return Err(Error::invalid().field("reason", "Choose a reason that is valid for the stage of the case."));
        }
        if reason == "OTHER" && !has_note {
            return Err(Error::invalid().field("note", "Enter why the case is closed."));
        }
        if meetings_ahead {
            return Err(Error::precondition("MEETINGS_OPEN", "A meeting of this case is still scheduled. Cancel it or record how it went, then close the case."));
        }
        Ok(())
    }
}

/// Refuses what cannot be done in a closed case.
pub fn closed() -> Error {
    Error::precondition("CASE_CLOSED", "The case is closed. Reopen it first.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::codes;
    use proptest::prelude::*;

    const ALL: [&Lifecycle; 3] = [&RESTORATIVE_JUSTICE, &VICTIM_CARE, &DOMESTIC_ABUSE];
    const FREE: Known = Known { on_hold: false, allocated: true, delivered: true };

    #[test]
    fn the_tables_name_only_what_exists() {
        for life in ALL {
            assert_eq!(of(life.kind).map(|l| l.kind), Some(life.kind));
            assert_eq!(life.stages.last(), Some(&CLOSED));
            for m in life.moves {
                assert!(life.is_open(m.from) && life.is_open(m.to) && m.from != m.to, "{m:?}");
                assert_eq!(life.moves.iter().filter(|o| o.from == m.from && o.to == m.to).count(), 1, "{m:?}");
            }
            for ending in life.endings {
                assert!(ending.stages.iter().all(|s| life.is_open(s)), "{ending:?}");
                assert!(ending.reasons.iter().all(|r| codes::is_valid("close_reason", r)), "{ending:?}");
            }
            assert!(life.is_open(life.reopened));
            for stage in life.stages.iter().filter(|s| **s != CLOSED) {
                let reasons = life.close_reasons(stage);
                assert!(reasons.contains(&"OTHER"), "every open stage can be closed: {stage}");
                let mut once = reasons.clone();
                once.sort_unstable();
                once.dedup();
                assert_eq!(once.len(), reasons.len(), "{} {stage}", life.kind);
            }
        }
        assert!(of("").is_none());
    }

    #[test]
    fn every_stage_is_reached_from_the_first_or_by_reopening() {
        for life in ALL {
            let mut reached = vec![life.first(), life.reopened];
            let mut n = 0;
            while n < reached.len() {
                let more: Vec<_> = life.moves.iter().filter(|m| m.from == reached[n]).map(|m| m.to).filter(|t| !reached.contains(t)).collect();
                reached.extend(more);
                n += 1;
            }
            for stage in life.stages.iter().filter(|s| **s != CLOSED) {
                assert!(reached.contains(stage), "{} {stage}", life.kind);
            }
        }
    }

    #[test]
    fn facts_decide_stages() {
        let rj = &RESTORATIVE_JUSTICE;
        let none = Known::default();
        assert_eq!(rj.allowed_stages("OPEN", none), Vec::<&str>::new());
        assert_eq!(rj.on_allocation("OPEN"), Some("ALLOCATED"));
        assert_eq!(rj.on_allocation("REOPENED"), Some("ALLOCATED"));
        assert_eq!(rj.on_allocation("PREPARATION"), None);
        assert_eq!(rj.on_intervention("INTERVENTION_PLANNED"), Some("INTERVENTION_DELIVERED"));
        let refused = rj.check_move("INTERVENTION_PLANNED", "INTERVENTION_DELIVERED", none, true).expect_err("no intervention");
        assert_eq!(refused.reason(), "INTERVENTION_NOT_RECORDED");
        assert!(!rj.allowed_stages("INTERVENTION_PLANNED", none).contains(&"INTERVENTION_DELIVERED"));
    }

    #[test]
    fn another_round_needs_a_reason() {
        let rj = &RESTORATIVE_JUSTICE;
        assert!(rj.needs_reason("INTERVENTION_DELIVERED", "PREPARATION"));
        let refused = rj.check_move("INTERVENTION_DELIVERED", "PREPARATION", FREE, false).expect_err("no reason");
        assert_eq!(refused.fields()[0].field, "reason");
        assert_eq!(rj.check_move("INTERVENTION_DELIVERED", "PREPARATION", FREE, true).ok(), Some("PREPARATION"));
        assert_eq!(rj.check_move("INTERVENTION_DELIVERED", "EVALUATION", FREE, false).ok(), Some("EVALUATION"));
    }

    #[test]
    fn a_reason_must_fit_the_stage() {
        let rj = &RESTORATIVE_JUSTICE;
        assert!(rj.check_close("INITIAL_CONTACT", "HARMED_DECLINED", false, false).is_ok());
        assert!(rj.check_close("PREPARATION", "UNSUITABLE_RISK", false, false).is_ok());
        assert_eq!(rj.check_close("OPEN", "COMPLETED_INTERVENTION", false, false).expect_err("no work yet").fields()[0].field, "reason");
        assert_eq!(rj.check_close("OPEN", "OTHER", false, false).expect_err("says nothing").fields()[0].field, "note");
        assert_eq!(rj.check_close("EVALUATION", "COMPLETED_INTERVENTION", false, true).expect_err("meeting").reason(), "MEETINGS_OPEN");
        assert_eq!(rj.check_close(CLOSED, "OTHER", true, false).expect_err("closed").reason(), "CASE_CLOSED");
        assert!(rj.close_reasons(CLOSED).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_offered_is_what_is_done(kind in 0..3usize, from in 0..16usize, to in 0..16usize, on_hold: bool, allocated: bool, delivered: bool) {
            let life = ALL[kind];
            let (from, to) = (life.stages[from % life.stages.len()], life.stages[to % life.stages.len()]);
            let known = Known { on_hold, allocated, delivered };
            prop_assert_eq!(life.allowed_stages(from, known).contains(&to), life.check_move(from, to, known, true).is_ok());
            prop_assert!(!on_hold || life.allowed_stages(from, known).is_empty());
            prop_assert!(from != CLOSED || life.allowed_stages(from, known).is_empty());
        }

        #[test]
        fn unknown_stages_lead_nowhere(from in "[A-Z_]{0,20}", to in "[A-Z_]{0,20}") {
            for life in ALL {
                prop_assert!(life.stages.contains(&from.as_str()) || life.check_move(&from, &to, FREE, true).is_err());
                prop_assert!(life.is_open(&from) || life.close_reasons(&from).is_empty());
            }
        }
    }
}
