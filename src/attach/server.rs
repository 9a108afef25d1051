//! The search's side: listens in the run's folder, and lets viewers in.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite};

use super::wire::{LARGEST_TO_SEARCH, LARGEST_TO_VIEWER, ToSearch, ToViewer, VERSION, codec, decode, encode};
use super::{AttachError, SOCKET, short_path};
use crate::engine::{Command, Dashboard, Frame, Hub, Viewer};

/// Viewers at once; what comes beyond is told so.
const MOST: usize = 128;
/// How long a viewer may take to introduce itself.
const INTRODUCTION: Duration = Duration::from_secs(5);
/// How long the last frames may take to reach the viewers of a search that has ended.
const FAREWELL: Duration = Duration::from_secs(2);

/// A search that listens. Dropping it says goodbye to the viewers and removes the socket.
#[derive(Debug)]
pub struct Server {
    socket: PathBuf,
    seen: Arc<AtomicUsize>,
    end: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Listens in a run's folder. A socket that is there already is one that a search left behind that is gone: the
    /// caller holds the lock of the run.
    ///
    /// # Errors
    /// What the system refused.
    pub fn start(folder: &Path, hub: Hub, commands: Sender<Command>) -> Result<Self, AttachError> {
        let failed = || AttachError::system(folder);
        let socket = folder.join(SOCKET);
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed()(error)),
            _ => {}
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed())?;
        let opened = File::open(folder).map_err(failed())?;
        let listener = runtime.block_on(async { UnixListener::bind(short_path(&opened)) }).map_err(failed())?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600)).map_err(failed())?;
        let (end, ended) = watch::channel(false);
        let seen = Arc::new(AtomicUsize::new(0));
        let host = Host { hub, commands, seen: Arc::clone(&seen), ended };
        let thread = thread::Builder::new()
            .name("socket".into())
            .spawn(move || runtime.block_on(host.listen(listener)))
            .map_err(failed())?;
        Ok(Self { socket, seen, end, thread: Some(thread) })
    }

    /// Waits until a viewer has come, or until this time has passed.
    pub fn wait_for_viewer(&self, at_most: Duration) {
        let start = std::time::Instant::now();
        while self.seen.load(Ordering::Relaxed) == 0 && start.elapsed() < at_most {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The host is gone only where its thread has panicked.
        let _ = self.end.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // Without it a next viewer is told at once that nobody listens; with it, after a moment.
        let _ = fs::remove_file(&self.socket);
    }
}

/// What every connection needs.
#[derive(Clone)]
struct Host {
    hub: Hub,
    commands: Sender<Command>,
    seen: Arc<AtomicUsize>,
    ended: watch::Receiver<bool>,
}

impl Host {
    async fn listen(mut self, listener: UnixListener) {
        let mut viewers = JoinSet::new();
        let mut ended = self.ended.clone();
        loop {
            tokio::select! {
                biased;
                _ = ended.changed() => break,
                Some(_) = viewers.join_next() => {}
                arrived = listener.accept() => match arrived {
                    Ok((stream, _)) => {
                        let (host, full) = (self.clone(), viewers.len() >= MOST);
                        viewers.spawn(async move {
                            if let Err(error) = host.serve(stream, full).await {
                                tracing::warn!("a viewer was let go: {error}");
                            }
                        });
                    }
                    // Too many open files, for one: it passes.
                    Err(error) => {
                        tracing::warn!("a viewer could not come in: {error}");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        self.ended = ended;
        let farewell = async { while viewers.join_next().await.is_some() {} };
        // Who does not read by then does not read at all.
        let _ = timeout(FAREWELL, farewell).await;
    }

    async fn serve(mut self, stream: UnixStream, full: bool) -> io::Result<()> {
        let peer = stream.peer_cred()?.uid();
        let (reader, writer) = stream.into_split();
        let mut writer = FramedWrite::new(writer, codec(LARGEST_TO_VIEWER));
        let mut reader = FramedRead::new(reader, codec(LARGEST_TO_SEARCH));
        if peer != rustix::process::geteuid().as_raw() {
            return writer.send(encode(&refused("only the user who owns it may look"))?).await;
        }
        let introduction = timeout(INTRODUCTION, reader.next()).await;
        let Ok(Some(message)) = introduction else { return Ok(()) };
        let ToSearch::Hello { version, read_only } = decode(&message?)? else {
            return Err(io::Error::other("an order before a hello"));
        };
        let process = std::process::id();
        writer.send(encode(&ToViewer::Hello { version: VERSION, process })?).await?;
        if version != VERSION {
            return Ok(());
        }
        if full {
            return writer.send(encode(&refused(&format!("it has {MOST} viewers already")))?).await;
        }
        let mut viewer = self.hub.subscribe();
        self.seen.fetch_add(1, Ordering::Relaxed);
        let dashboard = Box::new(std::mem::take(&mut viewer.dashboard));
        writer.send(encode(&ToViewer::Snapshot { dashboard, dropped: 0 })?).await?;

        // Orders are read beside the frames, so that a viewer that cannot keep up is heard all the same.
        let (heard, acknowledgements) = mpsc::channel(64);
        let commands = self.commands.clone();
        let listening = async move {
            while let Some(message) = reader.next().await {
                let ToSearch::Command { number, command } = decode(&message?)? else { continue };
                // A search that has ended hears nothing more.
                if read_only || commands.send(command).is_err() {
                    continue;
                }
                if heard.send(number).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        tokio::select! {
            result = listening => result,
            result = talk(&mut writer, &mut viewer, acknowledgements, &mut self.ended) => result,
        }
    }
}

fn refused(reason: &str) -> ToViewer {
    ToViewer::Refused { reason: reason.to_owned() }
}

/// Sends what happens until the search has ended and all of it is said.
async fn talk(
    writer: &mut FramedWrite<tokio::net::unix::OwnedWriteHalf, tokio_util::codec::LengthDelimitedCodec>,
    viewer: &mut Viewer,
    mut acknowledgements: mpsc::Receiver<u64>,
    ended: &mut watch::Receiver<bool>,
) -> io::Result<()> {
    let mut over = false;
    loop {
        if viewer.frames.is_empty() {
            if let Some(dashboard) = viewer.catch_up() {
                writer.feed(encode(&snapshot(dashboard, viewer))?).await?;
            }
            SinkExt::<Bytes>::flush(writer).await?;
        }
        let message = tokio::select! {
            biased;
            Some(number) = acknowledgements.recv() => ToViewer::Acknowledged { number },
            frame = viewer.frames.recv() => match frame {
                Some(Frame::Event(event)) => ToViewer::Event { event: Box::new((*event).clone()) },
                Some(Frame::Snapshot(dashboard)) => snapshot((*dashboard).clone(), viewer),
                None => return Ok(()),
            },
            _ = ended.changed(), if !over => {
                over = true;
                continue;
            }
            // Everything that was waiting is sent.
            () = std::future::ready(()), if over => return Ok(()),
        };
        writer.feed(encode(&message)?).await?;
    }
}

fn snapshot(dashboard: Dashboard, viewer: &Viewer) -> ToViewer {
    ToViewer::Snapshot { dashboard: Box::new(dashboard), dropped: viewer.dropped() }
}
