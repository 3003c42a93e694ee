//! What each case of the demonstration becomes: the same number always becomes the same.

use chrono::{DateTime, TimeDelta, Utc};

use super::{invent::Dice, tenants::Made};

/// What one case becomes.
#[derive(Clone)]
pub struct Plan {
    /// Place of its tenant.
    pub tenant: usize,
    /// Place of the agency that works it.
    pub agency: usize,
    /// Place of the facilitator in the agency.
    pub facilitator: usize,
    /// Its own choices.
    pub dice: Dice,
    /// Days after the referral on which the next steps happen, in order.
    pub steps: Vec<(i64, Step)>,
    /// The day of the referral.
    pub begins: DateTime<Utc>,
}

/// One step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Refer(From),
    Triage,
    AskForMore,
    Answer,
    Reject,
    Accept,
    Allocate,
    FirstContact,
    Engage(Side),
    Assess,
    Prepare,
    Plan,
    /// The day on which the reminder leaves.
    DayBefore,
    Meet,
    Monitor,
    Evaluate,
    Close(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Harmed,
    Professional,
    Partner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Harmed,
    Harmer,
}

/// Decides what a case becomes. The same number always becomes the same.
pub fn plan(tenants: &[Made], number: usize, start: DateTime<Utc>, span: i64) -> Plan {
    let mut dice = Dice::new(number as u64 + 1);
    let tenant = if number % 4 == 3 { 1 } else { 0 };
    let agency = dice.below(tenants[tenant].desks.len());
    let facilitator = dice.below(tenants[tenant].desks[agency].facilitators.len());
    let from = match dice.below(10) {
        0..=3 => From::Harmed,
        4..=7 => From::Professional,
        _ => From::Partner,
    };
    let mut steps = vec![(0, Step::Refer(from)), (dice.between(0, 2), Step::Triage)];
    let mut day = dice.between(2, 4);
    match dice.below(20) {
        0 | 1 => steps.push((day, Step::Reject)),
        other => {
            if other == 2 && from == From::Professional {
                steps.push((day, Step::AskForMore));
                day += dice.between(2, 9);
                steps.push((day, Step::Answer));
                day += 1;
            }
            steps.push((day, Step::Accept));
            let mut then = |steps: &mut Vec<(i64, Step)>, least: i64, most: i64, step: Step| {
                day += dice.between(least, most);
                steps.push((day, step));
            };
            then(&mut steps, 1, 6, Step::Allocate);
            then(&mut steps, 2, 10, Step::FirstContact);
            let ends_early = number % 6 == 4;
            then(&mut steps, 3, 14, Step::Engage(Side::Harmed));
            if ends_early {
                then(&mut steps, 5, 20, Step::Close("HARMED_DECLINED"));
            } else {
                then(&mut steps, 5, 20, Step::Engage(Side::Harmer));
                then(&mut steps, 3, 14, Step::Assess);
                then(&mut steps, 7, 25, Step::Prepare);
                if number % 9 == 5 {
                    then(&mut steps, 7, 30, Step::Close("HARMER_WITHDREW"));
                } else {
                    then(&mut steps, 10, 30, Step::Plan);
                    then(&mut steps, 6, 6, Step::DayBefore);
                    then(&mut steps, 2, 2, Step::Meet);
                    then(&mut steps, 5, 20, if number.is_multiple_of(2) { Step::Monitor } else { Step::Evaluate });
                    if number.is_multiple_of(2) {
                        then(&mut steps, 20, 60, Step::Evaluate);
                    }
                    then(&mut steps, 5, 25, Step::Close("COMPLETED_INTERVENTION"));
                }
            }
        }
    }
    let begins = start + TimeDelta::days(dice.between(0, span.max(1)));
    Plan { tenant, agency, facilitator, dice, steps, begins }
}
