//! Where the server's programs are. Debian keeps them out of PATH, in one folder for each major version.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Unavailable;

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "psql"];
/// Folders with one folder for each version inside: Debian's and the PostgreSQL project's RPMs'.
const VERSIONED: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];

/// The folder that holds `initdb`, `postgres` and `psql`: through PATH, else the newest installed version.
pub(crate) fn find() -> Result<PathBuf, Unavailable> {
    find_in(std::env::var_os("PATH").as_deref(), &VERSIONED)
}

fn find_in(path: Option<&OsStr>, versioned: &[(&str, &str)]) -> Result<PathBuf, Unavailable> {
    // A link in PATH leads to the folder where all the programs are.
    let in_path = path
        .into_iter()
        .flat_map(std::env::split_paths)
        .filter_map(|folder| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_owned()));
    let installed = versioned
        .iter()
        .flat_map(|(parent, prefix)| versions(Path::new(parent), prefix));
    in_path
        .chain(installed)
        .find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()))
        .ok_or(Unavailable::NoBinaries)
}

fn versions(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(folder: &Path, programs: &[&str]) {
        std::fs::create_dir_all(folder).unwrap();
        for program in programs {
            std::fs::write(folder.join(program), "").unwrap();
        }
    }

    #[test]
    fn path_wins_then_the_newest_complete_version() {
        let root = tempfile::tempdir().unwrap();
        let parent = root.path().join("postgresql");
        install(&parent.join("9/bin"), &PROGRAMS);
        install(&parent.join("15/bin"), &PROGRAMS);
        install(&parent.join("17/bin"), &["psql"]);
        let versioned = [(parent.to_str().unwrap(), "")];
        assert_eq!(find_in(None, &versioned).unwrap(), parent.join("15/bin"));

        let links = root.path().join("links");
        std::fs::create_dir(&links).unwrap();
        std::os::unix::fs::symlink(parent.join("9/bin/initdb"), links.join("initdb")).unwrap();
        let found = find_in(Some(links.as_os_str()), &versioned).unwrap();
        assert_eq!(found, parent.join("9/bin").canonicalize().unwrap());
    }

    #[test]
    fn a_client_alone_is_not_a_server() {
        let root = tempfile::tempdir().unwrap();
        install(&root.path().join("17/bin"), &["psql"]);
        let versioned = [(root.path().to_str().unwrap(), "")];
        let error = find_in(Some(OsStr::new("/nonexistent")), &versioned).unwrap_err();
        assert!(matches!(error, Unavailable::NoBinaries));
    }
}
