//! Consents and releases that an agency has on paper, as one CSV file: a row for each form.
//!
//! Columns are found by name, in any order; lists are separated by `;`. Nothing is guessed: a word outside its
//! vocabulary makes its row unreadable, a column that is not known makes the file so. An empty cell names nothing.

use gateway_types::vocabulary::{
    Category, ConsentKind, ExpiryEvent, PurposeOfUse, RecipientClass, SignerRole, Statement, Word, WordSet,
};
use gateway_types::{AgencyId, Pii, SourceClientKey, StaffId, Timestamp};

/// The columns, by name.
pub const COLUMNS: [&str; 26] = [
    "own_key",
    "kind",
    "combined_with",
    "discloser_agencies",
    "discloser_classes",
    "recipient_agencies",
    "recipient_classes",
    "recipient_persons",
    "purposes",
    "categories",
    "expiry",
    "statements",
    "signed_at",
    "signer",
    "signer_authority_documented",
    "signer_suspected_abuser",
    "co_signer",
    "co_signer_authority_documented",
    "co_signer_suspected_abuser",
    "standing",
    "artefact",
    "attested",
    "proceeding",
    "youth_project",
    "no_investigative_use",
    "names_gateway",
];

/// Columns without which no row says enough to be kept.
const NEEDED: [&str; 5] = ["own_key", "kind", "signed_at", "signer", "standing"];

/// One form. Words that only the consent's own vocabulary knows are given as they stand.
#[derive(Debug)]
pub struct ReleaseRow {
    /// The client, by the agency's own key.
    pub own_key: SourceClientKey,
    /// Its kind.
    pub kind: ConsentKind,
    /// Other kinds on the same form.
    pub combined_with: WordSet<ConsentKind>,
    /// Agencies that may disclose.
    pub discloser_agencies: Vec<AgencyId>,
    /// Classes that may disclose.
    pub discloser_classes: WordSet<RecipientClass>,
    /// Agencies that may receive.
    pub recipient_agencies: Vec<AgencyId>,
    /// Classes that may receive.
    pub recipient_classes: WordSet<RecipientClass>,
    /// Persons who may receive, written `agency/person`.
    pub recipient_persons: Vec<(AgencyId, StaffId)>,
    /// What for.
    pub purposes: WordSet<PurposeOfUse>,
    /// Which information; `None`: "all".
    pub categories: Option<WordSet<Category>>,
    /// Until when.
    pub expiry: ReleaseExpiry,
    /// The statements on it.
    pub statements: WordSet<Statement>,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Who signed.
    pub signer: SignerRole,
    /// A paper shows the signer's authority.
    pub signer_authority_documented: bool,
    /// The signer is suspected of abusing the client.
    pub signer_suspected_abuser: bool,
    /// Who signed beside them.
    pub co_signer: Option<SignerRole>,
    /// A paper shows the other signer's authority.
    pub co_signer_authority_documented: bool,
    /// The other signer is suspected of abusing the client.
    pub co_signer_suspected_abuser: bool,
    /// What the client was in law then.
    pub standing: String,
    /// The digest of the scan.
    pub artefact: Option<String>,
    /// What the agency vouches for.
    pub attested: Vec<String>,
    /// The case it is for.
    pub proceeding: Option<Pii<String>>,
    /// The kind of youth project.
    pub youth_project: Option<String>,
    /// It forbids investigative use.
    pub no_investigative_use: bool,
    /// It names the operator of the gateway.
    pub names_gateway: bool,
}

/// Until when a form says that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseExpiry {
    /// Until this moment.
    At(Timestamp),
    /// Until this event.
    Event(ExpiryEvent),
    /// It says "none".
    None,
    /// It says nothing.
    Unstated,
}

/// A file of which no row can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// The first line is not one of column names.
    #[error("line 1: the names of the columns cannot be read")]
    NoHeader,
    /// A column has a name that is not known.
    #[error("line 1, column {0}: not the name of a column")]
    UnknownColumn(usize),
    /// Two columns have one name.
    #[error("line 1: two columns are called `{0}`")]
    TwiceTheColumn(&'static str),
    /// A column is missing.
    #[error("line 1: the column `{0}` is missing")]
    MissingColumn(&'static str),
}

/// A row that cannot be read. It is never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRow {
    /// The line is not CSV, not UTF-8, or has another number of cells.
    #[error("not a row of as many cells as there are columns")]
    NotARow,
    /// A cell cannot be read.
    #[error("column `{0}`: something else is wanted")]
    Cell(&'static str),
}

/// A row, or what is wrong with it, and the line on which it begins.
pub type LocatedRow = (u64, Result<ReleaseRow, BadRow>);

/// Reads a file, row by row.
///
/// # Errors
/// [`BadFile`], if its columns cannot be told.
pub fn read(bytes: &[u8]) -> Result<impl Iterator<Item = LocatedRow> + Send + '_, BadFile> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let header = reader.headers().map_err(|_| BadFile::NoHeader)?;
    let mut places: [Option<usize>; COLUMNS.len()] = [None; COLUMNS.len()];
    for (at, name) in header.iter().enumerate() {
        let known = COLUMNS
            .iter()
            .zip(&mut places)
            .find(|(known, _)| **known == name.trim());
        let (known, place) = known.ok_or(BadFile::UnknownColumn(at + 1))?;
        if place.replace(at).is_some() {
            return Err(BadFile::TwiceTheColumn(known));
        }
    }
    let missing = |needed: &&&str| {
        !COLUMNS
            .iter()
            .zip(&places)
            .any(|(name, place)| name == *needed && place.is_some())
    };
    if let Some(missing) = NEEDED.iter().find(missing) {
        return Err(BadFile::MissingColumn(missing));
    }
    let mut lines = Lines {
        bytes,
        counted: 0,
        line: 1,
    };
    Ok(reader.into_records().map(move |record| match record {
        Ok(record) => {
            let line = lines.at(record.position());
            let cells = Cells {
                record: &record,
                places: &places,
            };
            (line, row(&cells))
        }
        Err(error) => (lines.at(error.position()), Err(BadRow::NotARow)),
    }))
}

/// Tells on which line a record begins. The reader's own count puts it one line early where lines end in CR LF.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.map_or(self.counted, |position| {
            usize::try_from(position.byte()).unwrap_or(usize::MAX)
        });
        let ends = self.bytes.get(start..).unwrap_or_default();
        let ends = ends
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let begins = start.saturating_add(ends);
        let passed = self.bytes.get(self.counted..begins).unwrap_or_default();
        let ends = passed.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => passed.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        self.line += ends.count() as u64;
        self.counted = self.counted.max(begins);
        self.line
    }
}

struct Cells<'a> {
    record: &'a csv::StringRecord,
    places: &'a [Option<usize>; COLUMNS.len()],
}

impl<'a> Cells<'a> {
    fn text(&self, column: &'static str) -> &'a str {
        let place = COLUMNS.iter().zip(self.places).find(|(name, _)| **name == column);
        let cell = place.and_then(|(_, place)| self.record.get((*place)?));
        cell.unwrap_or_default().trim()
    }

    fn optional(&self, column: &'static str) -> Option<String> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn list(&self, column: &'static str) -> impl Iterator<Item = &'a str> {
        self.text(column)
            .split(';')
            .map(str::trim)
            .filter(|item| !item.is_empty())
    }

    fn parsed<T>(&self, column: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, BadRow> {
        self.list(column)
            .map(|item| read(item).ok_or(BadRow::Cell(column)))
            .collect()
    }

    fn words<W: Word>(&self, column: &'static str) -> Result<WordSet<W>, BadRow> {
        Ok(self
            .parsed(column, |code| W::from_code(code).ok())?
            .into_iter()
            .collect())
    }

    fn word<W: Word>(&self, column: &'static str) -> Result<W, BadRow> {
        W::from_code(self.text(column)).map_err(|_| BadRow::Cell(column))
    }

    fn flag(&self, column: &'static str) -> Result<bool, BadRow> {
        match self.text(column) {
            "" | "no" => Ok(false),
            "yes" => Ok(true),
            _ => Err(BadRow::Cell(column)),
        }
    }
}

fn row(cells: &Cells<'_>) -> Result<ReleaseRow, BadRow> {
    let agencies = |column| cells.parsed(column, |id| AgencyId::new(id).ok());
    let person = |text: &str| {
        let (agency, staff) = text.split_once('/')?;
        Some((AgencyId::new(agency).ok()?, StaffId::new(staff).ok()?))
    };
    let own_key = cells.optional("own_key").ok_or(BadRow::Cell("own_key"))?;
    let co_signed = !cells.text("co_signer").is_empty();
    Ok(ReleaseRow {
        own_key: SourceClientKey::new(own_key),
        kind: cells.word("kind")?,
        combined_with: cells.words("combined_with")?,
        discloser_agencies: agencies("discloser_agencies")?,
        discloser_classes: cells.words("discloser_classes")?,
        recipient_agencies: agencies("recipient_agencies")?,
        recipient_classes: cells.words("recipient_classes")?,
        recipient_persons: cells.parsed("recipient_persons", person)?,
        purposes: cells.words("purposes")?,
        categories: match cells.text("categories") {
            "all" => None,
            _ => Some(cells.words("categories")?),
        },
        expiry: expiry(cells.text("expiry")).ok_or(BadRow::Cell("expiry"))?,
        statements: cells.words("statements")?,
        signed_at: cells
            .text("signed_at")
            .parse()
            .map_err(|_| BadRow::Cell("signed_at"))?,
        signer: cells.word("signer")?,
        signer_authority_documented: cells.flag("signer_authority_documented")?,
        signer_suspected_abuser: cells.flag("signer_suspected_abuser")?,
        co_signer: match cells.text("co_signer") {
            "" => None,
            _ => Some(cells.word("co_signer")?),
        },
        co_signer_authority_documented: cells.flag("co_signer_authority_documented")?,
        // Where somebody signed beside the client, silence is no answer to whether they abuse the client.
        co_signer_suspected_abuser: match cells.text("co_signer_suspected_abuser") {
            "" if co_signed => return Err(BadRow::Cell("co_signer_suspected_abuser")),
            _ => cells.flag("co_signer_suspected_abuser")?,
        },
        standing: cells.text("standing").to_owned(),
        artefact: cells.optional("artefact"),
        attested: cells.list("attested").map(str::to_owned).collect(),
        proceeding: cells.optional("proceeding").map(Pii::new),
        youth_project: cells.optional("youth_project"),
        no_investigative_use: cells.flag("no_investigative_use")?,
        names_gateway: cells.flag("names_gateway")?,
    })
}

fn expiry(text: &str) -> Option<ReleaseExpiry> {
    match text {
        "" => Some(ReleaseExpiry::Unstated),
        "none" => Some(ReleaseExpiry::None),
        text => match ExpiryEvent::from_code(text) {
            Ok(event) => Some(ReleaseExpiry::Event(event)),
            Err(_) => text.parse().ok().map(ReleaseExpiry::At),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "own_key,kind,signed_at,signer,standing,recipient_agencies,purposes,categories,expiry,recipient_persons,names_gateway";
    const GOOD: &str = "P1,named,2026-06-01T10:00:00Z,client,adult,harbor;lakeside,TREAT;COC,medications,2027-06-01T00:00:00Z,,yes";

    fn rows(text: &str) -> Vec<LocatedRow> {
        read(text.as_bytes()).unwrap().collect()
    }

    #[test]
    fn a_row_says_what_its_cells_say_and_an_empty_one_says_nothing() {
        let mut read = rows(&format!("\u{feff}{HEADER}\r\n{GOOD}\r\n"));
        let (line, row) = read.remove(0);
        let row = row.unwrap();
        assert_eq!(line, 2);
        assert_eq!(row.recipient_agencies.len(), 2);
        assert_eq!(row.purposes.len(), 2);
        assert!(row.names_gateway && !row.no_investigative_use);
        assert!(row.discloser_agencies.is_empty() && row.statements.is_empty());
        assert!(matches!(row.expiry, ReleaseExpiry::At(_)));
        assert_eq!(row.categories, Some(WordSet::EMPTY.with(Category::Medications)));
    }

    #[test]
    fn each_bad_cell_is_told_by_line_and_column_and_never_repeated() {
        let secret = "Rosa Delgado";
        for (column, bad) in [
            ("kind", GOOD.replace("named", secret)),
            ("signed_at", GOOD.replace("2026-06-01T10:00:00Z", secret)),
            ("signer", GOOD.replace("client", secret)),
            ("recipient_agencies", GOOD.replace("harbor", secret)),
            ("purposes", GOOD.replace("COC", secret)),
            ("categories", GOOD.replace("medications", secret)),
            ("expiry", GOOD.replace("2027-06-01T00:00:00Z", secret)),
            ("names_gateway", GOOD.replace("yes", secret)),
            ("own_key", GOOD.replace("P1", "")),
            ("recipient_persons", GOOD.replace(",,yes", ",nobody,yes")),
        ] {
            let read = rows(&format!("{HEADER}\n{GOOD}\n{bad}\n{GOOD}\n"));
            assert_eq!(read.len(), 3);
            let (line, row) = &read[1];
            let error = row.as_ref().unwrap_err();
            assert_eq!((*line, *error), (3, BadRow::Cell(column)));
            assert!(!error.to_string().contains("Rosa"));
            assert!(read[2].1.is_ok(), "the next row is read");
        }
        let short = rows(&format!("{HEADER}\nP1,named\n{GOOD}\n"));
        assert_eq!(short[0].1.as_ref().unwrap_err(), &BadRow::NotARow);
        assert!(short[1].1.is_ok());
    }

    #[test]
    fn columns_that_are_not_known_twice_or_missing_refuse_the_file() {
        let told = |header: &str| read(format!("{header}\n").as_bytes()).err();
        assert_eq!(told(&format!("{HEADER},Rosa")), Some(BadFile::UnknownColumn(12)));
        assert_eq!(
            told(&format!("{HEADER},kind")),
            Some(BadFile::TwiceTheColumn("kind"))
        );
        assert_eq!(
            told("own_key,kind,signed_at,signer"),
            Some(BadFile::MissingColumn("standing"))
        );
        assert_eq!(told(""), Some(BadFile::MissingColumn("own_key")));
    }

    #[test]
    fn where_somebody_signed_beside_the_client_the_file_says_whether_they_abuse_the_client() {
        let header = "own_key,kind,signed_at,signer,standing,expiry,co_signer,co_signer_suspected_abuser";
        for (said, read_as) in [("yes", Some(true)), ("no", Some(false)), ("", None)] {
            let text = format!("{header}\nP1,named,2026-06-01T10:00:00Z,client,adult,none,parent,{said}\n");
            let found = rows(&text);
            let (_, row) = &found[0];
            match (row, read_as) {
                (Ok(row), Some(abuser)) => assert_eq!(row.co_signer_suspected_abuser, abuser),
                (Err(bad), None) => assert_eq!(*bad, BadRow::Cell("co_signer_suspected_abuser")),
                other => panic!("{other:?}"),
            }
        }
    }
}
