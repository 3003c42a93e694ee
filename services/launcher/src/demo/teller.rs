//! One case at its present step, and who acts in it.

use anyhow::Result;
use uuid::Uuid;

use super::{client::{As, Client}, invent::Dice, plan::{Plan, Step}, tenants::{Desk, Made}};

/// What is known of a case while it is told.
#[derive(Default)]
pub struct State {
    /// Id of the referral.
    pub referral: String,
    /// Id of the case.
    pub case: String,
    /// Id of the newest meeting.
    pub meeting: String,
}

/// One case at its present step.
pub struct Teller<'a> {
    /// Its tenant.
    pub made: &'a Made,
    /// The way to the services.
    pub client: &'a Client,
    /// What it becomes.
    pub plan: &'a Plan,
    /// Its number.
    pub number: usize,
}

impl Teller<'_> {
    pub(super) fn desk(&self) -> Desk<'_> {
        Desk { client: self.client, tenant: self.made.tenant, epoch: self.made.epoch }
    }

    pub(super) fn coordinator(&self) -> As {
        As::User(self.made.desks[self.plan.agency].coordinator)
    }

    pub(super) fn facilitator_id(&self) -> Uuid {
        self.made.desks[self.plan.agency].facilitators[self.plan.facilitator]
    }

    pub(super) fn facilitator(&self) -> As {
        As::User(self.facilitator_id())
    }

    /// Choices of this case for one purpose.
    pub(super) fn dice(&self, purpose: u64) -> Dice {
        let mut dice = self.plan.dice.clone();
        Dice::new(dice.below(usize::MAX / 2) as u64 ^ purpose << 32)
    }

    pub(super) fn id(&self) -> String {
        self.client.new_id()
    }

    pub(super) fn stamp(&self) -> prost_types::Timestamp {
        gateway::text::timestamp(self.client.clock.now())
    }

    pub async fn step(&self, step: Step, state: &mut State) -> Result<()> {
        match step {
            Step::Refer(from) => self.refer(from, state).await,
            Step::Triage => self.triage(state).await,
            Step::AskForMore => self.ask_for_more(state).await,
            Step::Answer => self.answer(state).await,
            Step::Reject => self.reject(state).await,
            Step::Accept => self.accept(state).await,
            Step::Allocate => self.allocate(state).await,
            Step::FirstContact => self.first_contact(state).await,
            Step::Engage(side) => self.engage(state, side).await,
            Step::Assess => self.assess(state).await,
            Step::Prepare => self.prepare(state).await,
            Step::Plan => self.schedule(state).await,
            Step::DayBefore => Ok(()),
            Step::Meet => self.meet(state).await,
            Step::Monitor => self.move_to(state, "AGREEMENT_MONITORING").await,
            Step::Evaluate => self.move_to(state, "EVALUATION").await,
            Step::Close(reason) => self.close(state, reason).await,
        }
    }
}
