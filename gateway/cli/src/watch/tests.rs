//! A watched folder against a gateway that answers as a test wants it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;

use serde_json::json;

use super::*;

struct Drop(tempfile::TempDir, Looks);

impl Drop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let looks = Looks {
            quiet_seconds: 0,
            look_seconds: 1,
            once: true,
            folder: folder.path().to_owned(),
        };
        Self(folder, looks)
    }

    /// Puts a file there; later ones count as written later.
    fn put(&self, name: &str, seconds: u64) {
        let path = self.0.path().join(name);
        fs::write(&path, name).unwrap();
        let written = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(written)
            .unwrap();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    /// Looks once, as a process that starts anew; returns the code, and what was pushed.
    async fn look(&self, answers: &BTreeMap<&str, fn() -> Ended>) -> (Option<u8>, Vec<String>) {
        let pushed = RefCell::new(Vec::new());
        let push = async |mut file: File| {
            let mut name = String::new();
            file.read_to_string(&mut name).unwrap();
            let ended = answers[name.as_str()]();
            pushed.borrow_mut().push(name);
            Ok(ended)
        };
        let mut watched = Watched::open(&self.1).unwrap();
        let Ok(code) = watched.pass(push).await else {
            panic!("the folder can be used");
        };
        (code, pushed.into_inner())
    }
}

fn taken() -> Ended {
    Ended::TakenBefore {
        import: String::new(),
    }
}

fn failed() -> Ended {
    Ended::Failed("500".to_owned())
}

fn refused(rule: &str) -> Ended {
    Ended::Refused {
        import: String::new(),
        report: json!({ "findings": { "findings": [{ "rule": rule }] } }),
    }
}

#[tokio::test]
async fn nothing_overtakes_a_push_about_which_a_person_is_asked() {
    let drop = Drop::new();
    for (second, name) in [(1, "first"), (2, "second"), (3, "third")] {
        drop.put(name, second);
    }
    let answers: BTreeMap<&str, fn() -> Ended> = BTreeMap::from([
        ("first", (|| refused("bad-zip")) as fn() -> Ended),
        ("second", || refused("many-deletions")),
        ("third", taken),
    ]);
    let (code, pushed) = drop.look(&answers).await;
    assert_eq!((code, pushed.len()), (Some(exit::DATA), 2), "{pushed:?}");
    assert_eq!(drop.names("refused"), ["first", "first.report.txt"]);
    assert_eq!(drop.names("held"), ["second", "second.report.txt"]);
    assert_eq!(drop.names(""), ["third"]);
    let (code, pushed) = drop.look(&answers).await;
    assert_eq!(
        (code, pushed.len()),
        (Some(exit::DATA), 0),
        "after a restart as before: {pushed:?}"
    );
    // Somebody has looked, and pushed it or not: they take it from there.
    fs::rename(
        drop.0.path().join("held/second"),
        drop.0.path().join("done/second"),
    )
    .unwrap();
    let (code, pushed) = drop.look(&answers).await;
    assert_eq!((code, pushed.as_slice()), (None, ["third".to_owned()].as_slice()));
}

#[tokio::test]
async fn what_always_fails_gives_way_once_others_get_through() {
    let drop = Drop::new();
    drop.put("bad", 1);
    drop.put("good", 2);
    let answers: BTreeMap<&str, fn() -> Ended> =
        BTreeMap::from([("bad", failed as fn() -> Ended), ("good", taken)]);
    for _ in 1..TRIES {
        let (code, pushed) = drop.look(&answers).await;
        assert_eq!(
            (code, pushed.as_slice()),
            (Some(69), ["bad".to_owned()].as_slice())
        );
    }
    let (code, pushed) = drop.look(&answers).await;
    assert_eq!((code, pushed.len()), (None, 2), "{pushed:?}");
    assert_eq!(drop.names("failed"), ["bad", "bad.report.txt"]);
    assert_eq!(
        fs::read_to_string(drop.0.path().join("failed/bad.report.txt")).unwrap(),
        "500\n"
    );
    assert_eq!(drop.names("done"), ["good", "good.report.txt"]);
}

#[tokio::test]
async fn a_gateway_that_fails_with_everything_or_is_away_has_nothing_set_aside() {
    let drop = Drop::new();
    drop.put("one", 1);
    drop.put("two", 2);
    let fails: BTreeMap<&str, fn() -> Ended> =
        BTreeMap::from([("one", failed as fn() -> Ended), ("two", failed)]);
    for _ in 0..3 * TRIES {
        assert_eq!(drop.look(&fails).await.0, Some(69));
    }
    let away: BTreeMap<&str, fn() -> Ended> =
        BTreeMap::from([("one", (|| Ended::Later(String::new())) as fn() -> Ended)]);
    for _ in 0..3 * TRIES {
        assert_eq!(drop.look(&away).await.0, Some(69));
    }
    assert_eq!(drop.names(""), ["one", "two"]);
    assert!(drop.names("failed").is_empty());
    let back: BTreeMap<&str, fn() -> Ended> =
        BTreeMap::from([("one", taken as fn() -> Ended), ("two", taken)]);
    assert_eq!(
        drop.look(&back).await,
        (None, vec!["one".to_owned(), "two".to_owned()])
    );
}

#[tokio::test]
async fn no_link_leads_out_of_the_folder_and_nothing_is_overwritten() {
    let drop = Drop::new();
    let elsewhere = tempfile::tempdir().unwrap();
    for kept in ["done", "refused", "held", "failed"] {
        let place = drop.0.path().join(kept);
        std::os::unix::fs::symlink(elsewhere.path(), &place).unwrap();
        assert!(Watched::open(&drop.1).is_err(), "{kept}");
        fs::remove_file(place).unwrap();
    }
    // A lock that is a link would be emptied.
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, "kept").unwrap();
    for hidden in [".assent-watch.lock", ".assent-watch.tries"] {
        let place = drop.0.path().join(hidden);
        let _ = fs::remove_file(&place);
        std::os::unix::fs::symlink(&victim, &place).unwrap();
    }
    assert!(Watched::open(&drop.1).is_err());
    fs::remove_file(drop.0.path().join(".assent-watch.lock")).unwrap();

    drop.put("a.json", 1);
    std::os::unix::fs::symlink(&victim, drop.0.path().join("b.json")).unwrap();
    let taking: BTreeMap<&str, fn() -> Ended> = BTreeMap::from([("a.json", taken as fn() -> Ended)]);
    // Somebody has put a link where the report or the file would go.
    fs::create_dir_all(drop.0.path().join("done")).unwrap();
    std::os::unix::fs::symlink(&victim, drop.0.path().join("done/a.json")).unwrap();
    std::os::unix::fs::symlink(&victim, drop.0.path().join("done/a.json.2.report.txt")).unwrap();
    let (code, pushed) = drop.look(&taking).await;
    assert_eq!((code, pushed.len()), (None, 1), "{pushed:?}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
    assert_eq!(drop.names("done"), ["a.json.3", "a.json.3.report.txt"]);
    // The tries cannot be noted by way of a link either.
    drop.put("c", 3);
    let fails: BTreeMap<&str, fn() -> Ended> = BTreeMap::from([("c", failed as fn() -> Ended)]);
    let mut watched = Watched::open(&drop.1).unwrap();
    let push = async |_: File| Ok(fails["c"]());
    assert!(watched.pass(push).await.is_err());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
}

#[tokio::test]
async fn a_file_that_came_under_the_name_meanwhile_stays_to_be_pushed() {
    let drop = Drop::new();
    drop.put("a", 1);
    let path = drop.0.path().join("a");
    let push = async |_: File| {
        fs::write(&path, "another").unwrap();
        Ok(taken())
    };
    let mut watched = Watched::open(&drop.1).unwrap();
    let Ok(None) = watched.pass(push).await else {
        panic!("nothing stands in the way");
    };
    assert_eq!(drop.names(""), ["a"]);
    assert!(drop.names("done").is_empty());
}
