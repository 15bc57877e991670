//! The scope of a consent in plain words, to be read back before it counts: "this lets A tell B about C until D".
//!
//! Written for a reader of sixth grade. It names agencies and people at agencies, never the client, so the same text
//! serves as the explanation of scope that goes with a disclosure (42 CFR 2.32(b)).

use std::fmt::Write as _;

use gateway_types::vocabulary::{Category, ExpiryEvent, PurposeOfUse, RecipientClass};
use gateway_types::{AgencyId, Timestamp, WordSet};

use crate::consent::Consent;
use crate::terms::{CategoryScope, Expiry, NamedPerson, Terms};

/// Somebody mentioned on a form, whose name in words is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Mentioned<'a> {
    /// An agency.
    Agency(&'a AgencyId),
    /// A person at an agency.
    Person(&'a NamedPerson),
}

impl Consent {
    /// What the form lets happen, in plain words. `name_of` gives names; where it has none the id stands.
    #[must_use]
    pub fn confirm_back(&self, name_of: impl Fn(Mentioned<'_>) -> Option<String>) -> String {
        let mut text = self.terms().in_plain_words(&name_of);
        let mut partly: Vec<String> = Vec::new();
        for revocation in self.revocations() {
            match &revocation.scope {
                crate::signing::RevocationScope::Whole => {
                    return "This consent was taken back. It lets nobody share anything.".to_owned();
                }
                crate::signing::RevocationScope::Recipients(agencies) => {
                    partly.extend(agencies.iter().map(|id| agency_name(id, &name_of)));
                }
            }
        }
        if !partly.is_empty() {
            let _ = write!(text, " You took it back for {}.", list(&partly, "and"));
        }
        text
    }
}

impl Terms {
    pub(crate) fn in_plain_words(&self, name_of: &impl Fn(Mentioned<'_>) -> Option<String>) -> String {
        let mut from: Vec<String> = self
            .discloser
            .agencies
            .iter()
            .map(|id| agency_name(id, name_of))
            .collect();
        from.extend(class_words(self.discloser.classes));
        // Persons stand for their agency: the agency beside them would read wider than the form is applied.
        let by_person = |id: &AgencyId| self.recipients.persons.iter().any(|person| person.agency == *id);
        let mut to: Vec<String> = self
            .recipients
            .persons
            .iter()
            .map(|person| person_name(person, name_of))
            .collect();
        to.extend(
            self.recipients
                .agencies
                .iter()
                .filter(|id| !by_person(id))
                .map(|id| agency_name(id, name_of)),
        );
        to.extend(class_words(self.recipients.classes));
        let why: Vec<String> = self
            .purposes
            .iter()
            .map(|word| purpose_words(word).to_owned())
            .collect();
        let Some(what) = information_words(self.categories) else {
            return "This lets nobody share anything: it names no information.".to_owned();
        };
        for (names, missing) in [
            (
                &from,
                "This lets nobody share anything: it does not say who may share.",
            ),
            (&to, "This lets nobody share anything: it does not say with whom."),
            (&why, "This lets nobody share anything: it does not say what for."),
        ] {
            if names.is_empty() {
                return missing.to_owned();
            }
        }
        let mut text = format!(
            "This lets {} tell {} about {}. The reason: {}. {}",
            list(&from, "and"),
            list(&to, "and"),
            what,
            list(&why, "and"),
            end_words(self.expiry),
        );
        if let Some(proceeding) = &self.proceeding {
            let _ = write!(text, " It is only for this case: {}.", proceeding.reveal());
        }
        if self.no_investigative_use {
            text.push_str(" It may not be used to investigate you.");
        }
        text
    }
}

pub(crate) fn agency_name(id: &AgencyId, name_of: &impl Fn(Mentioned<'_>) -> Option<String>) -> String {
    name_of(Mentioned::Agency(id)).unwrap_or_else(|| id.to_string())
}

pub(crate) fn person_name(
    person: &NamedPerson,
    name_of: &impl Fn(Mentioned<'_>) -> Option<String>,
) -> String {
    let name = name_of(Mentioned::Person(person)).unwrap_or_else(|| person.staff.to_string());
    format!("{name} at {}", agency_name(&person.agency, name_of))
}

pub(crate) fn list(items: &[String], joiner: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first, last] => format!("{first} {joiner} {last}"),
        [most @ .., last] => format!("{}, {joiner} {last}", most.join(", ")),
    }
}

pub(crate) fn class_words(classes: WordSet<RecipientClass>) -> impl Iterator<Item = String> {
    classes.iter().filter_map(|class| {
        let words = match class {
            RecipientClass::TreatingProviders => "the doctors and clinics that treat you",
            RecipientClass::HealthPlans => "your health plans",
            RecipientClass::ThirdPartyPayers => "others who pay for your care",
            RecipientClass::ProgramOperators => "people who help run this program",
            RecipientClass::Part2Programs => "any drug or alcohol program that treated you",
            RecipientClass::HmisParticipants => "the agencies that share the homeless services system",
            RecipientClass::Anyone => return None,
        };
        Some(words.to_owned())
    })
}

fn information_words(scope: CategoryScope) -> Option<String> {
    match scope {
        CategoryScope::All => Some("all your records (not notes that a therapist keeps apart)".to_owned()),
        CategoryScope::Only(categories) if categories.is_empty() => None,
        CategoryScope::Only(categories) => {
            let words: Vec<String> = categories
                .iter()
                .map(|word| category_words(word).to_owned())
                .collect();
            Some(list(&words, "and"))
        }
    }
}

pub(crate) fn end_words(expiry: Expiry) -> String {
    match expiry {
        Expiry::At(end) => format!("It ends on {}.", moment_words(end)),
        Expiry::Event(event) => format!("It ends {}.", event_words(event)),
        Expiry::None => "It has no end date. It lasts until you take it back.".to_owned(),
        Expiry::Unstated => "It does not say when it ends, so it cannot be used.".to_owned(),
    }
}

/// `November 10, 2026` if a day begins then, with the time of day otherwise. UTC, as stored.
pub(crate) fn moment_words(moment: Timestamp) -> String {
    let date = moment.date();
    let month = match date.month() {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    };
    let day = format!("{month} {}, {}", date.day(), date.year());
    if date.start_utc() == moment {
        return format!("{day}, as the day begins (UTC)");
    }
    let seconds = moment.as_seconds() - date.start_utc().as_seconds();
    format!("{day} at {:02}:{:02} (UTC)", seconds / 3600, seconds / 60 % 60)
}

const fn event_words(event: ExpiryEvent) -> &'static str {
    match event {
        ExpiryEvent::EndOfTreatment => "when your treatment ends",
        ExpiryEvent::Discharge => "when you leave the program",
        ExpiryEvent::ProgramExit => "when you leave the housing program",
        ExpiryEvent::CaseClosure => "when your case is closed",
        ExpiryEvent::FinalDisposition => "when your court case is over",
        ExpiryEvent::EndOfStudy => "when the study ends",
    }
}

pub(crate) const fn purpose_words(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "to treat you",
        PurposeOfUse::Coc => "to work together on your care",
        PurposeOfUse::Etreat => "to treat you in an emergency",
        PurposeOfUse::Btg => "to open your record in an emergency",
        PurposeOfUse::Hpaymt => "to get your care paid for",
        PurposeOfUse::Hoperat => "to run their health services",
        PurposeOfUse::Hqualimp => "to make care better",
        PurposeOfUse::Hlegal => "for their own legal advice",
        PurposeOfUse::Gov => "for government work",
        PurposeOfUse::Fraud => "to look into fraud",
        PurposeOfUse::Milcdm => "for military command",
        PurposeOfUse::Hdecd => "for matters after a death",
        PurposeOfUse::Mltraining => "to train computer programs",
        PurposeOfUse::Hresch => "for research",
        PurposeOfUse::Pubhlth => "to protect public health",
        PurposeOfUse::Disaster => "to help in a disaster",
        PurposeOfUse::Threat => "to prevent serious harm",
        PurposeOfUse::Hmarkt => "for marketing",
        PurposeOfUse::Patrqt => "because you ask for it",
        PurposeOfUse::Famrqt => "because your family or caregiver asks for it",
        PurposeOfUse::Pwatrny => "because the person who acts for you asks for it",
        PurposeOfUse::LeInvest => "to investigate a crime",
        PurposeOfUse::LeWelfare => "for the police to check that you are safe",
        PurposeOfUse::LeOutreach => "for police outreach to people without homes",
        PurposeOfUse::LeReport => "to report a crime to the police",
        PurposeOfUse::Dispatch => "to send police, fire or medical help",
        PurposeOfUse::CjDispatch => "to send the police",
        PurposeOfUse::CjMonitor => "to check that you follow a court's treatment order",
        PurposeOfUse::CustodySafety => "for health and safety in jail",
        PurposeOfUse::HousingCoord => "to find you housing or shelter",
        PurposeOfUse::HousingElig => "to check if you can get housing",
        PurposeOfUse::TenantScreen => "for a landlord to check you as a tenant",
        PurposeOfUse::ServiceReq => "to answer a request for a city service",
        PurposeOfUse::Ingest => "to keep it in a shared system",
        PurposeOfUse::Match => "to find out which records are yours",
        PurposeOfUse::Reporting => "for reports that count people",
        PurposeOfUse::BulkSync => "to send it on all the time",
        PurposeOfUse::LegalProc => "for a court case or a legal hearing",
        PurposeOfUse::DeathInq => "to find out why someone died",
        PurposeOfUse::DeathReview => "to learn from a death",
        PurposeOfUse::Audit => "to check that rules are followed",
        PurposeOfUse::AbuseReport => "to report abuse or neglect",
        PurposeOfUse::AbuseFollowup => "to follow up a report of abuse or neglect",
        PurposeOfUse::PdmpReport => "to report to the state's medicine register",
    }
}

pub(crate) const fn category_words(category: Category) -> &'static str {
    match category {
        Category::Demographics => "your name, birth date, sex and race",
        Category::Ssn => "your social security number",
        Category::Contact => "how to reach you",
        Category::Location => "where you are",
        Category::PhysicalDescription => "what you look like",
        Category::GeneticBiometric => "your DNA, dental records and body samples",
        Category::CaseManagerContact => "who your worker is",
        Category::ShelterStatus => "your shelter or bed",
        Category::Enrollment => "which programs you are in",
        Category::ProjectAddress => "the address of your program",
        Category::Income => "your income and benefits",
        Category::Veteran => "if you are a veteran",
        Category::Disability => "your disability",
        Category::EligibilityFlag => "if you can get a service, yes or no",
        Category::Medications => "your medicines",
        Category::Allergies => "your allergies",
        Category::Conditions => "your health problems",
        Category::Encounters => "your visits",
        Category::Injury => "your injuries",
        Category::Labs => "your lab results",
        Category::CarePlan => "your care plan",
        Category::CrisisPlan => "your crisis or safety plan",
        Category::MentalHealth => "your mental health",
        Category::SudTreatment => "your drug or alcohol treatment",
        Category::SudCounselingNotes => "your counselor's separate notes on drug or alcohol treatment",
        Category::PsychotherapyNotes => "your therapist's separate notes",
        Category::Hiv => "HIV or AIDS",
        Category::DvHistory => "abuse or violence that was done to you",
        Category::SafetyFlags => "safety warnings for helpers",
        Category::RiskStatement => "a threat of harm",
        Category::PatientStatement => "something you said",
        Category::IncidentReport => "one incident",
        Category::DeathInformation => "a death",
        Category::Claims => "bills for your care",
        Category::PoliceIncident => "a police incident",
        Category::CallsForService => "calls to 911 or police",
        Category::PoliceNarrative => "police notes",
        Category::Arrest => "an arrest or a charge",
        Category::CriminalHistory => "your criminal record",
        Category::NcicResponse => "an answer from the FBI's system",
        Category::JuvenileRecord => "a juvenile court record",
        Category::AggregateCounts => "counts of people",
        Category::ResearchDataset => "data for a study",
        Category::LinkageToken => "a code to match your records",
        Category::DisclosureLog => "who has seen your records",
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::Word;

    use super::*;

    #[test]
    fn every_word_has_words_of_its_own() {
        let categories: std::collections::BTreeSet<_> =
            Category::ALL.iter().map(|word| category_words(*word)).collect();
        assert_eq!(categories.len(), Category::ALL.len());
        let purposes: std::collections::BTreeSet<_> = PurposeOfUse::ALL
            .iter()
            .map(|word| purpose_words(*word))
            .collect();
        assert_eq!(purposes.len(), PurposeOfUse::ALL.len());
    }

    #[test]
    fn a_moment_is_told_to_the_minute_or_as_a_day() {
        assert_eq!(
            moment_words("2027-06-01T00:00:00Z".parse().unwrap()),
            "June 1, 2027, as the day begins (UTC)"
        );
        assert_eq!(
            moment_words("2027-06-01T17:05:00Z".parse().unwrap()),
            "June 1, 2027 at 17:05 (UTC)"
        );
    }
}
