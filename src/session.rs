//! A search in a process of its own, and those who watch it.
//!
//! With a screen, the program that a person started only shows: it starts itself a second time, as the process that
//! searches (`isthmus serve FOLDER`), which has a session of its own, and attaches to it. So a terminal that closes, a
//! link that drops and a screen that panics do not touch the search. Without a screen the search is in the process that
//! was started; it can be attached to all the same.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use color_eyre::eyre::{Report, Result, bail, eyre};
use isthmus::attach::{AttachError, Attached, Mode, Server, connect};
use isthmus::config::{self, Settings, Source};
use isthmus::engine::{self, Dashboard, Ended, Engine, Event, ResumePoint, State, Viewer};
use isthmus::headless;
use isthmus::process::{log_panics, say};
use isthmus::run::resume::{self, Resume, ResumeError};
use isthmus::run::{self, Lock, Output, OwnLines, Recorder, Results, RunFolder, Status};
use isthmus::tui::{Leave, Options, Screen, Wishes};
use isthmus::usage;
use signal_hook::consts::SIGHUP;

use crate::cli::RUNS;
use crate::print;

/// How long a search waits for the screen that it was started for.
const VIEWER: Duration = Duration::from_secs(10);
/// How often the log is looked at for what libraries wrote.
const OUTPUT: Duration = Duration::from_millis(500);
/// How long a screen waits for the search that it has started.
const SEARCH: Duration = Duration::from_secs(30);

/// Starts a search and listens for viewers.
fn start(folder: &RunFolder, settings: Settings, resume: Option<ResumePoint>) -> Result<(Engine, Viewer, Server)> {
    let recorder = Recorder::start(folder.clone(), &settings)?;
    let (engine, viewer) = Engine::start(folder.name(), settings, recorder, resume)?;
    let server = Server::start(folder.path(), engine.hub(), engine.commands())?;
    usage::tell(engine.hub())?;
    Ok((engine, viewer, server))
}

/// Searches in this process, without a screen.
///
/// # Errors
/// A search that failed, paused itself or could not be written.
pub fn without_screen(folder: &RunFolder, settings: Settings, json: bool) -> Result<()> {
    let _lock = Lock::acquire(folder.path())?;
    search(folder, settings, None, json)
}

/// Goes on with a search that was interrupted or stopped, with some settings replaced.
///
/// # Errors
/// A run that another process works on, settings that cannot change within it, and all that a search can end by.
pub fn resume(folder: &RunFolder, sets: &[String], screen: Option<Wishes>, json: bool) -> Result<()> {
    let lock = Lock::acquire(folder.path())?;
    let plan = resume::plan(folder, sets).map_err(|error| match error {
        ResumeError::Config(error) => Report::from(error),
        error => error.into(),
    })?;
    match plan {
        Resume::Finished(results) => {
            let done = results.iterations;
            say(format_args!(
                "{} has finished: for more than its {done} iterations, add --set search.iterations=N",
                folder.name()
            ));
            print_results(&results, json)
        }
        Resume::From(settings, point) => match screen {
            None => search(folder, *settings, Some(*point), json),
            Some(wishes) => {
                // The process that searches takes it, and plans anew.
                drop(lock);
                on_screen(folder, Some(sets), wishes)
            }
        },
    }
}

fn search(folder: &RunFolder, settings: Settings, resume: Option<ResumePoint>, json: bool) -> Result<()> {
    log_to(folder)?;
    outlive_the_terminal()?;
    let (engine, viewer, server) = start(folder, settings, resume)?;
    let trouble = headless::follow(viewer, engine.commands())?;
    let hub = engine.hub();
    let ended = engine.join();
    drop(server);
    let Ended { results, unrecorded } = ended.map_err(|reason| failed(&reason, &hub.dashboard(), folder))?;
    print_results(&results, json)?;
    kept(folder);
    unrecorded.or(trouble).map_or(Ok(()), |reason| bail!("{reason}"))
}

/// A terminal that goes away ends no search.
fn outlive_the_terminal() -> Result<()> {
    signal_hook::flag::register(SIGHUP, Arc::default())?;
    Ok(())
}

/// Searches in this process, which was started for a screen in another one.
///
/// # Errors
/// A run that another process works on, and what the system refused. How the search ends is told to its viewers.
pub fn serve(path: &Path, resumed: Option<&[String]>) -> Result<()> {
    // Whoever starts this from a shell by hand leads a session or a group already, and knows what they do.
    let _ = rustix::process::setsid();
    let folder = RunFolder::open(path)?;
    let _lock = Lock::acquire(folder.path())?;
    log_to(&folder)?;
    let (settings, point) = match resumed {
        None => (config::load(&Source::File(folder.path().join("config.toml")), &[])?, None),
        Some(sets) => match resume::plan(&folder, sets)? {
            Resume::From(settings, point) => (*settings, Some(*point)),
            Resume::Finished(_) => bail!("{} has finished in the meantime", folder.name()),
        },
    };
    let (engine, viewer, server) = start(&folder, settings, point)?;
    drop(viewer);
    tell_output(&folder, engine.hub())?;
    outlive_the_terminal()?;
    headless::stop_on_signals(engine.commands())?;
    server.wait_for_viewer(VIEWER);
    if let Err(reason) = engine.join() {
        tracing::error!("{reason}");
    }
    Ok(())
}

/// Tells viewers what libraries write to the log, for as long as this process lives.
fn tell_output(folder: &RunFolder, hub: engine::Hub) -> Result<()> {
    let mut output = Output::new(log(folder));
    let tell = move || {
        loop {
            thread::sleep(OUTPUT);
            match output.lines() {
                Ok(lines) => lines.into_iter().for_each(|text| hub.publish(Event::Output { text })),
                // A log that cannot be read has nothing to tell.
                Err(_) => return,
            }
        }
    };
    thread::Builder::new().name("output".into()).spawn(tell)?;
    Ok(())
}

/// Starts a search in a process of its own and shows it. The first frame comes before anything else, since the search
/// takes a moment to wake.
///
/// # Errors
/// A search that could not start or failed, a terminal that refused.
pub fn on_screen(folder: &RunFolder, resumed: Option<&[String]>, wishes: Wishes) -> Result<()> {
    let screen =
        Screen::open(Options { run: folder.name(), wishes, folder: Some(folder.path().into()), read_only: false })?;
    let attached = match begin(folder, resumed) {
        Ok(attached) => attached,
        Err(error) => {
            // The terminal first: what went wrong is said on the ordinary screen.
            drop(screen);
            return Err(error);
        }
    };
    watch(screen, attached, folder)
}

/// The running search that a person means; where several run and nothing was said, they choose.
///
/// # Errors
/// No such run, none that is running.
pub fn running(asked: Option<&Path>) -> Result<RunFolder> {
    let base = Path::new(RUNS);
    if asked.is_some() {
        return Ok(RunFolder::open(&run::find(base, asked)?)?);
    }
    let mut running: Vec<RunFolder> = Vec::new();
    for listed in run::list(base)? {
        if matches!(listed.status, Status::Running { .. }) {
            running.push(RunFolder::open(&listed.path)?);
        }
    }
    match running.len() {
        0 => bail!("no search is running in {RUNS}"),
        1 => Ok(running.remove(0)),
        count => {
            say("Several searches are running:");
            for (number, folder) in running.iter().enumerate() {
                say(format_args!("{:>4}  {}", number + 1, folder.name()));
            }
            say(format_args!("Which one? 1 to {count}, or Enter for the first, which changed last:"));
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer)?;
            match answer.trim() {
                "" => Ok(running.remove(0)),
                typed => match typed.parse::<usize>() {
                    Ok(number) if (1..=count).contains(&number) => Ok(running.remove(number - 1)),
                    _ => bail!("{:?} is none of 1 to {count}", isthmus::tui::clean(typed)),
                },
            }
        }
    }
}

/// Shows a search that runs already.
///
/// # Errors
/// No search there, one that failed, a terminal that refused.
pub fn attach(folder: &RunFolder, mode: Mode, wishes: Wishes) -> Result<()> {
    let attached = connect(folder.path(), mode)?;
    let path = Some(folder.path().into());
    let options = Options { run: folder.name(), wishes, folder: path, read_only: mode == Mode::ReadOnly };
    watch(Screen::open(options)?, attached, folder)
}

fn watch(screen: Screen, attached: Attached, folder: &RunFolder) -> Result<()> {
    let Attached { process, viewer, commands } = attached;
    let outcome = screen.run(viewer, commands)?;
    let dashboard = match outcome.leave {
        _ if matches!(outcome.dashboard.state, State::Finished | State::Failed { .. }) => outcome.dashboard,
        Leave::Ended | Leave::Stopped => outcome.dashboard,
        Leave::Detached | Leave::Signal(SIGHUP) => {
            say(format_args!("The search goes on in process {process}. Back to it: isthmus attach {}", folder.name()));
            return Ok(());
        }
        Leave::Abandoned => {
            say(format_args!("The modes are still being scored, in process {process}"));
            kept(folder);
            return Ok(());
        }
        Leave::Disconnected => {
            bail!("the process of the search has gone without a word; its log: {}", log(folder).display())
        }
        Leave::Signal(number) => {
            let dashboard = match connect(folder.path(), Mode::Steer) {
                Ok(Attached { viewer, commands, .. }) => {
                    // A search that has gone since needs no order to stop.
                    let _ = commands.send(engine::Command::Stop);
                    headless::wait(viewer, commands)?
                }
                Err(AttachError::NotRunning { .. }) => outcome.dashboard,
                Err(error) => return Err(error.into()),
            };
            report(&dashboard, folder)?;
            bail!("stopped by signal {number}");
        }
    };
    report(&dashboard, folder)
}

/// Starts the process that searches, and attaches to it.
fn begin(folder: &RunFolder, resumed: Option<&[String]>) -> Result<Attached> {
    let log = || OpenOptions::new().create(true).append(true).open(log(folder));
    let said_before = fs::metadata(self::log(folder)).map_or(0, |metadata| metadata.len());
    // What libtorch and others write to the standard descriptors belongs into the log.
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg(folder.path());
    if let Some(sets) = resumed {
        command.arg("--resume").args(sets.iter().flat_map(|set| ["--set", set]));
    }
    let mut process = command.stdin(Stdio::null()).stdout(log()?).stderr(log()?).spawn()?;
    let start = Instant::now();
    loop {
        match connect(folder.path(), Mode::Steer) {
            Err(AttachError::NotRunning { .. }) if start.elapsed() < SEARCH => {}
            attached => return Ok(attached?),
        }
        if let Some(reason) = ended(&mut process, folder, said_before) {
            return Err(reason);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Why the process that searches has ended, if it has.
fn ended(process: &mut Child, folder: &RunFolder, said_before: u64) -> Option<Report> {
    let status = process.try_wait().ok()??;
    let said = File::open(log(folder)).and_then(|mut file| {
        use std::io::{Read as _, Seek as _, SeekFrom};
        file.seek(SeekFrom::Start(said_before))?;
        let mut text = String::new();
        file.take(1 << 16).read_to_string(&mut text).map(|_| text)
    });
    let last = said.ok().and_then(|text| text.lines().last().map(isthmus::tui::clean));
    Some(eyre!("the search could not start ({status}): {}", last.unwrap_or_else(|| "it said nothing".into())))
}

/// Prints how a search ended that others have run.
fn report(dashboard: &Dashboard, folder: &RunFolder) -> Result<()> {
    match (&dashboard.results, &dashboard.state) {
        (Some(results), _) => {
            print_results(results, false)?;
            kept(folder);
            if folder.path().join("results.json").is_file() {
                Ok(())
            } else {
                bail!("results.json could not be written; see {}", log(folder).display())
            }
        }
        (None, State::Failed { reason }) => Err(failed(reason, dashboard, folder)),
        (None, _) => bail!("the process of the search has gone; its log: {}", log(folder).display()),
    }
}

/// Why a search failed; where it can go on from is said first.
fn failed(reason: &str, dashboard: &Dashboard, folder: &RunFolder) -> Report {
    if let Some(iteration) = dashboard.checkpoint {
        say(format_args!("Failed, and resumable from iteration {iteration}: isthmus resume {}", folder.name()));
    }
    eyre!("{reason}")
}

fn print_results(results: &Results, json: bool) -> Result<()> {
    if !results.complete {
        say(format_args!("Stopped, and resumable: isthmus resume {}", results.run));
    }
    let text = if json { results.to_json() } else { results.summary() };
    print(text.as_bytes())
}

fn kept(folder: &RunFolder) {
    say(format_args!("\nKept in {}", folder.path().display()));
}

fn log(folder: &RunFolder) -> std::path::PathBuf {
    folder.path().join("log.txt")
}

/// What the program has to say to those who look for a cause goes to the run's `log.txt`, never to the screen.
fn log_to(folder: &RunFolder) -> Result<()> {
    let file = Mutex::new(OwnLines(folder.append("log.txt")?));
    tracing_subscriber::fmt().with_writer(file).with_ansi(false).try_init().map_err(Report::msg)?;
    log_panics();
    Ok(())
}
