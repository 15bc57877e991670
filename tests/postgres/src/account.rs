//! Under which account the server runs. PostgreSQL refuses root, so root hands it to an account that has no rights.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::Unavailable;

/// The account that owns the server's folder and runs its programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// The account that runs the tests.
    Own,
    /// Another one, because the tests run as root.
    Other { user: u32, group: u32 },
}

impl Account {
    /// The account for a folder that this process has just made.
    pub(crate) fn for_owner_of(folder: &Path) -> Result<Self, Unavailable> {
        let owner = std::fs::metadata(folder)
            .map_err(Unavailable::system("look at the temporary folder"))?
            .uid();
        if owner != 0 {
            return Ok(Self::Own);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        unprivileged(&accounts).ok_or(Unavailable::NoAccount)
    }

    /// Makes the account own `folder`.
    pub(crate) fn own(self, folder: &Path) -> Result<(), Unavailable> {
        match self {
            Self::Own => Ok(()),
            Self::Other { user, group } => std::os::unix::fs::chown(folder, Some(user), Some(group)).map_err(
                Unavailable::system("hand the temporary folder to the server's account"),
            ),
        }
    }

    /// Makes `command` run under the account, without the groups of this process.
    pub(crate) fn run(self, command: &mut Command) -> &mut Command {
        match self {
            Self::Own => command,
            Self::Other { user, group } => command.uid(user).gid(group),
        }
    }
}

fn unprivileged(accounts: &str) -> Option<Account> {
    ["postgres", "nobody"].iter().find_map(|wanted| {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let user = fields.nth(1)?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            (name == *wanted && user != 0).then_some(Account::Other { user, group })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_preferred_to_nobody_and_root_is_never_taken() {
        let nobody = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        let both = format!("{nobody}postgres:x:101:104:,,,:/:/bin/sh\n");
        let other = |user, group| Some(Account::Other { user, group });
        assert_eq!(unprivileged(nobody), other(65534, 65533));
        assert_eq!(unprivileged(&both), other(101, 104));
        assert_eq!(unprivileged("postgres:x:0:0::/:/bin/sh\nbroken\n"), None);
    }
}
