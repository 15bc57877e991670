//! From the received bytes to records, by format. Runs where it may block; sends small batches.

use std::ops::ControlFlow;

use adapters::{Report, Taken, calls_for_service, ccda, eido, fhir, field_forms, hl7v2, hmis, niem, xml};
use gateway_store::{ExportMark, IngestKind};
use gateway_types::SourceRecord;
use gateway_types::registry::Agency;
use tokio::sync::mpsc;

use super::batches::Batches;
use super::job::Progress;
use super::{older, victims};
use crate::spool::Spool;

/// A push that cannot be taken in: its report.
#[derive(Debug)]
pub(super) struct Refused(pub(super) serde_json::Value);

/// What is read, piece by piece.
#[derive(Debug)]
pub(super) enum Piece {
    /// Records as they now stand.
    Records(Vec<SourceRecord>),
    /// What messages change, to be laid over what is on file.
    Events(Vec<hl7v2::Event>),
    /// Which export the records after it are.
    Export(ExportMark),
}

impl Piece {
    /// How many records or events.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Records(records) => records.len(),
            Self::Events(events) => events.len(),
            Self::Export(_) => 0,
        }
    }
}

/// Events that go together.
const EVENTS: usize = 500;

/// Whose push it is.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) agency: &'a Agency,
    /// The column mapping of its calls for service.
    pub(super) columns: Option<&'a str>,
}

/// Reads a push and sends its records. Returns the report.
pub(super) fn records(
    kind: IngestKind,
    mut spool: Spool,
    source: &Source<'_>,
    progress: &Progress,
    out: &mpsc::Sender<Piece>,
) -> Result<serde_json::Value, Refused> {
    match kind {
        IngestKind::HmisCsv => hmis_csv(&mut spool, source.agency, progress, out),
        IngestKind::HmisJson => whole(&mut spool, source.agency, progress, out, |bytes| {
            hmis::one_client_json(bytes, &victims::hmis_limits(source.agency))
        }),
        IngestKind::FhirBundle => whole(&mut spool, source.agency, progress, out, |bytes| {
            fhir::bundle(bytes, &fhir::Limits::default())
        }),
        IngestKind::FhirNdjson => whole(&mut spool, source.agency, progress, out, |bytes| {
            fhir::ndjson(bytes, &fhir::Limits::default())
        }),
        IngestKind::Ccda => whole(&mut spool, source.agency, progress, out, |bytes| {
            ccda::document(bytes, &xml::Limits::default())
        }),
        IngestKind::FieldForms => whole(&mut spool, source.agency, progress, out, field_forms::forms),
        IngestKind::Eido => whole(&mut spool, source.agency, progress, out, eido::incident),
        IngestKind::Niem => whole(&mut spool, source.agency, progress, out, niem::exchange),
        IngestKind::Hl7V2 => hl7_v2(&mut spool, out),
        // These come one by one, and through another door.
        IngestKind::Hl7V2Messages => Err(Refused(serde_json::json!("messages are not pushed as a file"))),
        IngestKind::CallsForService => {
            let columns = source.columns.ok_or_else(|| {
                Refused(serde_json::json!(
                    "no column mapping is configured for this agency"
                ))
            })?;
            let mapping = calls_for_service::Mapping::from_toml(columns).map_err(|_| {
                Refused(serde_json::json!(
                    "the column mapping of this agency cannot be used"
                ))
            })?;
            whole(&mut spool, source.agency, progress, out, |bytes| {
                calls_for_service::calls(bytes, &mapping, &calls_for_service::Limits::default())
            })
        }
    }
}

/// Reads a format that is taken whole.
fn whole(
    spool: &mut Spool,
    agency: &Agency,
    progress: &Progress,
    out: &mpsc::Sender<Piece>,
    read: impl FnOnce(&[u8]) -> Result<Taken, Box<Report>>,
) -> Result<serde_json::Value, Refused> {
    let bytes = spool
        .read_all()
        .map_err(|_| Refused(serde_json::json!("the push could not be read")))?;
    let mut taken = read(&bytes).map_err(|report| Refused(json(&*report)))?;
    let victims = victims::without_their_clients(agency, &mut taken.records);
    progress.expect(u64::try_from(taken.records.len()).unwrap_or(0));
    let mut batches = Batches::default();
    for record in taken.records {
        if send(out, batches.add(record)).is_break() {
            return Ok(serde_json::Value::Null);
        }
    }
    // Staging that has stopped says why itself.
    let _ = send(out, batches.rest());
    let mut report = json(&taken.report);
    if victims > 0
        && let Some(report) = report.as_object_mut()
    {
        report.insert("clients_of_victim_services".to_owned(), victims.into());
    }
    Ok(report)
}

fn hl7_v2(spool: &mut Spool, out: &mpsc::Sender<Piece>) -> Result<serde_json::Value, Refused> {
    let bytes = spool
        .read_all()
        .map_err(|_| Refused(serde_json::json!("the push could not be read")))?;
    let mut events = Vec::new();
    let report = hl7v2::file(&bytes, &hl7v2::Limits::default(), &mut |more| {
        events.extend(more);
        if events.len() < EVENTS {
            return ControlFlow::Continue(());
        }
        send_piece(out, Piece::Events(std::mem::take(&mut events)))
    })
    .map_err(|report| Refused(json(&*report)))?;
    // Staging that has stopped says why itself.
    let _ = send_piece(out, Piece::Events(events));
    Ok(json(&report))
}

fn hmis_csv(
    spool: &mut Spool,
    agency: &Agency,
    progress: &Progress,
    out: &mpsc::Sender<Piece>,
) -> Result<serde_json::Value, Refused> {
    let checked = hmis::check(spool, &victims::hmis_limits(agency)).map_err(|error| match error {
        hmis::CheckError::Refused(report) => Refused(json(&*report)),
        hmis::CheckError::Unavailable(_) => Refused(serde_json::json!("the push could not be read")),
    })?;
    if send_piece(out, Piece::Export(older::mark(&checked))).is_break() {
        return Ok(serde_json::Value::Null);
    }
    progress.expect(checked.rows_about_clients());
    let mut batches = Batches::default();
    let read = checked.read(spool, &mut |record| send(out, batches.add(record)));
    match read {
        Ok(ControlFlow::Continue(())) => {}
        // Staging has stopped; whoever stopped it says why.
        Ok(ControlFlow::Break(())) => return Ok(serde_json::Value::Null),
        Err(error) => return Err(Refused(serde_json::json!(error.to_string()))),
    }
    let _ = send(out, batches.rest());
    Ok(json(checked.report()))
}

/// Sends a batch, if there is one.
fn send(out: &mpsc::Sender<Piece>, batch: Option<Vec<SourceRecord>>) -> ControlFlow<()> {
    batch.map_or(ControlFlow::Continue(()), |batch| {
        send_piece(out, Piece::Records(batch))
    })
}

fn send_piece(out: &mpsc::Sender<Piece>, piece: Piece) -> ControlFlow<()> {
    match out.blocking_send(piece) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

fn json(report: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(report).unwrap_or_default()
}

/// One client as JSON, read.
pub(super) struct OneClient {
    pub(super) records: Vec<SourceRecord>,
    pub(super) report: serde_json::Value,
}

/// Reads one client as JSON. The error says where and why, without any client data.
pub(super) fn one_client(bytes: &[u8], agency: &Agency) -> Result<OneClient, String> {
    match hmis::one_client_json(bytes, &victims::hmis_limits(agency)) {
        Ok(taken) => Ok(OneClient {
            records: taken.records,
            report: json(&taken.report),
        }),
        Err(report) => Err(report.to_string()),
    }
}
