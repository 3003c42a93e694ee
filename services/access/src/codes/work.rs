//! Lists about referrals, cases, sessions and the people who do the work.

use super::{CodeList, code_list};

pub(super) const LISTS: &[CodeList] = &[
    code_list!("referral_initiated_by", 1, {
        "HARMED" => "Person harmed", "HARMER" => "Person responsible for harm", "PROFESSIONAL" => "Professional",
        "FAMILY_SUPPORTER" => "Family member or supporter", "OOCD_CONDITION" => "Condition of an out of court disposal",
        "COURT" => "Court",
    }),
    code_list!("referral_submitted_by", 1, {
        "SELF" => "The person themselves", "ON_BEHALF" => "Someone on their behalf", "PROFESSIONAL" => "Professional",
        "POLICE_FEED" => "Police feed", "PARTNER_TRANSFER" => "Transfer from a partner", "IMPORT" => "Import",
        "STAFF" => "Staff of the service",
    }),
    code_list!("referral_source", 1, {
        "Police": {
            "POLICE_OIC" => "Police: officer in the case", "POLICE_NEIGHBOURHOOD" => "Police: neighbourhood team",
            "POLICE_OOCD_TEAM" => "Police: out of court disposal team", "POLICE_VCU" => "Police: victim care unit",
            "WITNESS_CARE" => "Witness care unit", "BTP" => "British Transport Police",
        }
        "Probation, prisons and courts": {
            "PROBATION_COM" => "Probation: community practitioner", "PRISON_POM" => "Prison: key practitioner",
            "PRISON_OTHER" => "Prison: other staff", "VICTIM_LIAISON" => "Victim liaison officer",
            "YOUTH_JUSTICE" => "Youth justice service", "COURT" => "Court", "CPS" => "Crown Prosecution Service",
        }
        "Support services": {
            "VICTIM_SUPPORT" => "Victim support service", "ISVA" => "Independent sexual violence adviser",
            "IDVA" => "Independent domestic violence adviser", "VCSE" => "Charity or community organisation",
            "OTHER_RJ_SERVICE" => "Another restorative justice service",
        }
        "Public services": {
            "LOCAL_AUTHORITY" => "Local authority", "ASB_TEAM" => "Antisocial behaviour team",
            "HOUSING_ASSOCIATION" => "Housing association", "SCHOOL" => "School or college", "HEALTH_GP" => "Health service or GP",
            "SOCIAL_CARE" => "Social care",
        }
        "People": { "SELF" => "Self", "FAMILY" => "Family", "WEBSITE" => "Website", "OTHER" => "Other" }
    }),
    code_list!("referral_reason", 1, {
        "NOT_ELIGIBLE_AREA" => "Outside our area", "NOT_ELIGIBLE_TYPE" => "Type of harm is not covered",
        "NO_CONSENT" => "No consent", "INSUFFICIENT_DETAIL" => "Not enough detail",
        "UNSAFE_TO_CONTACT" => "Not safe to contact", "DUPLICATE" => "Duplicate", "ALREADY_OPEN" => "Already an open case",
        "NO_ADMISSION" => "Responsibility is not accepted", "RISK_TOO_HIGH" => "Risk is too high",
        "OTHER_SERVICE_BETTER" => "Another service is better placed", "CAPACITY" => "No capacity",
        "MISTAKE" => "Referred by mistake",
    }),
    code_list!("intervention", 1, {
        "Direct": {
            "RESTORATIVE_CONVERSATION" => "Restorative conversation", "FACE_TO_FACE_MEETING" => "Face-to-face meeting",
            "CONFERENCE" => "Conference", "CIRCLE" => "Circle", "VIDEO_MEETING" => "Video meeting",
            "TELEPHONE" => "Telephone conversation", "FAMILY_GROUP_CONFERENCE" => "Family group conference",
        }
        "Indirect": {
            "SHUTTLE_MEDIATION" => "Shuttle mediation", "LETTER_OF_APOLOGY" => "Letter of apology",
            "LETTER_OF_EXPLANATION" => "Letter of explanation", "LETTER_FROM_HARMED" => "Letter from the person harmed",
            "RECORDED_MESSAGE" => "Recorded message", "SURROGATE_MEETING" => "Meeting with a surrogate",
            "REPARATION_ACTIVITY" => "Reparation activity",
        }
        "Preparatory": { "VICTIM_AWARENESS" => "Victim awareness work", "PREPARATION_ONLY" => "Preparation only" }
    }),
    code_list!("session_result", 1, {
        "HELD" => "Held", "HELD_PARTLY" => "Held in part", "POSTPONED" => "Postponed", "CANCELLED" => "Cancelled",
    }),
    code_list!("session_reason", 1, {
        "HARMED_REQUEST" => "Asked for by the person harmed",
        "HARMER_REQUEST" => "Asked for by the person responsible for harm",
        "NO_SHOW_HARMED" => "The person harmed did not come",
        "NO_SHOW_HARMER" => "The person responsible for harm did not come", "LATE" => "Started too late",
        "LOGISTICS" => "Venue, travel or technology", "RISK" => "Risk", "STAFF" => "Practitioner not available",
        "PRISON_MOVE" => "Moved to another prison",
    }),
    code_list!("outcome", 1, {
        "FULL_AGREEMENT" => "Full agreement", "PARTIAL_AGREEMENT" => "Agreement in part",
        "NO_AGREEMENT_NEEDED" => "No agreement needed", "NO_AGREEMENT" => "No agreement reached",
        "APOLOGY_GIVEN" => "Apology given", "APOLOGY_ACCEPTED" => "Apology accepted",
        "QUESTIONS_ANSWERED" => "Questions answered", "LETTER_DELIVERED" => "Letter delivered",
        "LETTER_HELD_NOT_DELIVERED" => "Letter held and not delivered", "INFORMATION_ONLY" => "Information only",
        "NO_CONTACT_AGREEMENT" => "Agreement not to contact", "COEXISTENCE_AGREEMENT" => "Agreement to live alongside",
    }),
    code_list!("agreement_item_kind", 1, {
        "APOLOGY" => "Apology", "FINANCIAL" => "Payment", "PRACTICAL_REPARATION" => "Practical reparation",
        "COMMUNITY_WORK" => "Work for the community", "TREATMENT" => "Treatment", "EDUCATION" => "Education",
        "BEHAVIOUR" => "Change of behaviour", "NO_CONTACT" => "No contact",
        "UPDATE_TO_HARMED" => "Update to the person harmed", "OTHER" => "Other",
    }),
    code_list!("agreement_item_state", 1, {
        "PROPOSED" => "Proposed", "AGREED" => "Agreed", "IN_PROGRESS" => "In progress", "COMPLETED" => "Completed",
        "PARTLY" => "Completed in part", "BREACHED" => "Not kept", "WAIVED" => "Waived",
    }),
    code_list!("close_reason", 1, {
        "Completed": {
            "COMPLETED_INTERVENTION" => "Restorative work completed", "COMPLETED_SUPPORT" => "Support completed",
        }
        "Person harmed": {
            "HARMED_DECLINED" => "Person harmed declined", "HARMED_WITHDREW" => "Person harmed withdrew",
            "HARMED_UNABLE_TO_CONTACT" => "Unable to contact the person harmed",
            "HARMED_NEEDS_MET_ELSEWHERE" => "Needs met elsewhere", "HARMED_MOVED" => "Person harmed moved away",
            "HARMED_DIED" => "Person harmed died",
        }
        "Person responsible for harm": {
            "HARMER_DECLINED" => "Person responsible declined", "HARMER_WITHDREW" => "Person responsible withdrew",
            "HARMER_NO_RESPONSIBILITY" => "Responsibility is not accepted",
            "HARMER_UNABLE_TO_CONTACT" => "Unable to contact the person responsible",
            "HARMER_NOT_TRACED" => "Person responsible not traced", "HARMER_DIED" => "Person responsible died",
        }
        "Service": {
            "UNSUITABLE_RISK" => "Unsuitable because of risk", "DUPLICATE" => "Duplicate", "MISTAKE" => "Opened by mistake",
            "TRANSFERRED" => "Transferred", "OUT_OF_SCOPE" => "Out of scope",
        }
        "Legal": {
            "ACQUITTED" => "Acquitted", "SENTENCE_EXPIRED" => "Sentence expired", "RECALLED" => "Recalled to prison",
            "LEGAL_BAR" => "Legal bar",
        }
        "Other": { "OTHER" => "Other reason" }
    }),
    code_list!("agency_kind", 1, {
        "PCC_OFFICE" => "Police and crime commissioner's office", "POLICE" => "Police", "PROBATION" => "Probation",
        "PRISON" => "Prison", "YJS" => "Youth justice service", "COUNCIL" => "Council", "HOUSING" => "Housing",
        "HEALTH" => "Health", "CHARITY" => "Charity", "COURT" => "Court", "SCHOOL" => "School",
        "RJ_PROVIDER" => "Restorative justice provider", "COMBINED_AUTHORITY" => "Combined authority",
        "GOVERNMENT" => "Government",
    }),
    code_list!("participant_role", 1, {
        "HARMED_PERSON" => "Person harmed", "HARMED_REPRESENTATIVE" => "Representative of the person harmed",
        "HARMER" => "Person responsible for harm", "SUPPORTER_OF_HARMED" => "Supporter of the person harmed",
        "SUPPORTER_OF_HARMER" => "Supporter of the person responsible", "PARENT_GUARDIAN" => "Parent or guardian",
        "COMMUNITY_MEMBER" => "Community member", "CORPORATE_HARMED" => "Organisation harmed", "WITNESS" => "Witness",
        "FACILITATOR" => "Facilitator", "CO_FACILITATOR" => "Co-facilitator", "CASE_SUPERVISOR" => "Case supervisor",
        "INTERPRETER" => "Interpreter", "INTERMEDIARY" => "Intermediary", "OBSERVER" => "Observer",
        "REFERRER" => "Referrer", "PROFESSIONAL" => "Professional",
    }),
    code_list!("participation_status", 1, {
        "NOT_CONTACTED" => "Not contacted yet", "CONTACTING" => "Being contacted",
        "UNABLE_TO_CONTACT" => "Unable to contact", "ENGAGED" => "Engaged", "DECLINED" => "Declined",
        "CONSENTED" => "Agreed to take part", "PREPARING" => "Preparing", "READY" => "Ready",
        "PARTICIPATED" => "Took part", "WITHDRAWN" => "Withdrawn", "UNSUITABLE" => "Unsuitable",
        "COMPLETED" => "Completed",
    }),
    code_list!("activity_kind", 1, {
        "CONTACT" => "Contact", "PREPARATION" => "Preparation", "MEETING" => "Meeting", "TRAVEL" => "Travel",
        "ADMIN" => "Administration", "TRAINING" => "Training", "SUPERVISION_GIVEN" => "Supervision given",
        "SUPERVISION_RECEIVED" => "Supervision received", "QA" => "Quality assurance",
        "MULTI_AGENCY_MEETING" => "Multi-agency meeting", "COURT_PRISON_VISIT" => "Court or prison visit",
    }),
    code_list!("note_side", 1, {
        "BOTH" => "Both sides", "HARMED" => "Person harmed", "HARMER" => "Person responsible for harm",
    }),
    code_list!("allocation_side", 1, {
        "BOTH" => "Both sides", "HARMED" => "Person harmed", "HARMER" => "Person responsible for harm",
    }),
    code_list!("practitioner_level", 1, {
        "TRAINEE" => "Trainee", "FOUNDATION" => "Foundation", "PRACTITIONER" => "Practitioner",
        "ADVANCED" => "Advanced: complex and sensitive cases", "SUPERVISOR" => "Supervisor",
    }),
];
