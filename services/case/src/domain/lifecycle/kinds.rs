//! The three lifecycles (domain.md 2.4). A row is an allowed move; what is not here is refused.

use super::{By, By::*, CLOSED, Ending, Lifecycle, Move};

const fn m(from: &'static str, to: &'static str, by: By) -> Move {
    Move { from, to, by }
}

/// Reasons that have nothing to do with how far a case came.
const ALWAYS: &[&str] = &["HARMED_MOVED", "HARMED_DIED", "TRANSFERRED", "OTHER"];

/// What ends restorative work from outside, whatever its stage.
const JUSTICE: &[&str] = &["HARMER_DIED", "ACQUITTED", "SENTENCE_EXPIRED", "RECALLED", "LEGAL_BAR"];

/// A case of restorative justice.
pub const RESTORATIVE_JUSTICE: Lifecycle = Lifecycle {
    kind: "RESTORATIVE_JUSTICE",
    prefix: "RJ",
    stages: &[
        "OPEN", "REOPENED", "ALLOCATED", "INITIAL_CONTACT", "ASSESSMENT", "PREPARATION", "INTERVENTION_PLANNED",
        "INTERVENTION_DELIVERED", "AGREEMENT_MONITORING", "EVALUATION", CLOSED,
    ],
    reopened: "REOPENED",
    round: "PREPARATION",
    moves: &[
        m("OPEN", "ALLOCATED", Allocation),
        m("REOPENED", "ALLOCATED", Allocation),
        m("ALLOCATED", "INITIAL_CONTACT", Hand),
        m("INITIAL_CONTACT", "ASSESSMENT", Hand),
        m("ASSESSMENT", "PREPARATION", Hand),
        m("PREPARATION", "INTERVENTION_PLANNED", Hand),
        // A planned meeting falls through and has to be prepared again.
        m("INTERVENTION_PLANNED", "PREPARATION", Reason),
        m("INTERVENTION_PLANNED", "INTERVENTION_DELIVERED", Intervention),
        m("INTERVENTION_DELIVERED", "AGREEMENT_MONITORING", Hand),
        // No agreement was made.
        m("INTERVENTION_DELIVERED", "EVALUATION", Hand),
        // Another round.
        m("INTERVENTION_DELIVERED", "PREPARATION", Reason),
        m("AGREEMENT_MONITORING", "EVALUATION", Hand),
    ],
    endings: &[
        Ending { stages: &[], reasons: ALWAYS },
        Ending { stages: &[], reasons: JUSTICE },
        Ending { stages: &[], reasons: &["HARMED_WITHDREW", "HARMER_WITHDREW"] },
        Ending {
            stages: &["OPEN", "REOPENED", "ALLOCATED", "INITIAL_CONTACT", "ASSESSMENT", "PREPARATION", "INTERVENTION_PLANNED"],
            reasons: &["UNSUITABLE_RISK", "HARMED_NEEDS_MET_ELSEWHERE"],
        },
        Ending {
            stages: &["OPEN", "REOPENED", "ALLOCATED", "INITIAL_CONTACT", "ASSESSMENT"],
            reasons: &["DUPLICATE", "MISTAKE", "OUT_OF_SCOPE", "HARMER_NOT_TRACED"],
        },
        Ending {
            stages: &["INITIAL_CONTACT", "ASSESSMENT"],
            reasons: &["HARMED_DECLINED", "HARMED_UNABLE_TO_CONTACT", "HARMER_DECLINED", "HARMER_UNABLE_TO_CONTACT"],
        },
        Ending {
            stages: &["INITIAL_CONTACT", "ASSESSMENT", "PREPARATION", "INTERVENTION_PLANNED"],
            reasons: &["HARMER_NO_RESPONSIBILITY"],
        },
        Ending { stages: &["INTERVENTION_DELIVERED", "AGREEMENT_MONITORING", "EVALUATION"], reasons: &["COMPLETED_INTERVENTION"] },
    ],
};

/// Support by a victim care unit. Referring on runs beside it and is no stage.
pub const VICTIM_CARE: Lifecycle = Lifecycle {
    kind: "VICTIM_CARE",
    prefix: "VC",
    stages: &[
        "RECEIVED", "VALIDATED", "NEEDS_TRIAGE", "CONTACTING", "DECLINED", "UNABLE_TO_CONTACT", "REFERRAL_ISSUE", "ASSESSED",
        "SUPPORT_PLAN", "ONGOING", "DORMANT", "REVIEW", CLOSED,
    ],
    reopened: "NEEDS_TRIAGE",
    round: "CONTACTING",
    moves: &[
        m("RECEIVED", "VALIDATED", Hand),
        m("VALIDATED", "NEEDS_TRIAGE", Hand),
        m("NEEDS_TRIAGE", "CONTACTING", Hand),
        m("CONTACTING", "DECLINED", Hand),
        m("CONTACTING", "UNABLE_TO_CONTACT", Hand),
        m("CONTACTING", "REFERRAL_ISSUE", Reason),
        m("CONTACTING", "ASSESSED", Hand),
        // They call back, or the missing detail comes in.
        m("DECLINED", "CONTACTING", Reason),
        m("UNABLE_TO_CONTACT", "CONTACTING", Reason),
        m("REFERRAL_ISSUE", "CONTACTING", Reason),
        m("ASSESSED", "SUPPORT_PLAN", Hand),
        m("SUPPORT_PLAN", "ONGOING", Hand),
        m("ONGOING", "DORMANT", Reason),
        m("DORMANT", "ONGOING", Hand),
        m("DORMANT", "REVIEW", Hand),
        m("ONGOING", "REVIEW", Hand),
        // The review finds that support is still needed.
        m("REVIEW", "ONGOING", Reason),
    ],
    endings: &[
        Ending { stages: &[], reasons: ALWAYS },
        Ending { stages: &["RECEIVED", "VALIDATED", "NEEDS_TRIAGE", "CONTACTING", "REFERRAL_ISSUE"], reasons: &["DUPLICATE", "MISTAKE", "OUT_OF_SCOPE"] },
        Ending { stages: &["CONTACTING", "DECLINED"], reasons: &["HARMED_DECLINED"] },
        Ending { stages: &["CONTACTING", "UNABLE_TO_CONTACT", "REFERRAL_ISSUE"], reasons: &["HARMED_UNABLE_TO_CONTACT"] },
        Ending {
            stages: &["CONTACTING", "ASSESSED", "SUPPORT_PLAN", "ONGOING", "DORMANT", "REVIEW"],
            reasons: &["HARMED_WITHDREW", "HARMED_NEEDS_MET_ELSEWHERE"],
        },
        Ending { stages: &["ASSESSED", "SUPPORT_PLAN", "ONGOING", "DORMANT", "REVIEW"], reasons: &["COMPLETED_SUPPORT"] },
    ],
};

/// Support in domestic abuse.
pub const DOMESTIC_ABUSE: Lifecycle = Lifecycle {
    kind: "DOMESTIC_ABUSE",
    prefix: "DA",
    stages: &[
        "REFERRAL_ENTERED", "CONTACT", "REFERRAL_ISSUES", "ASSESSMENT", "ONGOING_SUPPORT", "DORMANT", "DECLINED_SUPPORT",
        "DROPPED_OUT", CLOSED,
    ],
    reopened: "CONTACT",
    round: "ASSESSMENT",
    moves: &[
        m("REFERRAL_ENTERED", "CONTACT", Hand),
        m("REFERRAL_ENTERED", "REFERRAL_ISSUES", Reason),
        m("REFERRAL_ISSUES", "CONTACT", Hand),
        m("CONTACT", "REFERRAL_ISSUES", Reason),
        m("CONTACT", "ASSESSMENT", Hand),
        m("CONTACT", "DECLINED_SUPPORT", Hand),
        m("ASSESSMENT", "ONGOING_SUPPORT", Hand),
        m("ASSESSMENT", "DECLINED_SUPPORT", Hand),
        m("ASSESSMENT", "DROPPED_OUT", Reason),
        m("ONGOING_SUPPORT", "DORMANT", Reason),
        m("ONGOING_SUPPORT", "DROPPED_OUT", Reason),
        // Risk is assessed again after about eight weeks or a new incident (domain.md 2.7).
        m("ONGOING_SUPPORT", "ASSESSMENT", Reason),
        m("DORMANT", "ONGOING_SUPPORT", Hand),
        m("DORMANT", "DROPPED_OUT", Reason),
        m("DECLINED_SUPPORT", "CONTACT", Reason),
        m("DROPPED_OUT", "CONTACT", Reason),
    ],
    endings: &[
        Ending { stages: &[], reasons: ALWAYS },
        Ending { stages: &["REFERRAL_ENTERED", "CONTACT", "REFERRAL_ISSUES"], reasons: &["DUPLICATE", "MISTAKE", "OUT_OF_SCOPE"] },
        Ending { stages: &["CONTACT", "REFERRAL_ISSUES"], reasons: &["HARMED_UNABLE_TO_CONTACT"] },
        Ending { stages: &["CONTACT", "ASSESSMENT", "DECLINED_SUPPORT"], reasons: &["HARMED_DECLINED"] },
        Ending {
            stages: &["CONTACT", "ASSESSMENT", "ONGOING_SUPPORT", "DORMANT", "DROPPED_OUT"],
            reasons: &["HARMED_WITHDREW", "HARMED_NEEDS_MET_ELSEWHERE"],
        },
        Ending { stages: &["ASSESSMENT", "ONGOING_SUPPORT", "DORMANT", "DROPPED_OUT"], reasons: &["COMPLETED_SUPPORT"] },
    ],
};
