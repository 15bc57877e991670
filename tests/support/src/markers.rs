//! Searching everything written for words that must not be there.

use std::collections::HashMap;
use std::path::Path;

/// Words to search for, all at once.
#[derive(Debug)]
pub struct Markers {
    /// The words by their first bytes.
    by_start: HashMap<Vec<u8>, Vec<Vec<u8>>>,
    /// Which pairs of bytes any word begins with, since most places are ruled out by that alone.
    pairs: Vec<bool>,
    start: usize,
}

impl Markers {
    /// The words, none of them shorter than two bytes.
    #[must_use]
    pub fn new(words: impl Iterator<Item = String>) -> Self {
        let words: Vec<Vec<u8>> = words.map(String::into_bytes).collect();
        let start = words.iter().map(Vec::len).min().expect("a word").min(6);
        assert!(start >= 2, "a marker is too short");
        let mut by_start: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
        let mut pairs = vec![false; 1 << 16];
        for word in words {
            let (head, _) = word.split_at(start);
            if let Some(pair) = pairs.get_mut(pair_of(head)) {
                *pair = true;
            }
            by_start.entry(head.to_vec()).or_default().push(word);
        }
        Self {
            by_start,
            pairs,
            start,
        }
    }

    /// A word that is in `bytes`.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<String> {
        let mut rest = bytes;
        while let Some((head, _)) = rest.split_at_checked(self.start) {
            if self.pairs.get(pair_of(head)).is_some_and(|any| *any)
                && let Some(words) = self.by_start.get(head)
                && let Some(word) = words.iter().find(|word| rest.starts_with(word))
            {
                return Some(String::from_utf8_lossy(word).into_owned());
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        None
    }

    /// A word that is in a file of `folder`, or in a file's name, at any depth; with the file.
    #[must_use]
    pub fn found_under(&self, folder: &Path) -> Option<(String, std::path::PathBuf)> {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let found = if path.is_dir() {
                self.found_under(&path)
            } else {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let content = match std::fs::read(&path) {
                    // A database that is being closed removes its write-ahead file.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                    content => content.expect("a file"),
                };
                self.found_in(name.as_bytes())
                    .or_else(|| self.found_in(&content))
                    .map(|word| (word, path))
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

fn pair_of(head: &[u8]) -> usize {
    match head {
        [first, second, ..] => usize::from(*first) << 8 | usize::from(*second),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let markers = Markers::new(
            ["Quillfeather", "987654321", "Delgado"]
                .map(str::to_owned)
                .into_iter(),
        );
        assert_eq!(markers.found_in(b"xx Delgad Delgado"), Some("Delgado".to_owned()));
        assert_eq!(markers.found_in(b"987654321"), Some("987654321".to_owned()));
        assert_eq!(markers.found_in(b"Delgad Quillfeathe 98765432"), None);
        assert_eq!(markers.found_in(b""), None);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(markers.found_under(folder.path()), None);
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep").join("file"), b"\0\xffQuillfeather\0").unwrap();
        assert_eq!(markers.found_under(folder.path()).unwrap().0, "Quillfeather");
    }
}
