//! Lists about the harm and the justice process around it.

use super::{CodeList, code_list};

pub(super) const LISTS: &[CodeList] = &[
    code_list!("harm_type", 1, {
        "Violence against the person": {
            "VAP.HOM" => "Homicide", "VAP.DSI" => "Death or serious injury by unlawful driving",
            "VAP.WI" => "Violence with injury", "VAP.WOI" => "Violence without injury",
            "VAP.SH" => "Stalking and harassment",
        }
        "Sexual harm": { "SEX.RAPE" => "Rape", "SEX.OTH" => "Other sexual harm" }
        "Robbery": { "ROB.PERS" => "Robbery of a person", "ROB.BUS" => "Robbery of a business" }
        "Burglary": { "BUR.RES" => "Burglary of a home", "BUR.NONRES" => "Burglary of business or community premises" }
        "Vehicle crime": { "VEH" => "Vehicle crime" }
        "Theft": {
            "THE.PERS" => "Theft from a person", "THE.BIKE" => "Bicycle theft", "THE.SHOP" => "Shoplifting",
            "THE.OTH" => "Other theft",
        }
        "Arson and criminal damage": { "ARS.ARSON" => "Arson", "ARS.CD" => "Criminal damage" }
        "Drugs": { "DRU.TRAF" => "Trafficking of drugs", "DRU.POSS" => "Possession of drugs" }
        "Other crime": {
            "WEA" => "Possession of weapons", "PUB" => "Public order", "MIS" => "Miscellaneous crimes against society",
            "FRA" => "Fraud",
        }
        "Harm that is not a crime": {
            "ASB" => "Antisocial behaviour", "NEIGHBOUR_DISPUTE" => "Neighbour dispute",
            "FAMILY_CONFLICT" => "Family conflict", "BULLYING" => "Bullying", "SCHOOL_EXCLUSION" => "School exclusion",
            "WORKPLACE" => "Conflict at work", "PRISON_CONFLICT" => "Conflict in prison",
            "HATE_INCIDENT" => "Hate incident", "ROAD_DEATH_INJURY" => "Death or injury on the road",
            "COMPLAINT_AGAINST_POLICE" => "Complaint against the police", "INSTITUTIONAL" => "Harm by an institution",
            "OTHER" => "Other harm",
        }
    }),
    code_list!("crime_flag", 1, {
        "DOMESTIC_ABUSE" => "Domestic abuse", "HATE" => "Hate", "CSA" => "Child sexual abuse",
        "CSE" => "Child sexual exploitation", "HBA" => "So-called honour-based abuse",
        "FORCED_MARRIAGE" => "Forced marriage", "FGM" => "Female genital mutilation",
        "MODERN_SLAVERY" => "Modern slavery", "KNIFE" => "Knife or blade", "CORROSIVE" => "Corrosive substance",
        "ONLINE" => "Online", "ALCOHOL" => "Alcohol", "GANG_COUNTY_LINES" => "Gangs or county lines",
        "RACIAL_REL_AGGRAVATED" => "Racially or religiously aggravated",
    }),
    code_list!("hate_strand", 1, {
        "Monitored": {
            "RACE" => "Race", "RELIGION" => "Religion", "SEXUAL_ORIENTATION" => "Sexual orientation",
            "DISABILITY" => "Disability", "TRANSGENDER" => "Transgender identity",
        }
        "Local": {
            "AGE" => "Age", "GENDER" => "Gender", "ALT_SUBCULTURE" => "Alternative subculture",
            "SEX_WORK" => "Sex work", "OTHER_LOCAL" => "Other local strand",
        }
    }),
    code_list!("hate_kind", 1, { "CRIME" => "Hate crime", "INCIDENT" => "Hate incident" }),
    code_list!("hate_perceived_by", 1, {
        "VICTIM" => "The person harmed", "WITNESS" => "A witness", "OFFICER" => "An officer", "OTHER" => "Someone else",
    }),
    code_list!("complex_criterion", 1, {
        "HARM_OVER_3_YEARS" => "Harm over more than 3 years",
        "MORE_THAN_3_HARMERS_OR_HARMED" => "More than 3 people harmed or responsible",
        "VULNERABLE_PARTICIPANT" => "A participant is vulnerable",
        "CONTINUING_RISK_OR_INTENT" => "Continuing risk or intent", "MULTIPLE_AGENCIES" => "Several agencies involved",
    }),
    code_list!("sensitive_criterion", 1, {
        "HOMICIDE" => "Homicide", "SEXUAL" => "Sexual harm", "DOMESTIC_ABUSE" => "Domestic abuse",
        "CHILD_ABUSE" => "Child abuse", "SERIOUS_VIOLENCE" => "Serious violence", "HATE" => "Hate",
        "STALKING" => "Stalking", "TERROR" => "Terrorism", "BEREAVEMENT" => "Bereavement",
        "MEDIA_INTEREST" => "Media interest",
    }),
    code_list!("criminal_justice_stage", 1, {
        "Criminal justice": {
            "NOT_REPORTED" => "Not reported", "UNDER_INVESTIGATION" => "Under investigation",
            "COMMUNITY_RESOLUTION" => "Community resolution", "OUT_OF_COURT_DISPOSAL" => "Out of court disposal",
            "CONDITIONAL_CAUTION" => "Conditional caution", "SIMPLE_CAUTION" => "Simple caution",
            "YOUTH_CAUTION" => "Youth caution", "DIVERSION_OUTCOME_22" => "Diversion (outcome 22)",
            "NFA" => "No further action", "CHARGED" => "Charged", "PRE_SENTENCE" => "Before sentence",
            "POST_SENTENCE_COMMUNITY" => "After sentence: community", "POST_SENTENCE_SUSPENDED" => "After sentence: suspended",
            "POST_SENTENCE_CUSTODY" => "After sentence: custody", "ON_LICENCE" => "On licence",
            "SENTENCE_COMPLETE" => "Sentence complete", "ACQUITTED" => "Acquitted",
        }
        "Outside criminal justice": {
            "EARLY_HELP" => "Early help", "EARLY_INTERVENTION" => "Early intervention", "EDUCATIONAL" => "Educational",
            "YOUNG_PERSON_DIVERSION" => "Diversion of a young person",
            "HOUSING_ASB" => "Housing or antisocial behaviour process", "CARE_SETTING" => "Care setting",
            "WORKPLACE" => "Workplace",
        }
    }),
];
