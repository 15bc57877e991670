//! The answer to a message: MSH, MSA, and for a refusal ERR with the place and the rule, never with a value.

use gateway_types::Timestamp;

use super::er7::Delimiters;
use super::{Condition, Fault, Header, Location};

/// The codes of HL7 table 0008 that are used (original acknowledgement mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Accepted: what it says is stored.
    Accept,
    /// In order, and not stored: it may be sent again as it is.
    Error,
    /// Refused: it will be refused again.
    Reject,
}

impl Code {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
        }
    }
}

/// The answer to a message.
///
/// `now` is its time; `control_id`, its own control id, must be of letters and digits. It is written with the separators of the
/// message, of which it repeats what names systems, and the control id.
#[must_use]
pub fn acknowledgement(
    to: Option<&Header>,
    code: Code,
    fault: Option<&Fault>,
    now: Timestamp,
    control_id: &str,
) -> String {
    let signs = to.map_or(Delimiters::USUAL, |header| header.signs);
    let Delimiters {
        field,
        component,
        repetition,
        escape,
        subcomponent,
    } = signs;
    let raw = |of: fn(&Header) -> &str| to.map(of).unwrap_or_default();
    let event = raw(|header| header.event);
    let trigger = if event.is_empty() {
        String::new()
    } else {
        format!("{component}{event}{component}ACK")
    };
    let version = match raw(|header| header.version) {
        "" => "2.5.1",
        version => version,
    };
    let processing = match raw(|header| header.processing_id) {
        "" => "P",
        id => id,
    };
    let mut fields = [
        String::from("MSH"),
        format!("{component}{repetition}{escape}{subcomponent}"),
        raw(|header| &header.receiving_application).to_owned(),
        raw(|header| &header.receiving_facility).to_owned(),
        raw(|header| &header.sending_application).to_owned(),
        raw(|header| &header.sending_facility).to_owned(),
        written(now),
        String::new(),
        format!("ACK{trigger}"),
        control_id.to_owned(),
        processing.to_owned(),
        version.to_owned(),
    ]
    .join(&field.to_string());
    fields.push('\r');
    fields.push_str(&format!(
        "MSA{field}{}{field}{}\r",
        code.as_str(),
        raw(|header| &header.control_id)
    ));
    if let Some(fault) = fault {
        fields.push_str(&error(fault, signs));
    }
    fields
}

/// ERR in the form of 2.5 and later: ERR-2 where, ERR-3 and ERR-5 what, ERR-4 how grave, ERR-8 in words.
fn error(fault: &Fault, signs: Delimiters) -> String {
    let (field, component) = (signs.field, signs.component);
    let Location {
        segment,
        sequence,
        field: number,
    } = fault.at;
    let place = match (segment, number) {
        (None, _) => String::new(),
        (Some(segment), 0) => format!("{segment}{component}{sequence}"),
        (Some(segment), number) => format!("{segment}{component}{sequence}{component}{number}"),
    };
    let (condition, text) = Condition::coded(fault.condition);
    let words: String = fault
        .rule
        .says
        .chars()
        .map(|sign| {
            let separates = [
                field,
                component,
                signs.repetition,
                signs.escape,
                signs.subcomponent,
            ]
            .contains(&sign);
            if separates { ' ' } else { sign }
        })
        .collect();
    format!(
        "ERR{field}{field}{place}{field}{condition}{component}{text}{component}HL70357{field}E{field}{}{field}{field}{field}{words}\r",
        fault.rule.id
    )
}

/// `YYYYMMDDHHMMSS+0000`.
fn written(now: Timestamp) -> String {
    let date = now.date();
    let of_day = now.as_seconds().rem_euclid(86_400);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}+0000",
        date.year(),
        date.month(),
        date.day(),
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}
