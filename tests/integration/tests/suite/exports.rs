//! An HMIS export taken apart, changed and put together again.

use std::io::{Cursor, Read as _, Write as _};

use gateway_synthetic::Town;
use zip::ZipArchive;
use zip::write::{SimpleFileOptions, ZipWriter};

/// The files of an export, in order.
#[derive(Clone)]
pub(crate) struct Export(pub(crate) Vec<(String, Vec<u8>)>);

impl Export {
    /// The export of a town.
    pub(crate) fn of(town: &Town) -> Self {
        let mut bytes = Cursor::new(Vec::new());
        gateway_synthetic::write_hmis_zip(town, &mut bytes).unwrap();
        let mut archive = ZipArchive::new(bytes).unwrap();
        let files = (0..archive.len())
            .map(|at| {
                let mut file = archive.by_index(at).unwrap();
                let mut content = Vec::new();
                file.read_to_end(&mut content).unwrap();
                (file.name().unwrap().into_owned(), content)
            })
            .collect();
        Self(files)
    }

    /// The export with one file's text changed.
    pub(crate) fn with(mut self, name: &str, change: impl FnOnce(String) -> String) -> Self {
        let (_, content) = self
            .0
            .iter_mut()
            .find(|(file, _)| file == name)
            .expect("the file");
        let before = String::from_utf8(content.clone()).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after, "the change to {name} changed nothing");
        *content = after.into_bytes();
        self
    }

    /// The export with every file's bytes changed.
    pub(crate) fn with_all(mut self, change: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        for (_, content) in &mut self.0 {
            *content = change(content);
        }
        self
    }

    /// The export without a file.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(file, _)| file != name);
        self
    }

    /// As a zip.
    pub(crate) fn zip(&self) -> Vec<u8> {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.0 {
            writer.start_file(name.as_str(), options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }
}

/// The cells of a line of the text, which has no quoted commas before the wanted column, changed.
pub(crate) fn change_line(text: &str, of: &str, change: impl FnOnce(&str) -> String) -> String {
    let line = text.lines().find(|line| line.contains(of)).expect("the line");
    text.replacen(line, &change(line), 1)
}
