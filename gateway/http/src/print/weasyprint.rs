//! PDF by WeasyPrint (decision 0015): the page goes in by its standard input, PDF/UA comes out by its standard output.
//!
//! Nothing touches the disk. The child has an empty environment, a time limit and a bound on what it gives, and is killed
//! when it passes either or when nobody waits for it any more. What it says on its standard error may quote the page and
//! is never read.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::{NotPrinted, Printer};

/// Limits on printing.
#[derive(Clone, Copy, Debug)]
pub struct PrintLimits {
    /// How long one page may take, waiting for its turn included.
    pub time: Duration,
    /// The largest PDF, in bytes.
    pub bytes: u64,
    /// How much memory one page may take, in bytes of address space (Linux).
    pub memory: u64,
    /// How many pages are printed at once.
    pub at_once: usize,
}

impl Default for PrintLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            bytes: 16 << 20,
            memory: 1 << 30,
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
        // Before it is given anything to print.
        bound(&child, self.limits)?;
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

/// Bounds the program's memory and its share of the processors, and has nothing of a page written to a disk should it fail.
#[cfg(target_os = "linux")]
fn bound(child: &Child, limits: PrintLimits) -> Result<(), NotPrinted> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let not_bound = || NotPrinted::NotRun(std::io::Error::from(std::io::ErrorKind::Other));
    // Without a number it has ended already, which its status tells.
    let Some(number) = child.id() else { return Ok(()) };
    let pid = i32::try_from(number)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(not_bound)?;
    let seconds = limits.time.as_secs().saturating_add(1);
    for (resource, most) in [
        (Resource::As, limits.memory),
        (Resource::Cpu, seconds),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        prlimit(Some(pid), resource, limit).map_err(|error| NotPrinted::NotRun(error.into()))?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "another system can refuse")]
const fn bound(_: &Child, _: PrintLimits) -> Result<(), NotPrinted> {
    Ok(())
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
            memory: 64 << 20,
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

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_program_has_its_bounds_before_it_reads_a_page() {
        let script = "read -r page; printf '%%PDF-'; ulimit -v; ulimit -t; ulimit -c";
        let (_folder, printer) = program(script);
        let pdf = printer.pdf(PAGE).await.unwrap();
        // Kibibytes of memory, seconds of a processor, blocks of a core file.
        assert_eq!(String::from_utf8(pdf).unwrap(), "%PDF-65536\n4\n0\n");
        // One that takes more than that fails, and the next page is printed.
        let (_folder, greedy) = program(
            "read -r page; printf '%%PDF-'; x=$(/usr/bin/head -c 100000000 /dev/zero | /usr/bin/tr '\\0' a); echo $x",
        );
        let outcome = greedy.pdf(PAGE).await;
        assert!(matches!(outcome, Err(NotPrinted::Failed { .. })), "{outcome:?}");
        assert!(printer.pdf(PAGE).await.is_ok());
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
