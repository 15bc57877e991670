//! The signer's high-water mark as a file: written anew beside itself, flushed, then put in place of the last.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use gateway_exchange::sequencer::HighWater;

/// The mark in a file.
pub(crate) struct MarkFile {
    path: PathBuf,
    writes: bool,
}

impl MarkFile {
    /// The mark of the gateway that serves.
    pub(crate) fn serving(path: PathBuf) -> Box<dyn HighWater> {
        Box::new(Self { path, writes: true })
    }

    /// The mark as a tool beside it sees it: what it appends, the gateway notes.
    pub(crate) fn looked_at(path: PathBuf) -> Box<dyn HighWater> {
        Box::new(Self { path, writes: false })
    }
}

impl HighWater for MarkFile {
    fn read(&self) -> std::io::Result<Option<String>> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, checkpoint: &str) -> std::io::Result<()> {
        if !self.writes {
            return Ok(());
        }
        let beside = self.path.with_extension("mark.new");
        let mut file = File::create(&beside)?;
        file.write_all(checkpoint.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        // The rename itself lasts once its folder is flushed.
        if let Some(folder) = self.path.parent().filter(|folder| *folder != Path::new("")) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_what_was_noted_last_and_a_tool_writes_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.mark");
        let mark = MarkFile::serving(path.clone());
        assert_eq!(mark.read().unwrap(), None);
        MarkFile::looked_at(path.clone()).write("tool").unwrap();
        assert_eq!(mark.read().unwrap(), None);
        mark.write("one").unwrap();
        mark.write("two").unwrap();
        assert_eq!(mark.read().unwrap().as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(MarkFile::serving(folder.path().to_owned()).read().is_err());
    }
}
