//! What was signed: scans of forms, as the agencies that hold the forms handed them in, and pages signed on a screen. None
//! is ever replaced.

use std::fmt;

use consent::ArtefactDigest;
use gateway_types::{ClientId, ConsentId, Timestamp};

use crate::StoreError;

/// In which format a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanFormat {
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// A page of ours that was signed on a screen. Nobody hands one in.
    SignedPage,
}

impl ScanFormat {
    /// Those that are handed in.
    pub const ALL: [Self; 4] = [Self::Pdf, Self::Jpeg, Self::Png, Self::Tiff];

    /// The format of bytes that begin so; `None` if it is none of these.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.beginnings().iter().any(|begins| bytes.starts_with(begins)))
    }

    /// The format of what is kept: one that is handed in, or a page of ours.
    #[must_use]
    pub fn of_kept(bytes: &[u8]) -> Option<Self> {
        Self::of(bytes).or_else(|| consent::is_page(bytes).then_some(Self::SignedPage))
    }

    const fn beginnings(self) -> &'static [&'static [u8]] {
        match self {
            Self::Pdf => &[b"%PDF-"],
            Self::Jpeg => &[&[0xff, 0xd8, 0xff]],
            Self::Png => &[b"\x89PNG\r\n\x1a\n"],
            Self::Tiff => &[b"II*\0", b"MM\0*"],
            Self::SignedPage => &[],
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::SignedPage => "text/html; charset=utf-8",
        }
    }
}

/// A scan.
#[derive(Clone, PartialEq, Eq)]
pub struct Artefact {
    /// Of which form.
    pub consent: ConsentId,
    /// Whose form it is.
    pub client: ClientId,
    /// SHA-256 of its bytes, as whoever handed it in was told.
    pub digest: ArtefactDigest,
    /// The bytes, as they were handed in.
    pub bytes: Vec<u8>,
    /// When.
    pub handed_in_at: Timestamp,
}

impl fmt::Debug for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[artefact]")
    }
}

/// How many scans of one form are kept: who scans a page anew does so a few times, not without end.
pub const MOST_ARTEFACTS: u32 = 8;

/// Scans of signed forms.
#[async_trait::async_trait]
pub trait ArtefactStore: Send + Sync {
    /// Keeps a scan. One that is kept already changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such form of this client, [`StoreError::Conflict`] if [`MOST_ARTEFACTS`] of
    /// the form are kept already.
    async fn keep_artefact(&self, artefact: &Artefact) -> Result<(), StoreError>;

    /// A scan by its digest, or without one that handed in last.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn artefact(
        &self,
        consent: ConsentId,
        digest: Option<ArtefactDigest>,
    ) -> Result<Option<Artefact>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_how_the_bytes_begin() {
        for (bytes, format) in [
            (b"%PDF-1.7\n".as_slice(), Some(ScanFormat::Pdf)),
            (&[0xff, 0xd8, 0xff, 0xe0, 0], Some(ScanFormat::Jpeg)),
            (b"\x89PNG\r\n\x1a\n....", Some(ScanFormat::Png)),
            (b"II*\0....", Some(ScanFormat::Tiff)),
            (b"MM\0*....", Some(ScanFormat::Tiff)),
            (b"<html>", None),
            (b"<!DOCTYPE html>\n<html lang=\"en\">", None),
            (b" %PDF-1.7", None),
            (b"%PDF", None),
            (b"", None),
        ] {
            assert_eq!(ScanFormat::of(bytes), format, "{bytes:?}");
        }
        let page = b"<!DOCTYPE html>\n<html lang=\"en\">";
        assert_eq!(ScanFormat::of_kept(page), Some(ScanFormat::SignedPage));
        assert_eq!(ScanFormat::of_kept(b"<html>"), None);
    }
}
