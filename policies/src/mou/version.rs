//! Version numbers of agreements: something newly visible is a new major, only less visible a new minor, else a patch.

use std::fmt;
use std::str::FromStr;

/// `major.minor.patch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Goes up when something is newly visible.
    pub major: u32,
    /// Goes up when something is no longer visible.
    pub minor: u32,
    /// Goes up when nobody sees more or less.
    pub patch: u32,
}

/// A text that is no version number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version number like 1.4.0")]
pub struct InvalidVersion;

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.').map(|part| {
            let plain =
                part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
            part.parse().ok().filter(|_| plain)
        });
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => {
                Ok(Self { major, minor, patch })
            }
            _ => Err(InvalidVersion),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_plain_numbers_and_nothing_else() {
        assert_eq!("1.10.0".parse::<Version>().unwrap().to_string(), "1.10.0");
        assert!("1.10.0".parse::<Version>().unwrap() > "1.9.9".parse().unwrap());
        for wrong in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "1.0.x",
            "+1.0.0",
            "1..0",
            "99999999999.0.0",
        ] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong} was taken");
        }
    }
}
