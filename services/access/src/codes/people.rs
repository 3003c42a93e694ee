//! Lists about people, their contact details and their consent.

use super::{CodeList, code_list};

pub(super) const LISTS: &[CodeList] = &[
    code_list!("ethnicity", 1, {
        "White": {
            "W1" => "White: English, Welsh, Scottish, Northern Irish or British", "W2" => "White: Irish",
            "W3" => "White: Gypsy or Irish Traveller", "W4" => "White: Roma", "W9" => "White: any other background",
        }
        "Mixed or multiple": {
            "M1" => "Mixed: White and Black Caribbean", "M2" => "Mixed: White and Black African",
            "M3" => "Mixed: White and Asian", "M9" => "Mixed: any other background",
        }
        "Asian or Asian British": {
            "A1" => "Asian: Indian", "A2" => "Asian: Pakistani", "A3" => "Asian: Bangladeshi", "A4" => "Asian: Chinese",
            "A9" => "Asian: any other background",
        }
        "Black, Black British, Caribbean or African": {
            "B1" => "Black: Caribbean", "B2" => "Black: African", "B9" => "Black: any other background",
        }
        "Other": { "O2" => "Other: Arab", "O9" => "Other: any other background" }
        "No answer": { "NS" => "Prefer not to say", "UN" => "Not known", "NA" => "Not asked" }
    }),
    code_list!("sex", 1, {
        "F" => "Female", "M" => "Male", "NS" => "Prefer not to say", "N" => "Not known", "NA" => "Not asked",
    }),
    code_list!("gender_identity", 1, {
        "GIF" => "Female", "GIM" => "Male", "GINB" => "Non-binary", "GISD" => "Prefers to self-describe",
        "GIRF" => "Prefer not to say", "UNK" => "Not known", "NA" => "Not asked",
    }),
    code_list!("sexual_orientation", 1, {
        "HET" => "Heterosexual or straight", "HOM" => "Gay or lesbian", "BIS" => "Bisexual", "OTH" => "Other",
        "ND" => "Asked but not answered", "REF" => "Prefer not to say", "UNKNOWN" => "Not known", "NA" => "Not asked",
    }),
    code_list!("religion", 1, {
        "NONE" => "No religion", "BUDDHIST" => "Buddhist", "CHRISTIAN" => "Christian", "HINDU" => "Hindu",
        "JEWISH" => "Jewish", "MUSLIM" => "Muslim", "SIKH" => "Sikh", "OTHER" => "Any other religion or belief",
        "NS" => "Prefer not to say", "UN" => "Not known", "NA" => "Not asked",
    }),
    code_list!("relationship_status", 1, {
        "SINGLE" => "Single", "MARRIED" => "Married", "CIVIL_PARTNERSHIP" => "In a civil partnership",
        "COHABITING" => "Living with a partner", "SEPARATED" => "Separated", "DIVORCED" => "Divorced",
        "DISSOLVED_CP" => "Civil partnership dissolved", "WIDOWED" => "Widowed",
        "SURVIVING_CP" => "Surviving civil partner", "OTHER" => "Other", "PNTS" => "Prefer not to say",
        "UN" => "Not known", "NA" => "Not asked",
    }),
    code_list!("age_band", 1, {
        "UNDER_10" => "Under 10", "10_13" => "10 to 13", "14_17" => "14 to 17", "18_24" => "18 to 24",
        "25_34" => "25 to 34", "35_44" => "35 to 44", "45_54" => "45 to 54", "55_64" => "55 to 64",
        "65_74" => "65 to 74", "75_OVER" => "75 or over", "UN" => "Not known",
    }),
    code_list!("disability", 1, {
        "Y" => "Yes", "N" => "No", "PNTS" => "Prefer not to say", "UN" => "Not known", "NA" => "Not asked",
    }),
    code_list!("disability_impact", 1, {
        "A_LOT" => "Limits daily life a lot", "A_LITTLE" => "Limits daily life a little",
        "NONE" => "Does not limit daily life", "PNTS" => "Prefer not to say", "UN" => "Not known", "NA" => "Not asked",
    }),
    code_list!("impairment", 1, {
        "VISION" => "Vision", "HEARING" => "Hearing", "MOBILITY" => "Mobility", "DEXTERITY" => "Dexterity",
        "LEARNING" => "Learning or understanding", "MEMORY" => "Memory", "MENTAL_HEALTH" => "Mental health",
        "STAMINA" => "Stamina, breathing or fatigue", "SOCIAL_BEHAVIOURAL" => "Social or behavioural",
        "SPEECH" => "Speech", "OTHER" => "Other",
    }),
    code_list!("additional_need", 1, {
        "INTERPRETER" => "Interpreter", "BSL" => "British Sign Language", "EASY_READ" => "Easy read",
        "LARGE_PRINT" => "Large print", "BRAILLE" => "Braille", "HEARING_LOOP" => "Hearing loop",
        "STEP_FREE" => "Step-free access", "CARER" => "Carer to attend", "INTERMEDIARY" => "Intermediary",
        "CHILDCARE" => "Childcare", "TRANSPORT" => "Transport", "LITERACY" => "Help with reading and writing",
        "DIGITAL" => "Help with technology", "NEURODIVERSITY" => "Neurodiversity",
        "LOCATION_TRAVEL" => "Location and travel", "CARING" => "Caring responsibilities",
        "EMPLOYMENT" => "Working hours", "DIVERSITY" => "Cultural or religious needs",
    }),
    code_list!("vulnerability", 1, {
        "UNDER_18" => "Under 18", "CARE_EXPERIENCED" => "Care experienced", "MENTAL_HEALTH" => "Mental health",
        "SUBSTANCE" => "Drug or alcohol use", "HOMELESS" => "Homeless or at risk of it",
        "NRPF" => "No recourse to public funds", "ISOLATED" => "Isolated", "REPEAT_VICTIM" => "Harmed repeatedly",
        "INTIMIDATED" => "Intimidated", "BEREAVED" => "Bereaved", "PREGNANT" => "Pregnant",
        "CAPACITY_CONCERN" => "Concern about mental capacity", "SAFEGUARDING_ADULT" => "Adult safeguarding concern",
        "SAFEGUARDING_CHILD" => "Child safeguarding concern",
    }),
    code_list!("contact_kind", 1, {
        "MOBILE" => "Mobile telephone", "LANDLINE" => "Landline", "EMAIL" => "Email", "POST" => "Post",
        "PROFESSIONAL" => "Through a professional", "OTHER" => "Other",
    }),
    code_list!("contact_safety", 1, {
        "SAFE" => "Safe", "SAFE_WITH_LIMITS" => "Safe with limits", "UNSAFE" => "Unsafe", "UNKNOWN" => "Not known",
    }),
    code_list!("contact_result", 1, {
        "REACHED" => "Reached", "NO_ANSWER" => "No answer", "VOICEMAIL_LEFT" => "Voicemail left",
        "MESSAGE_SENT" => "Message sent", "LETTER_SENT" => "Letter sent", "WRONG_DETAILS" => "Wrong contact details",
        "SOMEONE_ELSE_ANSWERED" => "Someone else answered", "ASKED_TO_CALL_BACK" => "Asked to be contacted later",
        "NOT_SAFE_TO_SPEAK" => "Not safe to speak", "DECLINED" => "Does not want contact",
    }),
    code_list!("consent_purpose", 1, {
        "CONTACT" => "Being contacted", "TAKE_PART" => "Taking part", "SHARE_WITH" => "Sharing with an agency",
        "SHARE_WITH_OTHER_PARTY" => "Sharing with the other party", "SURVEY" => "Feedback surveys",
        "SMS" => "Text messages", "EMAIL" => "Email", "TRAINING_USE" => "Use in training", "RESEARCH" => "Research",
        "MEDIA" => "Media", "RECORD_SESSION" => "Recording a session",
    }),
    code_list!("consent_state", 1, {
        "REQUESTED" => "Asked for", "GIVEN" => "Given", "REVIEW_DUE" => "Review due", "RENEWED" => "Renewed",
        "WITHDRAWN" => "Withdrawn", "EXPIRED" => "Expired", "REFUSED" => "Refused",
    }),
    code_list!("consent_how", 1, {
        "SPOKEN" => "Spoken", "WRITTEN" => "Written", "E_FORM" => "Online form", "GUARDIAN" => "Parent or guardian",
    }),
];
