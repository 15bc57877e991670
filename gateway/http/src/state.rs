//! What the handlers share.

use std::sync::Arc;
use std::time::Duration;

use gateway_exchange::Gateway;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::pages::Pages;
use crate::print::Printer;
use crate::problem::Problem;

/// How many scans may be in memory at once.
const SCANS: usize = 8;

/// Limits on a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    /// The largest JSON body, in bytes.
    pub body: usize,
    /// How long a JSON body may take to arrive, and how long a pushed file may pause.
    pub patience: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            patience: Duration::from_secs(30),
        }
    }
}

/// The doors of one gateway.
#[derive(Clone, Debug)]
pub struct Doors {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) limits: RequestLimits,
    /// Work that goes on after its request was answered: imports, completion entries. Shutdown waits for it.
    pub(crate) after: TaskTracker,
    /// How many more scans may be in memory at once.
    pub(crate) scans: Arc<Semaphore>,
    pub(crate) printer: Option<Arc<dyn Printer>>,
    /// Where clients sign, if anywhere.
    pub(crate) pages: Option<Arc<Pages>>,
}

impl Doors {
    /// The doors of `gateway`.
    #[must_use]
    pub fn new(gateway: Arc<Gateway>, limits: RequestLimits, after: TaskTracker) -> Self {
        Self {
            gateway,
            limits,
            after,
            scans: Arc::new(Semaphore::new(SCANS)),
            printer: None,
            pages: None,
        }
    }

    /// The same, which answer with PDF too.
    #[must_use]
    pub fn printing_by(mut self, printer: Arc<dyn Printer>) -> Self {
        self.printer = Some(printer);
        self
    }

    /// The same, which make links to signing pages.
    #[must_use]
    pub fn signing_at(mut self, pages: Pages) -> Self {
        self.pages = Some(Arc::new(pages));
        self
    }

    /// Runs a use case to its end even if the caller goes away: a future dropped half-way could leave an import
    /// running for ever, or a revocation without its entry.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        // What a panic said is not told and not logged: it may hold client data.
        self.after.spawn(work).await.map_err(|_| Problem::internal())
    }
}
