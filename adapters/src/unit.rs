//! Which unit of a source a record names (42 CFR 2.12: protection follows the programme, not the content).

use gateway_types::record::UNRESOLVED_PROGRAMME;

/// The units that a record names, taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// None.
    Nothing,
    /// One, by this name.
    Unit(String),
    /// One that cannot be told, or several that differ.
    Unresolved,
}

impl Named {
    /// Both together: the same unit, or one that cannot be told.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, named) | (named, Self::Nothing) => named,
            (Self::Unit(one), Self::Unit(other)) if one == other => Self::Unit(one),
            _ => Self::Unresolved,
        }
    }

    /// This one, or what is said elsewhere if this says nothing.
    pub(crate) fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Nothing => other(),
            named => named,
        }
    }

    /// As the programme of an element; `None`: no unit was named.
    pub(crate) fn into_programme(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Unit(name) => Some(name),
            Self::Unresolved => Some(UNRESOLVED_PROGRAMME.to_owned()),
        }
    }
}
