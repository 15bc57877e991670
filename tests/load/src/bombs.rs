//! Input made to exhaust a reader: refused, how soon, and in how much memory beyond its own bytes (goals 100 ms, 64 MiB).
//!
//! Each runs in a process of its own, since the peak of a process is all that can be read from outside.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use adapters::survey::{Outcome, survey};
use tests_load::machine::peak_memory;

/// The longest a refusal may take, and the most MiB it may need beside the input.
const GOAL: (Duration, u64) = (Duration::from_millis(100), 64);

type Bomb = (&'static str, fn() -> Vec<u8>);

const BOMBS: [Bomb; 18] = [
    ("hl7 v2: one message", || {
        [
            b"MSH|^~\\&|A|B|||20260101||ADT^A01|1|P|2.8\r".to_vec(),
            vec![b'x'; 30 << 20],
        ]
        .concat()
    }),
    ("hl7 v2: parts of parts", || {
        [
            b"MSH|^~\\&|A|B|||20260101||ADT^A01|1|P|2.8\rPID|".to_vec(),
            b"&~^|".repeat(200_000),
        ]
        .concat()
    }),
    ("hl7 v2: many segments", || {
        [
            b"MSH|^~\\&|A|B|||20260101||ADT^A01|1|P|2.8\r".to_vec(),
            b"NTE|\r".repeat(180_000),
        ]
        .concat()
    }),
    ("hl7 v2: many messages", || b"MSH|^~\\&|\r".repeat(3_000_000)),
    ("xml: entities of entities", || {
        let mut document = "<!DOCTYPE a [<!ENTITY e0 \"aaaaaaaaaa\">".to_owned();
        for level in 1..30 {
            let before = format!("&e{};", level - 1).repeat(10);
            write!(document, "<!ENTITY e{level} \"{before}\">").expect("a text");
        }
        (document + "]><ClinicalDocument xmlns=\"urn:hl7-org:v3\">&e29;</ClinicalDocument>").into_bytes()
    }),
    ("xml: an external entity", || {
        b"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>".to_vec()
    }),
    ("xml: deep", || b"<a>".repeat(5_000_000)),
    ("xml: many elements", || {
        [
            b"<a xmlns=\"urn:hl7-org:v3\">".to_vec(),
            b"<b/>".repeat(4_000_000),
            b"</a>".to_vec(),
        ]
        .concat()
    }),
    ("xml: many attributes", || {
        let attributes: String = (0..1_000_000).map(|at| format!(" a{at}=\"\"")).collect();
        format!("<a{attributes}/>").into_bytes()
    }),
    ("xml: many namespaces", || {
        let namespaces: String = (0..500_000).map(|at| format!(" xmlns:n{at}=\"u{at}\"")).collect();
        format!("<a{namespaces}/>").into_bytes()
    }),
    ("xml: one long text", || {
        [b"<a>".to_vec(), vec![b'x'; 60 << 20], b"</a>".to_vec()].concat()
    }),
    ("json: deep", || b"[".repeat(60 << 20)),
    ("json: deep objects", || b"{\"a\":".repeat(10 << 20)),
    ("json: many values", || {
        [b"[".to_vec(), b"0,".repeat(30 << 20), b"0]".to_vec()].concat()
    }),
    ("json: many short names", || {
        [
            b"{\"resourceType\":\"Bundle\",\"entry\":[".to_vec(),
            b"{},".repeat(10 << 20),
            b"{}]}".to_vec(),
        ]
        .concat()
    }),
    ("json: a long number", || {
        [b"[".to_vec(), b"9".repeat(60 << 20), b"]".to_vec()].concat()
    }),
    ("zip: a gigabyte of nothing", || zip(&[("Export.csv", 1 << 30)])),
    ("zip: many files", || {
        let names: Vec<String> = (0..60_000).map(|at| format!("f{at}.csv")).collect();
        zip(&names.iter().map(|name| (name.as_str(), 0)).collect::<Vec<_>>())
    }),
];

/// A zip of files of so many zeros.
fn zip(files: &[(&str, u64)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, length) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("a file");
        let zeros = vec![b'0'; 1 << 20];
        for _ in 0..length >> 20 {
            zip.write_all(&zeros).expect("zeros");
        }
    }
    zip.finish().expect("a zip").into_inner()
}

pub(crate) fn run(only: Option<&str>) -> ExitCode {
    if let Some(name) = only {
        one(name);
        return ExitCode::SUCCESS;
    }
    let mut failed = 0;
    println!("{:<30} {:>9} {:>9} {:>9}", "", "bytes", "ms", "MiB more");
    for (name, _) in BOMBS {
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args(["bombs", name])
            .output()
            .expect("a process");
        let text = String::from_utf8_lossy(&output.stdout);
        let good = output.status.success() && text.trim_end().ends_with("ok");
        failed += u32::from(!good);
        print!("{text}");
        if !output.status.success() {
            println!("{name:<30} the reader died: {}", output.status);
        }
    }
    if failed > 0 {
        println!("{failed} of {} beyond the goal", BOMBS.len());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn one(name: &str) {
    let (_, make) = BOMBS.iter().find(|(known, _)| *known == name).expect("a bomb");
    let bytes = make();
    let before = peak_memory(std::process::id()).unwrap_or_default();
    let start = Instant::now();
    let surveyed = survey(&bytes);
    let took = start.elapsed();
    let more = peak_memory(std::process::id()).unwrap_or_default() - before;
    let refused = matches!(surveyed.outcome, Outcome::Refused(_) | Outcome::NotTaken);
    let verdict = if refused && took <= GOAL.0 && more <= GOAL.1 {
        "ok"
    } else if refused {
        "slow or large"
    } else {
        "taken"
    };
    println!(
        "{name:<30} {:>9} {:>9.1} {more:>9}  {verdict}",
        bytes.len(),
        took.as_secs_f64() * 1_000.0
    );
}
