//! What an entry records. The numbers are public and never change their meaning.
//!
//! 45 CFR 164.312(b) wants activity recorded, 164.528 and 42 CFR 2.24, 2.25 and 2.51(c) disclosures in particular;
//! refusals, changes of the rules and looks into the log itself are recorded the same way.

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A disclosure was decided and is about to be sent.
    Intent,
    /// What became of an intent; repeats its event id.
    Completion,
    /// A request was refused, or answered neutrally; nothing was disclosed.
    Denial,
    /// The sealed content of an event was destroyed, lawfully; repeats its event id.
    Erasure,
    /// A key was made, replaced or retired.
    KeyEvent,
    /// Rules or agreements came into force, or left it.
    PolicyVersion,
    /// Somebody looked into the log itself.
    LogAccess,
    /// The root of the map of client lists.
    MapRoot,
    /// The outcome of an intent is unknown; it counts as disclosed. Repeats its event id.
    Recovery,
    /// An accounting suspension ended.
    SuspensionRelease,
    /// The last checkpoint of the shard before.
    ShardBridge,
    /// Nothing happened; the log is alive.
    Heartbeat,
    /// A consent, authorisation or release was recorded.
    ConsentRecorded,
    /// A consent, authorisation or release was revoked.
    ConsentRevoked,
    /// Data was taken in from an agency.
    Ingest,
    /// Data, or part of it, was refused at the door.
    IngestRefused,
    /// The registry of agencies changed.
    RegistryChange,
    /// Two clients turned out to be one person.
    ClientMerge,
    /// One client turned out to be two persons.
    ClientSplit,
    /// Somebody looked at a consent, at what it would share, or at a request for one; or answered that.
    ConsentRead,
    /// What a client asked an agency to keep back: asked, answered, ended or looked at.
    Restriction,
    /// An invented client was asked about, to try the whole path. Nobody's record, no disclosure.
    Canary,
    /// An earlier recipient is told that a consent ended, or has said that it was told; the latter repeats its event id.
    Notice,
    /// Somebody asked for a consent, perhaps of nobody.
    ConsentRequest,
    /// Somebody looked which requests to a 311 line stand in an area. About nobody.
    ServiceRequests,
}

impl EntryKind {
    /// Every kind, by number: the first is 1. New kinds are added at the end.
    pub const ALL: [Self; 25] = [
        Self::Intent,
        Self::Completion,
        Self::Denial,
        Self::Erasure,
        Self::KeyEvent,
        Self::PolicyVersion,
        Self::LogAccess,
        Self::MapRoot,
        Self::Recovery,
        Self::SuspensionRelease,
        Self::ShardBridge,
        Self::Heartbeat,
        Self::ConsentRecorded,
        Self::ConsentRevoked,
        Self::Ingest,
        Self::IngestRefused,
        Self::RegistryChange,
        Self::ClientMerge,
        Self::ClientSplit,
        Self::ConsentRead,
        Self::Restriction,
        Self::Canary,
        Self::Notice,
        Self::ConsentRequest,
        Self::ServiceRequests,
    ];

    /// The kind's number in a leaf, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// What it records, in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Intent => "disclosure",
            Self::Completion => "outcome of a disclosure",
            Self::Denial => "refusal",
            Self::Erasure => "lawful erasure",
            Self::KeyEvent => "change of a key",
            Self::PolicyVersion => "change of rules or agreements",
            Self::LogAccess => "look into the log",
            Self::MapRoot => "root of the client map",
            Self::Recovery => "disclosure with unknown outcome",
            Self::SuspensionRelease => "end of a suspension",
            Self::ShardBridge => "bridge from the earlier log",
            Self::Heartbeat => "sign of life",
            Self::ConsentRecorded => "consent recorded",
            Self::ConsentRevoked => "consent revoked",
            Self::Ingest => "data taken in",
            Self::IngestRefused => "data refused",
            Self::RegistryChange => "change of the registry",
            Self::ClientMerge => "two clients merged",
            Self::ClientSplit => "client split",
            Self::ConsentRead => "look at a consent",
            Self::Restriction => "restriction a client asked for",
            Self::Canary => "trial with an invented client",
            Self::Notice => "notice that a consent ended",
            Self::ConsentRequest => "request for a consent",
            Self::ServiceRequests => "look at service requests",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_format_and_lead_back() {
        assert_eq!(EntryKind::Intent.number(), 1);
        assert_eq!(EntryKind::Heartbeat.number(), 12);
        assert_eq!(EntryKind::ConsentRecorded.number(), 13);
        assert_eq!(EntryKind::ClientSplit.number(), 19);
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::from_number(kind.number()), Some(kind));
        }
        assert_eq!(EntryKind::from_number(0), None);
        assert_eq!(EntryKind::ConsentRead.number(), 20);
        assert_eq!(EntryKind::Restriction.number(), 21);
        assert_eq!(EntryKind::Canary.number(), 22);
        assert_eq!(EntryKind::Notice.number(), 23);
        assert_eq!(EntryKind::ConsentRequest.number(), 24);
        assert_eq!(EntryKind::ServiceRequests.number(), 25);
        assert_eq!(EntryKind::from_number(26), None);
    }
}
