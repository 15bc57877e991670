//! The solver: cvc5 as a process of its own, with a time limit for each question, asked from threads with large stacks.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use cedar_policy_symcc::CedarSymCompiler;
use cedar_policy_symcc::solver::LocalSolver;
use tokio::runtime::Runtime;

/// With the ordinary stack a set of thousands of policies overflows and aborts.
const STACK: usize = 512 << 20;
/// The longest that one question may take.
const LIMIT: &str = "--tlimit-per=60000";

/// Why the solver could not be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum SolverFault {
    /// There is none.
    #[error(
        "cvc5 is not here: {0}. On Debian: apt-get install cvc5. Elsewhere: set the variable CVC5 to the path of the program"
    )]
    Absent(String),
    /// It could not be started or fed.
    #[error("the solver could not be asked: {0}")]
    Broken(String),
}

/// Which solver answers, in its own words.
///
/// # Errors
/// [`SolverFault::Absent`] if none does.
#[expect(
    clippy::disallowed_methods,
    reason = "the crate that starts the solver reads the same variable, and this is to name the same program"
)]
pub fn solver_version() -> Result<String, SolverFault> {
    let program = std::env::var("CVC5").unwrap_or_else(|_| "cvc5".to_owned());
    let output = std::process::Command::new(&program)
        .arg("--version")
        .output()
        .map_err(|error| SolverFault::Absent(format!("{program}: {error}")))?;
    if !output.status.success() {
        return Err(SolverFault::Absent(format!(
            "{program} ends with {}",
            output.status
        )));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or(&program).trim().to_owned())
}

/// One solver process and what it is asked through.
pub(crate) struct Solver {
    pub(crate) runtime: Runtime,
    pub(crate) compiler: CedarSymCompiler<LocalSolver>,
}

impl Solver {
    fn start() -> Result<Self, SolverFault> {
        let broken = |error: String| SolverFault::Broken(error);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| broken(error.to_string()))?;
        let inside = runtime.enter();
        let solver =
            LocalSolver::cvc5_with_args([LIMIT]).map_err(|error| SolverFault::Absent(error.to_string()))?;
        let compiler = CedarSymCompiler::new(solver).map_err(|error| broken(error.to_string()))?;
        drop(inside);
        Ok(Self { runtime, compiler })
    }

    /// After an error the process may be in any state: take a new one.
    pub(crate) fn restart(&mut self) -> Result<(), SolverFault> {
        *self = Self::start()?;
        Ok(())
    }
}

/// Asks every question, on as many solvers as there are cores; the answers are in the order of the questions.
pub(crate) fn ask_all<Q: Sync, A: Send>(
    questions: &[Q],
    ask: impl Fn(&mut Solver, &Q) -> A + Sync,
) -> Result<Vec<A>, SolverFault> {
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, A)>> = Mutex::new(Vec::with_capacity(questions.len()));
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..cores.clamp(1, 8).min(questions.len()) {
            let worker = std::thread::Builder::new()
                .name("prover".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || -> Result<(), SolverFault> {
                    let mut solver = Solver::start()?;
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(question) = questions.get(place) else {
                            return Ok(());
                        };
                        let answer = ask(&mut solver, question);
                        answers
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((place, answer));
                    }
                })
                .map_err(|error| SolverFault::Broken(error.to_string()))?;
            workers.push(worker);
        }
        for worker in workers {
            worker
                .join()
                .map_err(|_| SolverFault::Broken("a question ended in a panic".to_owned()))??;
        }
        Ok(())
    })?;
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Runs something on a stack that Cedar's recursion does not overflow.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, SolverFault> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| SolverFault::Broken(error.to_string()))?
            .join()
            .map_err(|_| SolverFault::Broken("a question ended in a panic".to_owned()))
    })
}
