//! A search that is watched from elsewhere: what comes through, what is refused, and what does not harm it.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::wire::{LARGEST_TO_VIEWER, ToSearch, ToViewer, VERSION, decode, encode};
use super::*;
use crate::engine::{
    Change, Command, Dashboard, DistributionReport, Event, Frame, Hub, Iteration, Sample, State, Validated, Viewer,
};
use crate::evaluate::Score;
use crate::search::{Adjustment, Aim, Theta};
use crate::space::{Architecture, Complexity};

const PATIENCE: Duration = Duration::from_secs(20);

struct Search {
    folder: tempfile::TempDir,
    hub: Hub,
    orders: Receiver<Command>,
    server: Option<Server>,
}

impl Search {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (commands, orders) = channel();
        let hub = Hub::default();
        let server = Server::start(folder.path(), hub.clone(), commands).unwrap();
        Self { folder, hub, orders, server: Some(server) }
    }

    fn attach(&self, mode: Mode) -> Attached {
        connect(self.folder.path(), mode).unwrap()
    }

    fn raw(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join(SOCKET)).unwrap()
    }
}

fn warning(number: u64) -> Event {
    Event::Warning { iteration: number, message: number.to_string() }
}

/// Takes frames in until the log's newest entry is this one.
fn follow(viewer: &mut Viewer, newest: &str) -> Dashboard {
    let mut dashboard = viewer.dashboard.clone();
    let start = Instant::now();
    while dashboard.log.back().is_none_or(|entry| entry.text != newest) {
        assert!(start.elapsed() < PATIENCE, "{newest} does not come: {:?}", dashboard.log.back());
        match viewer.frames.try_recv() {
            Ok(Frame::Event(event)) => dashboard.apply(&event),
            Ok(Frame::Snapshot(snapshot)) => dashboard = (*snapshot).clone(),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    dashboard
}

fn send(stream: &mut UnixStream, message: &ToSearch) {
    let bytes = encode(message).unwrap();
    stream.write_all(&(bytes.len() as u32).to_be_bytes()).unwrap();
    stream.write_all(&bytes).unwrap();
}

fn receive(stream: &mut UnixStream) -> ToViewer {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut bytes).unwrap();
    decode(&bytes).unwrap()
}

#[test]
fn a_viewer_sees_what_was_and_what_comes_and_its_orders_arrive() {
    let search = Search::start();
    search.hub.publish(warning(1));
    let mut attached = search.attach(Mode::Steer);
    assert_eq!(attached.process, std::process::id());
    assert_eq!(attached.viewer.dashboard, search.hub.dashboard());
    search.hub.publish(Event::State { state: State::Running });
    search.hub.publish(warning(2));
    assert_eq!(follow(&mut attached.viewer, "2"), search.hub.dashboard());
    for command in [Command::Pause, Command::Step { iterations: 3 }, Command::Stop] {
        attached.commands.send(command).unwrap();
        assert_eq!(search.orders.recv_timeout(PATIENCE), Ok(command));
    }
}

/// A dashboard that holds as much as it can of a search over so many decisions of five options.
fn full(decisions: usize) -> Dashboard {
    let architecture = Architecture::new(vec![4; decisions]);
    let complexity = Complexity { parameters: Some(123_456), macs: Some(12_345_678), latency: Some(0.1 + 0.2) };
    let score = Score { loss: 0.1 + 0.2, accuracy: 1.0 / 3.0 };
    let sample = Sample { architecture: architecture.clone(), source: 3, score, complexity };
    let report = DistributionReport {
        coefficient: 0.1 + 0.2,
        target: Some(1.0 / 3.0),
        entropy: 1.0 / 3.0,
        ess: Some(1.0 / 3.0),
        step: Some(1.0 / 3.0),
        mode: architecture.clone(),
        complexity,
    };
    let mut dashboard = Dashboard::default();
    for number in 1..=1_300 {
        dashboard.apply(&Event::Iteration(Box::new(Iteration {
            iteration: number,
            warm_up: false,
            seconds: number as f64,
            evaluated: 8 * number,
            redrawn: 0,
            learning_rate: 0.1,
            training_loss: Some(0.1 + 0.2),
            waited: Some(0.1),
            samples: vec![sample.clone(); 8],
            weights: vec![vec![1.0 / 3.0; 8]; 4],
            distributions: vec![report.clone(); 4],
        })));
        let thetas = vec![Theta::uniform(&vec![5; decisions]); 4];
        dashboard.apply(&Event::Thetas { iteration: number, thetas });
        let [change, undo] = [1, 2].map(|each| Change::Samples { each: each * number as usize });
        dashboard.apply(&Event::Adjusted { iteration: number, change, undo: Some(undo) });
        let architecture = architecture.clone();
        dashboard.apply(&Event::Validated(Validated {
            iteration: number,
            distribution: 0,
            architecture,
            score,
            complexity,
        }));
    }
    dashboard
}

#[test]
fn a_full_dashboard_is_far_below_the_largest_message_and_comes_through() {
    for (decisions, samples) in [(32, 10_000), (4096, 487)] {
        let dashboard = Box::new(full(decisions));
        assert_eq!((dashboard.samples.len(), dashboard.changes.len()), (samples, 256));
        let snapshot = ToViewer::Snapshot { dashboard, dropped: 0 };
        let bytes = encode(&snapshot).unwrap();
        assert!(bytes.len() < LARGEST_TO_VIEWER / 16, "{} bytes", bytes.len());
        assert!(decode::<ToViewer>(&bytes).unwrap() == snapshot);
    }
}

#[test]
fn the_last_orders_of_a_screen_that_goes_are_sent() {
    let search = Search::start();
    for _ in 0..20 {
        let Attached { viewer, commands, .. } = search.attach(Mode::Steer);
        commands.send(Command::Pause).unwrap();
        drop(viewer);
        drop(commands);
        assert_eq!(search.orders.recv_timeout(PATIENCE), Ok(Command::Pause));
    }
}

#[test]
fn losses_that_are_no_numbers_come_through() {
    let search = Search::start();
    let mut attached = search.attach(Mode::Steer);
    let coefficient = |coefficient| Adjustment::Coefficient { distribution: 0, coefficient }.into();
    let (change, undo) = (coefficient(f64::MIN_POSITIVE), Some(coefficient(f64::INFINITY)));
    search.hub.publish(Event::Adjusted { iteration: 1, change, undo });
    let newest = search.hub.dashboard().log.back().unwrap().text.clone();
    assert_eq!(follow(&mut attached.viewer, &newest), search.hub.dashboard());
}

#[test]
fn every_change_comes_through_in_both_directions() {
    let search = Search::start();
    let mut attached = search.attach(Mode::Steer);
    let aim = Aim::Target(0.1 + 0.2);
    let changes = [
        Adjustment::Coefficient { distribution: 3, coefficient: f64::NAN }.into(),
        Adjustment::Target { distribution: usize::MAX, target: -0.0 }.into(),
        Adjustment::Add { distribution: 0, aim }.into(),
        Adjustment::Remove { distribution: 1 }.into(),
        Change::Restore { distribution: 2, removed: u64::MAX, aim },
        Change::LearningRate { rate: f64::INFINITY },
        Change::Samples { each: usize::MAX },
        Change::ValidateEvery { iterations: u64::MAX },
    ];
    for change in changes {
        attached.commands.send(Command::Adjust(change)).unwrap();
        let arrived = search.orders.recv_timeout(PATIENCE).unwrap();
        assert_eq!(format!("{arrived:?}"), format!("{:?}", Command::Adjust(change)));
        search.hub.publish(Event::Adjusted { iteration: 1, change, undo: Some(change) });
    }
    search.hub.publish(warning(1));
    let shown = follow(&mut attached.viewer, "1").changes;
    assert_eq!(format!("{shown:?}"), format!("{:?}", search.hub.dashboard().changes));
}

#[test]
fn who_only_looks_orders_nothing() {
    let search = Search::start();
    let mut reader = search.attach(Mode::ReadOnly);
    let steerer = search.attach(Mode::Steer);
    reader.commands.send(Command::Stop).unwrap();
    search.hub.publish(warning(1));
    follow(&mut reader.viewer, "1");
    steerer.commands.send(Command::Pause).unwrap();
    assert_eq!(search.orders.recv_timeout(PATIENCE), Ok(Command::Pause));
    assert!(search.orders.try_recv().is_err());
}

#[test]
fn every_order_is_acknowledged_by_its_number() {
    let search = Search::start();
    let mut stream = search.raw();
    send(&mut stream, &ToSearch::Hello { version: VERSION, read_only: false });
    assert!(matches!(receive(&mut stream), ToViewer::Hello { version: VERSION, .. }));
    assert!(matches!(receive(&mut stream), ToViewer::Snapshot { dropped: 0, .. }));
    for number in [7, 8] {
        send(&mut stream, &ToSearch::Command { number, command: Command::Pause });
        assert_eq!(receive(&mut stream), ToViewer::Acknowledged { number });
    }
}

#[test]
fn another_version_is_refused_with_both_named() {
    let search = Search::start();
    let mut stream = search.raw();
    send(&mut stream, &ToSearch::Hello { version: VERSION + 1, read_only: false });
    assert!(matches!(receive(&mut stream), ToViewer::Hello { version: VERSION, .. }));
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "nothing follows");

    let folder = tempfile::tempdir().unwrap();
    let listener = std::os::unix::net::UnixListener::bind(folder.path().join(SOCKET)).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let hello = encode(&ToViewer::Hello { version: 99, process: 1 }).unwrap();
        stream.write_all(&(hello.len() as u32).to_be_bytes()).unwrap();
        stream.write_all(&hello).unwrap();
        // Until the other side has read it.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let refused = connect(folder.path(), Mode::Steer).unwrap_err().to_string();
    assert!(refused.contains("version 99") && refused.contains(&format!("version {VERSION}")), "{refused}");
}

#[test]
fn noise_is_hung_up_on_and_harms_nobody() {
    let search = Search::start();
    let mut attached = search.attach(Mode::Steer);
    for noise in [vec![0xff; 1 << 20], vec![0; 1 << 20], b"GET / HTTP/1.1\r\n\r\n".to_vec()] {
        let mut stream = search.raw();
        let mut sent = 0;
        // A hundred million bytes, or as many as are taken.
        while sent < 100_000_000 && stream.write_all(&noise).is_ok() {
            sent += noise.len();
            if noise.len() < 100 {
                break;
            }
        }
        stream.shutdown(std::net::Shutdown::Write).ok();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    search.hub.publish(warning(1));
    follow(&mut attached.viewer, "1");
}

#[test]
fn who_never_reads_loses_frames_that_are_counted_and_costs_the_others_none() {
    let search = Search::start();
    let mut silent = search.raw();
    send(&mut silent, &ToSearch::Hello { version: VERSION, read_only: false });
    let mut attached = search.attach(Mode::Steer);
    let long = "x".repeat(10_000);
    for number in 0..2_000 {
        search.hub.publish(Event::Warning { iteration: number, message: long.clone() });
        if number % 100 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    search.hub.publish(warning(1));
    follow(&mut attached.viewer, "1");
    // Once it reads again it gets the whole state, and how much it has missed.
    silent.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut missed = 0;
    let start = Instant::now();
    while missed == 0 && start.elapsed() < PATIENCE {
        search.hub.publish(warning(2));
        if let ToViewer::Snapshot { dropped, .. } = receive(&mut silent) {
            missed = dropped;
        }
    }
    assert!(missed > 0);
}

#[test]
fn fifty_viewers_see_the_same_end() {
    let mut search = Search::start();
    let mut viewers: Vec<Attached> = (0..50).map(|_| search.attach(Mode::ReadOnly)).collect();
    for number in 0..1_000 {
        search.hub.publish(warning(number));
    }
    search.hub.publish(warning(1_000));
    let server = search.server.take();
    let end = std::thread::spawn(move || drop(server));
    for attached in &mut viewers {
        assert_eq!(follow(&mut attached.viewer, "1000"), search.hub.dashboard());
    }
    end.join().unwrap();
    assert!(matches!(connect(search.folder.path(), Mode::Steer), Err(AttachError::NotRunning { .. })));
}

#[test]
fn only_the_owner_comes_to_the_socket_however_deep_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let deep: PathBuf = folder.path().join("a-long-name-of-a-folder".repeat(8)).join("another".repeat(20));
    std::fs::create_dir_all(&deep).unwrap();
    let server = Server::start(&deep, Hub::default(), channel().0).unwrap();
    connect(&deep, Mode::ReadOnly).unwrap();
    assert_eq!(std::fs::metadata(deep.join(SOCKET)).unwrap().permissions().mode() & 0o777, 0o600);
    drop(server);
    assert!(!deep.join(SOCKET).exists());
    let refused = connect(&deep, Mode::Steer).unwrap_err();
    assert!(refused.to_string().ends_with("no search is running here"), "{refused}");
}
