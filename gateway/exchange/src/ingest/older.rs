//! An export that is older than the one that was taken in last does not overtake it, unless somebody means that.
//!
//! Exports are ordered by `ExportDate`, the source's own clock, within their scope: the system they come from and the projects
//! they are of. `ExportID` is no sequence. Deltas are held to it too: laid over a newer state they would put back what was
//! changed since, and a delta that was left out is made good by the next full refresh.

use std::collections::BTreeMap;

use adapters::hmis;
use adapters::report::{Place, Report, Rule, Severity};
use gateway_crypto::Digest;
use gateway_store::{ExportMark, NewIngest, RecordStore, StoreError};
use gateway_types::Timestamp;
use serde_json::{Value, json};

/// A source's clock has no zone, and may be wrong. What is further ahead counts as if it were so far ahead, so that no export
/// bars those after it for long.
const AHEAD_SECONDS: i64 = 24 * 60 * 60;

static OLDER_EXPORT: Rule = Rule {
    id: "older-export",
    severity: Severity::RefusesPush,
    says: "an export of the same system and projects that was made later has been taken in; `exports` says when",
    remedy: "send the newest full refresh; deltas are to be sent in their order. If this one is to overtake the newer one, \
             send it again with `Assent-Older-Meant: by=STAFF`",
};

/// An export, and what it would overtake.
pub(super) struct Weighed {
    pub(super) mark: ExportMark,
    /// When the newer one was made, if there is one.
    pub(super) newest: Option<Timestamp>,
}

/// Which export it is, by its own word.
pub(super) fn mark(checked: &hmis::Checked) -> ExportMark {
    let export = checked.export();
    let system = match export.implementation_id.as_str() {
        "" => ["source", export.source_id.as_str()],
        implementation => ["implementation", implementation],
    };
    let mut projects: std::collections::BTreeSet<Digest> = (checked.projects())
        .map(|id| Digest::of_parts(&[b"project", id.as_bytes()]))
        .collect();
    if projects.is_empty() {
        projects.insert(all_projects());
    }
    ExportMark {
        system: Digest::of_parts(&system.map(str::as_bytes)),
        projects,
        exported_at: export.exported_at,
    }
}

/// Stands for the projects of an export that names none.
fn all_projects() -> Digest {
    Digest::of_parts(&[b"all"])
}

/// Holds an export to those of its scope that were published.
pub(super) async fn weigh(
    store: &dyn RecordStore,
    push: &NewIngest,
    mut mark: ExportMark,
) -> Result<Weighed, StoreError> {
    mark.exported_at = mark.exported_at.min(push.received_at.plus_seconds(AHEAD_SECONDS));
    let published = store.newest_exports(&push.source, &mark.system).await?;
    Ok(Weighed {
        newest: newer(&mark, &published),
        mark,
    })
}

fn newer(mark: &ExportMark, published: &BTreeMap<Digest, Timestamp>) -> Option<Timestamp> {
    let all = all_projects();
    let of_any = mark.projects.contains(&all);
    published
        .iter()
        .filter(|(project, _)| of_any || **project == all || mark.projects.contains(project))
        .map(|(_, at)| *at)
        .max()
        .filter(|newest| *newest > mark.exported_at)
}

impl Weighed {
    /// Why it is refused, and where.
    pub(super) fn report(&self) -> Value {
        let mut report = Report::default();
        let place = Place::file("Export.csv").row(2).column("ExportDate");
        report.add(&OLDER_EXPORT, place);
        let mut report = serde_json::to_value(&report).unwrap_or_default();
        if let (Some(report), Some(newest)) = (report.as_object_mut(), self.newest) {
            let exports = json!({ "this": self.mark.exported_at.to_string(), "newest": newest.to_string() });
            report.insert("exports".to_owned(), exports);
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_held_to_those_that_share_a_project() {
        let [north, south, west] = ["north", "south", "west"].map(|name| Digest::of(name.as_bytes()));
        let at = Timestamp::from_micros;
        let published = BTreeMap::from([(north, at(10)), (south, at(30))]);
        let newest = |projects: &[Digest], made: i64, published: &BTreeMap<Digest, Timestamp>| {
            let mark = ExportMark {
                system: north,
                projects: projects.iter().copied().collect(),
                exported_at: at(made),
            };
            newer(&mark, published)
        };
        assert_eq!(newest(&[north], 20, &published), None);
        assert_eq!(newest(&[north], 10, &published), None, "of the same moment");
        assert_eq!(newest(&[north, south], 20, &published), Some(at(30)));
        assert_eq!(newest(&[west], 1, &published), None, "of what was never sent");
        assert_eq!(newest(&[all_projects()], 20, &published), Some(at(30)));
        let whole = BTreeMap::from([(all_projects(), at(30))]);
        assert_eq!(newest(&[west], 20, &whole), Some(at(30)));
    }
}
