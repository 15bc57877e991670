//! `assent`: the gateway, its demo and its tools. The only place where ports meet their implementations.

mod agency;
mod audit;
mod compose;
mod config;
mod demo;
mod keys;
mod mark;
mod policies;
mod proved;
mod push;
mod serve;
mod survey;
mod telemetry;
mod watch;
mod witnesses;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An import hands millions of small values from thread to thread, which suits arenas for each thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A consent-aware gateway: share what a client agreed to share, and nothing else.
#[derive(Parser)]
#[command(name = "assent", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show everything on invented data: six agencies, 2,000 clients, a guided tour; then keep serving.
    Demo(demo::DemoArgs),
    /// Serve for real, as the configuration says.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Make the key files that a configuration names, or the key of somebody who approves agreements.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Keys {
        /// The folder to put `master.key` and `log.key` into. Nothing is overwritten.
        #[arg(long, required = true)]
        out: Option<PathBuf>,
        #[command(subcommand)]
        command: Option<keys::KeysCommand>,
    },
    /// The formats that are taken in.
    #[command(subcommand)]
    Adapters(survey::AdaptersCommand),
    /// The registry of agencies.
    #[command(subcommand)]
    Agency(agency::AgencyCommand),
    /// The audit log, offline.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Push files to a gateway, wait until they are taken in or refused, and say what became of them.
    Push(push::PushArgs),
    /// Push every file that is put into a folder, as a nightly export is; what was taken in goes to `done/`, what was
    /// refused to `refused/`, each with its report beside it.
    Watch(watch::WatchArgs),
    /// The law and the agreements: the tools of those who answer for them.
    #[command(subcommand)]
    Policies(policies::PoliciesCommand),
}

/// Exit codes, as sysexits.h names them.
mod exit {
    /// The command line or the configuration cannot be used.
    pub(crate) const USAGE: u8 = 64;
    /// The data is wrong: a registration file, an agreement, a log that does not verify.
    pub(crate) const DATA: u8 = 65;
    /// The gateway cannot be reached, or cannot take it now: the same again later may do.
    pub(crate) const UNAVAILABLE: u8 = 69;
    /// A fault of ours or of the machine.
    pub(crate) const FAULT: u8 = 70;
    /// The gateway's door is closed to this agency.
    pub(crate) const NOT_PERMITTED: u8 = 77;
}

/// What a command ends with.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The configuration or command line cannot be used.
    #[error("{0:#}")]
    Usage(anyhow::Error),
    /// Data that was given is wrong.
    #[error("{0:#}")]
    Data(anyhow::Error),
    /// The answer is no; what there is to say has been said.
    #[error("see above")]
    Told(u8),
    /// Anything else.
    #[error("{0:#}")]
    Fault(#[from] anyhow::Error),
}

impl Failure {
    const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => exit::USAGE,
            Self::Data(_) => exit::DATA,
            Self::Told(code) => *code,
            Self::Fault(_) => exit::FAULT,
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("no runtime could be started: {error}"));
            return ExitCode::from(exit::FAULT);
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told(code)) => ExitCode::from(code),
        Err(failure) => {
            complain(&failure.to_string());
            ExitCode::from(failure.code())
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Serve { config } => serve::run(&config).await,
        Command::Keys {
            command: Some(command),
            ..
        } => keys::run(&command),
        Command::Keys { out, command: None } => keys::make(&out.unwrap_or_default()),
        Command::Adapters(command) => survey::run(&command),
        Command::Agency(command) => agency::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Push(arguments) => push::run(&arguments).await,
        Command::Watch(arguments) => watch::run(&arguments).await,
        Command::Policies(command) => policies::run(command).await,
    }
}

/// Says what went wrong, for a person.
#[expect(clippy::print_stderr, reason = "this is the command line's own voice")]
fn complain(what: &str) {
    eprintln!("assent: {what}");
}

/// Says something to a person.
#[expect(clippy::print_stdout, reason = "this is the command line's own voice")]
pub(crate) fn say(what: &str) {
    println!("{what}");
}
