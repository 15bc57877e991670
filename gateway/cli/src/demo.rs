//! `assent demo`: everything on invented data, embedded; a guided tour in which each step checks what it says; then
//! the gateway keeps serving, so that the printed commands can be tried.

mod approving;
mod offers;
mod pushes;
mod setting;
mod signing;
mod tour;
mod voice;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use gateway_http::{ConnectionLimits, Doors, RequestLimits};
use gateway_synthetic::Town;
use gateway_types::{Clock as _, SystemClock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Failure, serve, telemetry};
use setting::Setting;
use tour::Guide;
use voice::Voice;

/// The seed of the demo's town: the same people every time.
const SEED: u64 = 2026;

/// The demo's arguments.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// The data folder, empty or not there yet; by default a fresh temporary one that is removed at the end.
    #[arg(long)]
    data: Option<PathBuf>,
    /// End after the tour, with an error if any step did not do what it says.
    #[arg(long)]
    exit: bool,
    /// How many clients the invented town has.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(200..=200_000))]
    clients: u32,
    /// The loopback port to serve on; by default a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// Runs the demo.
pub(crate) async fn run(arguments: DemoArgs) -> Result<(), Failure> {
    let temporary = match &arguments.data {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new()
                .prefix("assent-demo-")
                .tempdir()
                .context("no temporary folder can be made")?,
        ),
    };
    let folder = match (&arguments.data, &temporary) {
        (Some(folder), _) => empty_folder(folder)?,
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => return Err(Failure::Usage(anyhow::anyhow!("no data folder"))),
    };
    let log = std::fs::File::create(folder.join("demo.log")).context("the demo's log cannot be made")?;
    telemetry::start_in(log);

    let mut voice = Voice::new();
    let now = SystemClock.now();
    voice.part("Assent: share what a client agreed to share, and nothing else");
    voice.tell(
        "Everything you are about to see is invented: the town of Riverton, its agencies and its people. \
         Nothing leaves this machine.",
    );
    voice.tell(&format!(
        "Data folder: {}{}",
        folder.display(),
        if temporary.is_some() {
            " (removed at the end)"
        } else {
            ""
        }
    ));
    let setting = Setting::make(&folder, now).await?;
    let town = Town::new(
        SEED,
        usize::try_from(arguments.clients).unwrap_or(2000),
        now.date(),
    );

    let served = Served::begin(&setting, arguments.port).await?;
    let guide = Guide::new(&setting, &town, served.address)?;
    guide.introduce(&voice);
    guide.take_in(&mut voice).await?;
    guide.sign(&mut voice).await?;
    guide.tour(&mut voice).await?;

    let failed = voice.failed().to_vec();
    if arguments.exit {
        served.end().await;
    } else {
        offers::print(&setting, &guide, &voice)?;
        served.until_stopped().await;
    }
    if failed.is_empty() {
        voice.part(if arguments.exit {
            "Every step did what it said."
        } else {
            "Stopped."
        });
        Ok(())
    } else {
        Err(Failure::Fault(anyhow::anyhow!(
            "{} steps did not do what they say:\n{}",
            failed.len(),
            failed.join("\n")
        )))
    }
}

fn empty_folder(folder: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let occupied = std::fs::read_dir(folder)
        .with_context(|| format!("`{}` cannot be read", folder.display()))?
        .next()
        .is_some();
    if occupied {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`--data`: `{}` is not empty; the demo wants a folder of its own",
            folder.display()
        )));
    }
    folder
        .canonicalize()
        .with_context(|| format!("`{}` cannot be found", folder.display()))
        .map_err(Failure::Fault)
}

/// The gateway, serving on loopback.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    after: TaskTracker,
    serving: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn begin(setting: &Setting, port: u16) -> anyhow::Result<Self> {
        let after = TaskTracker::new();
        let limits = RequestLimits {
            body: 4 << 20,
            patience: Duration::from_secs(30),
        };
        let router =
            gateway_http::api::router(Doors::new(Arc::clone(&setting.gateway), limits, after.clone()));
        let (listener, address) = gateway_http::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .await
            .with_context(|| format!("port {port} cannot be listened on"))?;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(gateway_http::serve(
            listener,
            setting.tls.clone(),
            router,
            ConnectionLimits::default(),
            stop.clone(),
        ));
        Ok(Self {
            address,
            stop,
            after,
            serving,
        })
    }

    async fn until_stopped(self) {
        let signalled = CancellationToken::new();
        tokio::spawn(serve::stop_on_signal(signalled.clone()));
        signalled.cancelled().await;
        self.end().await;
    }

    async fn end(self) {
        self.stop.cancel();
        let _ended = self.serving.await;
        self.after.close();
        self.after.wait().await;
    }
}
