//! `assent push` and `assent watch`: what an agency's own machine runs, through the binary as it is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use gateway_synthetic::{Town, agencies as cast};
use gateway_types::Clock as _;
use tests_support::TestGateway;

use crate::binary::{run, said};
use crate::exports::Export;

/// An agency's machine: its credentials in files, and a folder for its exports.
struct Machine {
    folder: tempfile::TempDir,
    to: String,
}

impl Machine {
    fn of(test: &TestGateway, agency: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = test.credentials.identity(agency).unwrap();
        for (name, text) in [
            ("ca.pem", test.credentials.authority()),
            ("agency.pem", certificate),
            ("agency.key", key),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join("drop")).unwrap();
        Self {
            folder,
            to: format!("https://{}", test.address),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command beside the gateway, which is served by this process.
    async fn assent(&self, command: &str, rest: &[&str]) -> Output {
        let path = |name: &str| self.at(name).display().to_string();
        let mut arguments = vec![command.to_owned(), "--to".to_owned(), self.to.clone()];
        for (option, name) in [
            ("--ca", "ca.pem"),
            ("--certificate", "agency.pem"),
            ("--key", "agency.key"),
        ] {
            arguments.extend([option.to_owned(), path(name)]);
        }
        arguments.extend(rest.iter().map(|&argument| argument.to_owned()));
        tokio::task::spawn_blocking(move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
            .await
            .unwrap()
    }

    async fn push(&self, files: &[&str]) -> (Option<i32>, String) {
        told(&self.assent("push", files).await)
    }

    /// One look at the drop folder.
    async fn watch(&self) -> (Option<i32>, String) {
        let drop = self.at("drop").display().to_string();
        told(
            &self
                .assent("watch", &["--once", "--quiet-seconds", "0", &drop])
                .await,
        )
    }

    fn drop(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.at("drop").join(name), bytes).unwrap();
    }
}

/// Exit code, and what was said, on whichever stream.
fn told(output: &Output) -> (Option<i32>, String) {
    let text = said(&output.stdout) + &said(&output.stderr);
    assert!(!text.contains("panicked"), "{text}");
    (output.status.code(), text)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Quillfeather","given":["Zanzibara"]}],"birthDate":"1980-05-06","managingOrganization":{"reference":"Organization/lakeside-general"}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_followed_to_its_end_and_its_report_is_for_a_person() {
    let test = TestGateway::start().await;
    let machine = Machine::of(&test, cast::RIVERTON_HMIS);
    let export = Export::of(&Town::new(8, 60, test.clock.now().date())).zip();
    let file = machine.at("export.zip");
    fs::write(&file, &export).unwrap();
    let file = file.to_str().unwrap();
    let (code, text) = machine.push(&[file]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("export.zip: taken in (import "), "{text}");
    assert!(
        text.contains(" clients, ") && text.contains(" stored elements"),
        "{text}"
    );
    let (code, text) = machine.push(&[file]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("taken in before"), "{text}");

    // What is wrong is told with its place; the exit code is for a script.
    let broken = machine.at("broken.zip");
    fs::write(&broken, &export[..export.len() / 2]).unwrap();
    let (code, text) = machine.push(&[broken.to_str().unwrap(), file]).await;
    assert_eq!(code, Some(65), "{text}");
    assert!(
        text.contains("broken.zip: refused (import ") && text.contains("refuses push: "),
        "{text}"
    );
    assert!(
        text.contains("taken in before"),
        "the others are pushed all the same: {text}"
    );

    let notes = machine.at("notes.txt");
    fs::write(&notes, "Quillfeather").unwrap();
    let (code, text) = machine.push(&[notes.to_str().unwrap()]).await;
    assert_eq!(code, Some(65), "{text}");
    assert!(text.contains("no format that is known by its content"), "{text}");
    let (code, text) = machine.push(&["/nowhere-at-all"]).await;
    assert_eq!(code, Some(64), "{text}");
    // It is a hospital's to push.
    let patient = machine.at("patient.json");
    fs::write(&patient, PATIENT).unwrap();
    let (code, text) = machine.push(&[patient.to_str().unwrap()]).await;
    assert_eq!(code, Some(77), "{text}");
    assert!(text.contains("not let in: 403"), "{text}");

    let hospital = Machine::of(&test, cast::LAKESIDE_HOSPITAL);
    let (code, text) = hospital.push(&[patient.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("Quillfeather"), "{text}");
    let away = Machine {
        to: "https://127.0.0.1:1".to_owned(),
        ..hospital
    };
    let (code, text) = away.push(&[patient.to_str().unwrap()]).await;
    assert_eq!(code, Some(69), "{text}");
    let plain = Machine {
        to: "http://127.0.0.1:1".to_owned(),
        ..away
    };
    assert_eq!(plain.push(&[patient.to_str().unwrap()]).await.0, Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_into_a_folder_is_pushed_once_and_kept() {
    let test = TestGateway::start().await;
    let machine = Machine::of(&test, cast::LAKESIDE_HOSPITAL);
    machine.drop("quillfeather.json", PATIENT);
    machine.drop("notes.txt", "Zanzibara");
    machine.drop("coming.json.part", PATIENT);
    let outside = machine.at("outside.json");
    fs::write(&outside, PATIENT).unwrap();
    std::os::unix::fs::symlink(&outside, machine.at("drop").join("link.json")).unwrap();
    let (code, text) = machine.watch().await;
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("taken in, import") && text.contains("refused"),
        "{text}"
    );
    assert!(
        !text.contains("quillfeather") && !text.contains("Zanzibara"),
        "a name of a file is free text: {text}"
    );
    let drop = machine.at("drop");
    assert_eq!(
        names(&drop),
        [
            "coming.json.part",
            "done",
            "failed",
            "held",
            "link.json",
            "refused"
        ]
    );
    assert_eq!(
        names(&drop.join("done")),
        ["quillfeather.json", "quillfeather.json.report.txt"]
    );
    assert_eq!(
        names(&drop.join("refused")),
        ["notes.txt", "notes.txt.report.txt"]
    );
    let report = fs::read_to_string(drop.join("done/quillfeather.json.report.txt")).unwrap();
    assert!(
        report.starts_with("taken in (import ") && report.contains("1 client"),
        "{report}"
    );

    // As if it had been killed before it could move the file: nothing comes in twice, and nothing is overwritten.
    machine.drop("quillfeather.json", PATIENT);
    let (code, text) = machine.watch().await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("taken in before"), "{text}");
    assert_eq!(
        names(&drop.join("done")).len(),
        4,
        "{:?}",
        names(&drop.join("done"))
    );

    // While the gateway is away everything stays where it is.
    machine.drop("later.json", PATIENT);
    let away = Machine {
        to: "https://127.0.0.1:1".to_owned(),
        ..machine
    };
    let (code, text) = away.watch().await;
    assert_eq!(code, Some(69), "{text}");
    assert!(names(&drop).contains(&"later.json".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_written_is_left_alone_and_so_is_a_watched_folder() {
    let test = TestGateway::start().await;
    let machine = Machine::of(&test, cast::LAKESIDE_HOSPITAL);
    machine.drop("fresh.json", PATIENT);
    let drop = machine.at("drop").display().to_string();
    let hour = ["--once", "--quiet-seconds", "3600", &drop];
    let (code, text) = told(&machine.assent("watch", &hour).await);
    assert_eq!(code, Some(0), "{text}");
    assert!(names(&machine.at("drop")).contains(&"fresh.json".to_owned()));
    let lock = fs::File::create(machine.at("drop").join(".assent-watch.lock")).unwrap();
    lock.lock().unwrap();
    let (code, text) = machine.watch().await;
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("watched by another process"), "{text}");
}

/// Some products write all names in capitals; and a link in the folder is not followed.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_names_in_capitals_is_an_export_as_well() {
    let test = TestGateway::start().await;
    let machine = Machine::of(&test, cast::RIVERTON_HMIS);
    let town = Town::new(8, 60, test.clock.now().date());
    let folder = machine.at("EXPORT");
    fs::create_dir(&folder).unwrap();
    for (name, text) in Export::of(&town).0 {
        fs::write(folder.join(name.to_uppercase()), text).unwrap();
    }
    let (code, text) = machine.push(&[folder.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(" clients, "), "{text}");
    let service = folder.join("SERVICES.CSV");
    fs::rename(&service, machine.at("elsewhere")).unwrap();
    std::os::unix::fs::symlink(machine.at("elsewhere"), &service).unwrap();
    let (code, text) = machine.push(&[folder.to_str().unwrap()]).await;
    assert_eq!(code, Some(64), "{text}");
}

/// A night in which everybody is marked as deleted waits for a person, and so does the night after it.
#[tokio::test(flavor = "multi_thread")]
async fn what_asks_a_person_is_held_and_the_next_export_waits() {
    let test = TestGateway::start().await;
    let machine = Machine::of(&test, cast::RIVERTON_HMIS);
    let town = test.take_in_town(60).await;
    let emptied = Export::of(&town).with("Client.csv", |text| {
        (0..=9).fold(text, |text, user| {
            let kept = format!("\"USR-0{user}\",,");
            text.replace(&kept, &kept.replace(",,", ",2026-11-20 09:00:00,"))
        })
    });
    machine.drop("1.ZIP", emptied.zip());
    std::thread::sleep(std::time::Duration::from_millis(20));
    machine.drop("2.ZIP", Export::of(&town).zip());
    for _ in 0..2 {
        let (code, text) = machine.watch().await;
        assert_eq!(code, Some(65), "{text}");
        assert!(text.contains("a person is asked: look into `held`"), "{text}");
    }
    let drop = machine.at("drop");
    assert_eq!(names(&drop.join("held")), ["1.ZIP", "1.ZIP.report.txt"]);
    fs::rename(drop.join("held/1.ZIP"), drop.join("refused/1.ZIP")).unwrap();
    let (code, text) = machine.watch().await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(names(&drop.join("done")), ["2.ZIP", "2.ZIP.report.txt"]);
}
