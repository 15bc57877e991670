//! The agreement language.
use crate::agreements::Agreement;
use crate::law::Case;

/// How long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention;
/// A condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// x
    X,
}
impl Condition {
    pub(crate) fn holds(self, _case: &Case<'_>) -> bool {
        false
    }
}
/// Diagnostic.
#[derive(Clone, Debug)]
pub struct Diagnostic;
impl Diagnostic {
    pub(crate) fn whole_file(_: &str, _: &str, _: &str) -> Self {
        Self
    }
}
pub(crate) struct File {
    pub(crate) agreement: Agreement,
}
impl File {
    pub(crate) fn is_active(&self) -> bool {
        true
    }
}
pub(crate) fn read(_: &str, _: &str) -> Result<File, Vec<Diagnostic>> {
    Err(Vec::new())
}
