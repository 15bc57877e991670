//! The formats that are pushed: where each goes, as which media type.

use adapters::survey::Format;
use clap::ValueEnum;

/// A format that is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PushFormat {
    /// A HUD HMIS CSV export, a zip.
    HmisCsv,
    /// One client as JSON, in the rows of the HMIS format.
    HmisJson,
    /// A FHIR R4 Bundle or resource.
    Fhir,
    /// The lines of a FHIR bulk export.
    FhirNdjson,
    /// A C-CDA document.
    CCda,
    /// HL7 v2 messages.
    Hl7V2,
    /// Police calls for service, CSV.
    CallsForService,
    /// Field forms of officers and responders.
    FieldForms,
    /// An emergency incident data object.
    Eido,
    /// A NIEM exchange as XML.
    Niem,
    /// A NIEM exchange as JSON.
    NiemJson,
}

impl PushFormat {
    /// What these bytes are seen to be.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match Format::of(bytes) {
            Format::HmisCsv => Some(Self::HmisCsv),
            Format::Fhir => Some(Self::Fhir),
            Format::FhirNdjson => Some(Self::FhirNdjson),
            Format::Ccda => Some(Self::CCda),
            Format::Hl7V2 => Some(Self::Hl7V2),
            Format::FieldForms => Some(Self::FieldForms),
            Format::Eido => Some(Self::Eido),
            Format::Niem if bytes.trim_ascii_start().starts_with(b"<") => Some(Self::Niem),
            Format::Niem => Some(Self::NiemJson),
            _ => None,
        }
    }

    /// Whether the name a person gives it leaves open in which of two forms it is.
    pub(super) const fn has_two_forms(self) -> bool {
        matches!(self, Self::Niem | Self::Fhir)
    }

    /// The format that a person named, in the form in which it is seen.
    pub(super) const fn seen_as(self, seen: Option<Self>) -> Self {
        match (self, seen) {
            (Self::Niem, Some(Self::NiemJson)) => Self::NiemJson,
            (Self::Fhir, Some(Self::FhirNdjson)) => Self::FhirNdjson,
            (named, _) => named,
        }
    }

    /// Where it goes, and as what.
    pub(super) const fn door(self) -> (&'static str, &'static str) {
        match self {
            Self::HmisCsv => ("/v1/imports/hmis-csv", "application/zip"),
            Self::HmisJson => ("/v1/clients", "application/json"),
            Self::Fhir => ("/v1/imports/fhir", "application/fhir+json"),
            Self::FhirNdjson => ("/v1/imports/fhir", "application/fhir+ndjson"),
            Self::CCda => ("/v1/imports/c-cda", "application/xml"),
            Self::Hl7V2 => ("/v1/imports/hl7-v2", "application/hl7-v2"),
            Self::CallsForService => ("/v1/imports/calls-for-service", "text/csv"),
            Self::FieldForms => ("/v1/imports/field-forms", "application/json"),
            Self::Eido => ("/v1/imports/eido", "application/json"),
            Self::Niem => ("/v1/imports/niem", "application/xml"),
            Self::NiemJson => ("/v1/imports/niem", "application/json"),
        }
    }
}
