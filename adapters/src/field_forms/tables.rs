//! The four forms, field by field.

use gateway_types::vocabulary::{Category, Sensitivity};

use super::schema::{Field, Form, Goes, Needed, Takes};

/// The forms that are taken.
pub static FORMS: &[&Form] = &[
    &CIT_CONTACT,
    &DIVERSION_REFERRAL,
    &OVERDOSE_EVENT,
    &LETHALITY_SCREEN,
];

macro_rules! fields {
    ($($category:ident { $($name:literal $needed:ident: $takes:expr, $says:literal;)+ })+) => {
        &[$($(Field {
            name: $name,
            says: $says,
            takes: $takes,
            needed: Needed::$needed,
            goes: Goes::Into(Category::$category),
        },)+)+]
    };
}

const SUBSTANCES: &[&str] = &[
    "alcohol",
    "opioid",
    "fentanyl",
    "heroin",
    "methamphetamine",
    "cocaine",
    "benzodiazepine",
    "cannabis",
    "other",
    "unknown",
];

/// After contact of an officer with somebody in crisis.
static CIT_CONTACT: Form = Form {
    name: "cit_contact",
    title: "crisis contact of an officer (CIT)",
    fields: fields! {
        CallsForService {
            "call_type_initial" No: Takes::Text(80), "the type that the call came in as";
            "call_type_final" No: Takes::Text(80), "the type it was closed as";
            "block" No: Takes::Text(120), "the block or other coarse place, no house number";
            "beat" No: Takes::Text(20), "the beat, sector or precinct";
            "cit_officer" No: Takes::SomeOf(&["requested", "dispatched", "arrived"]), "whether a CIT officer was asked for, sent, there";
            "dispositions" No: Takes::SomeOf(&[
                "no_action", "resources_given", "case_manager_called", "mobile_crisis_came", "referred",
                "voluntary_transport", "emergency_hold", "unable_to_locate",
            ]), "how it ended";
            "transported_to" No: Takes::OneOf(&["emergency_department", "crisis_center", "detoxification", "shelter", "home", "other"]), "where the person was brought";
        }
        PoliceIncident {
            "behaviors" No: Takes::SomeOf(&[
                "calm", "anxious", "confused", "withdrawn", "disorganized_speech", "hallucinating", "delusional", "agitated",
                "threatening", "self_harming", "intoxicated",
            ]), "what the officer saw; no diagnosis";
            "suicide" No: Takes::OneOf(&["none_stated", "thoughts", "threat", "attempt"]), "what was said or done about suicide";
            "suspected_substances" No: Takes::SomeOf(SUBSTANCES), "what the officer suspected";
            "naloxone_doses" No: Takes::Count(40), "doses of naloxone given";
            "injury_seen" No: Takes::YesNo, "whether the officer saw an injury";
            "medication_missed" No: Takes::YesNo, "whether medication was said to be missed";
            "prior_contact" No: Takes::YesNo, "whether the officers knew the person";
            "use_of_force" No: Takes::YesNo, "whether force was used";
        }
        SafetyFlags {
            "weapon" No: Takes::OneOf(&["none_seen", "knife", "firearm", "other"]), "a weapon that was seen";
            "hazard" No: Takes::Text(200), "what the next responder must know to be safe, fit to be dispatched";
        }
        ShelterStatus {
            "staying" No: Takes::OneOf(&["unsheltered", "sheltered", "housed", "unknown"]), "where the person stays";
        }
        Veteran {
            "veteran" No: Takes::YesNo, "whether the person says that they served";
        }
        Demographics {
            "language" No: Takes::Text(40), "the language that the person speaks best";
        }
        CaseManagerContact {
            "case_manager" No: Takes::Text(120), "the worker who was called";
            "case_manager_agency" No: Takes::Text(120), "their agency";
            "case_manager_phone" No: Takes::Text(40), "their number";
        }
    },
    tells: &[(Category::PoliceIncident, Sensitivity::Mh)],
};

/// A referral in place of an arrest, or without any (LEAD, PAD).
static DIVERSION_REFERRAL: Form = Form {
    name: "diversion_referral",
    title: "referral to pre-arrest diversion (LEAD, PAD)",
    fields: fields! {
        Arrest {
            "charge_held" No: Takes::Text(200), "the charge that is held, if this is in place of an arrest";
            "probable_cause" No: Takes::Text(400), "the grounds for it";
            "eligibility" No: Takes::SomeOf(&[
                "quantity_within_limit", "no_violent_record", "no_exploitation_of_minors", "no_contact_order_clear",
                "not_in_treatment_court", "prior_low_level_involvement",
            ]), "what was checked and found to hold";
        }
        PoliceIncident {
            "needs" No: Takes::SomeOf(&[
                "shelter", "housing", "food", "medical_care", "mental_health_care", "substance_use_care", "identification",
                "transport", "family", "legal_aid", "employment",
            ]), "what the person asked for";
            "handed_over_at" No: Takes::Moment, "when the care navigator met them";
            "handed_over_to" No: Takes::Text(120), "the programme that took over";
            "intake_by" No: Takes::Day, "until when the intake has to be";
        }
        CallsForService {
            "block" No: Takes::Text(120), "the block or other coarse place, no house number";
        }
        Contact {
            "phone" No: Takes::Text(40), "where the person can be reached";
        }
        SafetyFlags {
            "hazard" No: Takes::Text(200), "what the navigator must know to be safe";
        }
        CaseManagerContact {
            "case_manager" No: Takes::Text(120), "a worker whom the person already has";
            "case_manager_agency" No: Takes::Text(120), "their agency";
            "case_manager_phone" No: Takes::Text(40), "their number";
        }
    },
    tells: &[],
};

/// An overdose, in the elements of ODMAP.
static OVERDOSE_EVENT: Form = Form {
    name: "overdose_event",
    title: "overdose event (elements of ODMAP)",
    fields: fields! {
        CallsForService {
            "fatal" Yes: Takes::YesNo, "whether the person died; then the whole event is death information";
            "naloxone_doses" Yes: Takes::Count(40), "doses of naloxone given, 0 if none";
            "naloxone_by" No: Takes::OneOf(&["police", "ems", "fire", "bystander", "other"]), "who gave it first";
            "suspected_substances" No: Takes::SomeOf(SUBSTANCES), "what was suspected";
            "block" Yes: Takes::Text(120), "the block or other coarse place, no house number";
            "case_number" No: Takes::Text(40), "the number of the report";
            "transported_to" No: Takes::OneOf(&["emergency_department", "detoxification", "refused", "other"]), "where the person was brought";
        }
        SafetyFlags {
            "hazard" No: Takes::Text(200), "what the response team must know to be safe";
        }
    },
    tells: &[
        (Category::CallsForService, Sensitivity::Sud),
        (Category::DeathInformation, Sensitivity::Sud),
    ],
};

/// The result of a lethality screen (Maryland LAP); no answers, no partner, no place.
static LETHALITY_SCREEN: Form = Form {
    name: "lethality_screen",
    title: "result of a domestic violence lethality screen",
    fields: fields! {
        DvHistory {
            "result" Yes: Takes::OneOf(&["high_danger_by_answers", "high_danger_by_belief", "not_high_danger", "not_completed"]), "how the screen came out";
            "hotline" No: Takes::OneOf(&["spoke", "declined", "not_offered"]), "whether the person spoke to the hotline";
            "agreed_to_call" No: Takes::YesNo, "whether the person agreed that an advocate calls";
        }
        Contact {
            "safe_phone" No: Takes::Text(40), "a number that is safe to call";
        }
    },
    tells: &[
        (Category::DvHistory, Sensitivity::Sdv),
        (Category::Contact, Sensitivity::Sdv),
    ],
};
