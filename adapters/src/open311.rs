//! Open311 GeoReport v2 service requests, JSON or XML: what a city's 311 line was asked to see to, and where.
//!
//! About no person. A request is read for its number, service, state, times and position, and for nothing else: whoever
//! called, and whatever they wrote, photographed or live at, is left out at the door, because each of these carries
//! persons (docs/decisions/0018-service-requests.md). Only services that an outreach team answers are taken.

use gateway_types::vocabulary::{ServiceKind, ServiceRequestState, Word as _};
use gateway_types::{ServiceRequest, ServiceRequestNumber, Spot, Timestamp};
use serde_json::{Map, Value};

use crate::json::{self, JsonFault};
use crate::report::{Place, Report, Rule, Severity, rules};
use crate::xml::{self, Element};

/// What findings are filed under.
const FILE: &str = "Open311";

/// What is accepted of a document.
pub const LIMITS: json::Limits = json::Limits {
    bytes: 16 << 20,
    depth: 8,
    values: 1_000_000,
};

/// Fields that carry persons: told, so that the sender can leave them out, and never read.
const CARRIERS: [&str; 17] = [
    "description",
    "status_notes",
    "service_notice",
    "address",
    "address_string",
    "address_id",
    "zipcode",
    "media_url",
    "email",
    "device_id",
    "account_id",
    "first_name",
    "last_name",
    "phone",
    "attribute",
    "attributes",
    "extended_attributes",
];

rules! { static;
    TOO_LARGE: "too-large", RefusesPush, "the document is larger than is accepted", "send fewer requests at a time";
    NOT_READ: "not-json-or-xml", RefusesPush, "the document cannot be read as JSON or as XML", "numbers in JSON have no leading zeros; a service code is a text";
    NO_LIST: "no-requests", RefusesPush, "the document is no list of service requests", "send what GET requests answers with, not the services or their definitions";
    NOTHING: "nothing-taken", RefusesPush, "not one request could be taken", "correct what the other findings name";
    SHAPE: "wrong-shape", RefusesRow, "the request is no object", "send each request as an object with its fields";
    NO_NUMBER: "no-number", RefusesRow, "the request has no number, or what stands there is none", "`service_request_id` is of letters, digits and dashes";
    NO_SERVICE: "no-service", RefusesRow, "the request does not say for which service it is", "send `service_name`";
    NO_STATE: "no-state", RefusesRow, "the request is neither open nor closed", "`status` is `open` or `closed`";
    NO_TIME: "no-time", RefusesRow, "when the request was made or changed cannot be read", "send `requested_datetime` with its zone";
    NO_POSITION: "no-position", RefusesRow, "the request has no position, and its address is not kept", "send `lat` and `long` in degrees";
    TOO_OLD: "too-old", RefusesRow, "the request was made longer ago than requests are kept", "send requests of the last ninety days; if it is one, the clock or the time zone is wrong";
    IN_THE_FUTURE: "in-the-future", RefusesRow, "the request was made, or changed, at a time that has not come yet", "correct the clock or the time zone of the line";
    REPEATED: "repeated-request", RefusesRow, "a number stands there twice; the first was taken", "send each request once";
    OTHER_SERVICE: "other-service", Warning, "the request is for a service that outreach does not answer; it was not kept", "send encampment and welfare-check requests only";
    LEFT_OUT: "left-out", Warning, "a field that may tell of a person was not read and not kept", "leave it out";
}

/// The times of which requests are taken. What was made or changed at another time is refused, and said.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Made then or later.
    pub from: Timestamp,
    /// Made and changed then or earlier.
    pub until: Timestamp,
}

impl Times {
    /// Any time, where only the form is looked at.
    pub const ANY: Self = Self {
        from: Timestamp::from_micros(i64::MIN),
        until: Timestamp::from_micros(i64::MAX),
    };
}

/// What a document says.
#[derive(Debug)]
pub struct Requests {
    /// The requests.
    pub requests: Vec<ServiceRequest>,
    /// What was found.
    pub report: Report,
}

/// Reads a list of service requests.
///
/// # Errors
/// The report, if nothing of it can be read. A list of which nothing is for outreach, or of the time, is read, and nothing
/// taken of it.
pub fn requests(bytes: &[u8], times: &Times) -> Result<Requests, Box<Report>> {
    let mut report = Report::default();
    let given = match list(bytes) {
        Ok(given) => given,
        Err((rule, line)) => {
            let place = Place::file(FILE);
            report.add(rule, line.map_or(place.clone(), |line| place.row(line)));
            return Err(Box::new(report));
        }
    };
    let mut requests: Vec<ServiceRequest> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut out_of_time = 0;
    for (row, given) in (1..).zip(&given) {
        report.rows_of(FILE).read += 1;
        for carrier in carriers(given) {
            report.add(&LEFT_OUT, Place::file(FILE).row(row).column(carrier));
        }
        let read = read(given).and_then(|request| {
            timely(&request, times)?;
            if seen.insert(request.number.clone()) {
                Ok(request)
            } else {
                Err((&REPEATED, "service_request_id"))
            }
        });
        match read {
            Ok(request) => {
                report.rows_of(FILE).taken += 1;
                requests.push(request);
            }
            Err((rule, field)) => {
                out_of_time += u64::from(*rule == TOO_OLD || *rule == IN_THE_FUTURE);
                if rule.severity == Severity::RefusesRow {
                    report.rows_of(FILE).refused += 1;
                }
                report.add(rule, Place::file(FILE).row(row).column(field));
            }
        }
    }
    let rows = *report.rows_of(FILE);
    if rows.read > 0 && rows.refused == rows.read && out_of_time == 0 {
        report.add(&NOTHING, Place::file(FILE));
        return Err(Box::new(report));
    }
    Ok(Requests { requests, report })
}

/// The fields of a request as they were given; `None`: it is no request.
type Given = Option<Map<String, Value>>;

/// The text of a field; numbers as they were written.
fn text(given: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match given.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The carriers of persons in a request.
fn carriers(given: &Given) -> impl Iterator<Item = &'static str> + '_ {
    let holds = |name: &&str| {
        let value = given.as_ref().and_then(|fields| fields.get(*name));
        value.is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    };
    CARRIERS.into_iter().filter(holds)
}

/// The fields of an element. One that stands twice is not read: which of them is meant cannot be told.
fn fields(request: &Element) -> Given {
    if request.name() != "request" {
        return None;
    }
    let mut fields = Map::new();
    for field in request.elements() {
        let value = if fields.contains_key(field.name()) {
            Value::Null
        } else {
            Value::String(field.text())
        };
        fields.insert(field.name().to_owned(), value);
    }
    Some(fields)
}

type Stop = (&'static Rule, Option<u64>);

fn list(bytes: &[u8]) -> Result<Vec<Given>, Stop> {
    let start = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    if start.starts_with(b"<") {
        let limits = xml::Limits {
            bytes: LIMITS.bytes,
            ..xml::Limits::default()
        };
        let root = xml::parse(bytes, &limits).map_err(|fault| (&NOT_READ, Some(fault.line)))?;
        if root.name() != "service_requests" {
            return Err((&NO_LIST, None));
        }
        return Ok(root.elements().map(fields).collect());
    }
    let given = match json::parse(start, &LIMITS) {
        Ok(Value::Array(given)) => given,
        Ok(Value::Object(mut fields)) => match fields.remove("service_requests") {
            Some(Value::Array(given)) => given,
            _ => return Err((&NO_LIST, None)),
        },
        Ok(_) => return Err((&NO_LIST, None)),
        Err(JsonFault::TooLarge | JsonFault::TooMany) => return Err((&TOO_LARGE, None)),
        Err(
            JsonFault::Syntax { line, .. }
            | JsonFault::RepeatedKey { line, .. }
            | JsonFault::TooDeep { line, .. },
        ) => return Err((&NOT_READ, u64::try_from(line).ok())),
    };
    // The list of services looks much the same; what it says is nobody's request.
    let is_request = |value: &Value| value.get("service_request_id").is_some();
    if !given.is_empty() && !given.iter().any(is_request) {
        return Err((&NO_LIST, None));
    }
    Ok(given
        .into_iter()
        .map(|value| match value {
            Value::Object(fields) => Some(fields),
            _ => None,
        })
        .collect())
}

type Refused = (&'static Rule, &'static str);

fn read(given: &Given) -> Result<ServiceRequest, Refused> {
    let given = given.as_ref().ok_or((&SHAPE, "request"))?;
    let text = |name: &str| text(given, name);
    let service = text("service_name").ok_or((&NO_SERVICE, "service_name"))?;
    let kind = answered_by_outreach(&service).ok_or((&OTHER_SERVICE, "service_name"))?;
    let number = text("service_request_id")
        .and_then(|text| ServiceRequestNumber::new(&text))
        .ok_or((&NO_NUMBER, "service_request_id"))?;
    let state = text("status")
        .and_then(|text| ServiceRequestState::from_code(&text.to_ascii_lowercase()).ok())
        .ok_or((&NO_STATE, "status"))?;
    let time = |name: &'static str| -> Result<Option<Timestamp>, Refused> {
        text(name)
            .map(|text| text.parse().map_err(|_| (&NO_TIME, name)))
            .transpose()
    };
    let requested_at = time("requested_datetime")?.ok_or((&NO_TIME, "requested_datetime"))?;
    let updated_at = time("updated_datetime")?.unwrap_or(requested_at);
    let degrees = |name| text(name).and_then(|text| text.parse::<f64>().ok());
    let spot = match (degrees("lat"), degrees("long")) {
        (Some(latitude), Some(longitude)) => Spot::round(latitude, longitude),
        _ => None,
    };
    Ok(ServiceRequest {
        number,
        kind,
        state,
        requested_at,
        updated_at,
        spot: spot.ok_or((&NO_POSITION, "lat"))?,
    })
}

/// Whether a request is of a time of which requests are taken.
fn timely(request: &ServiceRequest, times: &Times) -> Result<(), Refused> {
    if request.requested_at < times.from {
        return Err((&TOO_OLD, "requested_datetime"));
    }
    if request.requested_at > times.until {
        return Err((&IN_THE_FUTURE, "requested_datetime"));
    }
    if request.updated_at > times.until {
        return Err((&IN_THE_FUTURE, "updated_datetime"));
    }
    Ok(())
}

/// What a service is, by the words of its name; `None`: nothing that an outreach team answers. The name itself is not
/// kept: it is read from a request, and who wrote that is not known.
fn answered_by_outreach(name: &str) -> Option<ServiceKind> {
    let name = name.to_lowercase().replace('-', " ");
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&[
        "welfare check",
        "wellness check",
        "well being check",
        "wellbeing check",
        "person down",
    ]) {
        Some(ServiceKind::WelfareCheck)
    } else if has(&["encampment", "homeless", "unhoused", "unsheltered"]) {
        Some(ServiceKind::Encampment)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
