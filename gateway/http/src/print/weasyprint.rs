//! PDF by WeasyPrint (decision 0015): the page goes in by its standard input, PDF/UA comes out by its standard output.
//!
//! Nothing touches the disk. The child has an empty environment, a time limit and a bound on what it gives, and is killed
//! when it passes either or when nobody waits for it any more. What it says on its standard error may quote the page and
//! is never read.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::{NotPrinted, Printer};

/// Limits on printing.
#[derive(Clone, Copy, Debug)]
pub struct PrintLimits {
    /// How long one page may take, waiting for its turn included.
    pub time: Duration,
    /// The largest PDF, in bytes.
    pub bytes: u64,
    /// How many pages are printed at once.
    pub at_once: usize,
}

impl Default for PrintLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            bytes: 16 << 20,
            at_once: 2,
        }
    }
}

/// The program, and what it may take.
#[derive(Debug)]
pub struct WeasyPrint {
    program: PathBuf,
    limits: PrintLimits,
    turns: Semaphore,
}

impl WeasyPrint {
    /// Prints with the program at `program`.
    #[must_use]
    pub fn new(program: PathBuf, limits: PrintLimits) -> Self {
        Self {
            program,
            limits,
            turns: Semaphore::new(limits.at_once),
        }
    }

    async fn run(&self, html: &str) -> Result<Vec<u8>, NotPrinted> {
        let mut child = Command::new(&self.program)
            .args(["--quiet", "--encoding", "utf-8", "--pdf-variant", "pdf/ua-1"])
            .args(["--base-url", "about:blank", "-", "-"])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(NotPrinted::NotRun)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let write = async move {
            if let Some(mut stdin) = stdin {
                // A child that stops reading tells why by how it ends.
                let _ = stdin.write_all(html.as_bytes()).await;
            }
        };
        let read = async move {
            let mut pdf = Vec::new();
            if let Some(stdout) = stdout {
                let mut bounded = stdout.take(self.limits.bytes + 1);
                bounded.read_to_end(&mut pdf).await.map_err(NotPrinted::NotRun)?;
            }
            if pdf.len() as u64 > self.limits.bytes {
                return Err(NotPrinted::TooLarge);
            }
            Ok(pdf)
        };
        let ((), pdf) = tokio::join!(write, read);
        let pdf = pdf?;
        let status = child.wait().await.map_err(NotPrinted::NotRun)?;
        if status.success() && pdf.starts_with(b"%PDF-") {
            Ok(pdf)
        } else {
            let code = status.code();
            Err(NotPrinted::Failed { code })
        }
    }
}

#[async_trait::async_trait]
impl Printer for WeasyPrint {
    async fn pdf(&self, html: &str) -> Result<Vec<u8>, NotPrinted> {
        if !is_whole(html) {
            return Err(NotPrinted::NotWhole);
        }
        tokio::time::timeout(self.limits.time, async {
            let _turn = self.turns.acquire().await.map_err(|_| NotPrinted::Busy)?;
            self.run(html).await
        })
        .await
        .map_err(|_| NotPrinted::TooSlow)?
    }
}

/// Whether a page of ours holds all that it shows. In text `<` is always escaped, so that each one begins a tag of ours.
fn is_whole(html: &str) -> bool {
    const FETCH: [&str; 7] = [
        "src",
        "href",
        "data=",
        "style=",
        "background",
        "poster",
        "@import",
    ];
    let (head, _) = html.split_once("</head>").unwrap_or_default();
    let style_is_whole = !head.contains("url(") && !head.contains("@import") && !head.contains('\\');
    let mut tags = html
        .split('<')
        .skip(1)
        .map(|piece| piece.split_once('>').map_or(piece, |(tag, _)| tag));
    style_is_whole && !tags.any(|tag| FETCH.iter().any(|word| tag.contains(word)) || tag.starts_with("svg"))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>t</title></head><body><p>Quillfeather</p></body></html>";

    /// A program that stands in for the real one.
    fn program(script: &str) -> (tempfile::TempDir, WeasyPrint) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        let limits = PrintLimits {
            time: Duration::from_secs(3),
            bytes: 1000,
            at_once: 1,
        };
        (folder, WeasyPrint::new(path, limits))
    }

    #[tokio::test]
    async fn what_the_program_gives_is_the_pdf_of_what_it_was_given() {
        let (_folder, printer) = program("printf '%%PDF-'; /bin/cat; /usr/bin/env");
        let pdf = printer.pdf(PAGE).await.unwrap();
        let text = String::from_utf8(pdf).unwrap();
        let rest = text.strip_prefix(&format!("%PDF-{PAGE}")).unwrap();
        // A shell sets these itself; nothing of ours is there.
        let ours = rest.lines().filter(|line| {
            !["PWD=", "SHLVL=", "_=", "OLDPWD="]
                .iter()
                .any(|own| line.starts_with(own))
        });
        assert_eq!(ours.count(), 0, "{rest}");
    }

    #[tokio::test]
    async fn a_program_that_hangs_floods_fails_or_is_not_there_makes_no_pdf() {
        let (_folder, slow) = program("exec /bin/sleep 600");
        assert!(matches!(slow.pdf(PAGE).await, Err(NotPrinted::TooSlow)));
        let (_folder, floods) = program("printf '%%PDF-'; while :; do printf '0123456789'; done");
        assert!(matches!(floods.pdf(PAGE).await, Err(NotPrinted::TooLarge)));
        let (_folder, fails) = program("printf '%%PDF-'; exit 3");
        assert!(matches!(
            fails.pdf(PAGE).await,
            Err(NotPrinted::Failed { code: Some(3) })
        ));
        let (_folder, other) = program("echo hello");
        assert!(matches!(
            other.pdf(PAGE).await,
            Err(NotPrinted::Failed { code: Some(0) })
        ));
        let missing = WeasyPrint::new("/there/is/no/such/program".into(), PrintLimits::default());
        assert!(matches!(missing.pdf(PAGE).await, Err(NotPrinted::NotRun(_))));
    }

    #[tokio::test]
    async fn why_it_failed_says_nothing_of_the_page() {
        let (_folder, printer) = program("/bin/cat >&2; exit 1");
        let error = printer.pdf(PAGE).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Quillfeather"));
    }

    #[test]
    fn a_page_that_would_fetch_is_not_printed() {
        assert!(is_whole(PAGE));
        assert!(is_whole("<head></head><p>&lt;img src=x&gt; url(x) src=</p>"));
        for page in [
            "<head></head><img src=\"file:///etc/passwd\">",
            "<head><link rel=stylesheet href=x></head>",
            "<head><style>@import 'x'</style></head>",
            "<head><style>p{background:url(x)}</style></head>",
            "<head></head><p style=\"background:url(x)\">",
            "<head></head><object data=x>",
        ] {
            assert!(!is_whole(page), "{page}");
        }
    }
}
