//! The viewer's side: from a run's folder to frames and a sender of commands.

use std::fs::File;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use super::wire::{LARGEST_TO_SEARCH, LARGEST_TO_VIEWER, ToSearch, ToViewer, VERSION, codec, decode, encode};
use super::{AttachError, short_path};
use crate::engine::{Command, Dropped, Frame, Viewer};

/// How long a search may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the last orders of a screen that has gone may take to reach the search.
const LAST_ORDERS: Duration = Duration::from_secs(1);
/// Frames that wait for the screen at most; beyond that the search keeps them, and drops what is too much.
const QUEUE: usize = 256;

type Reader = FramedRead<OwnedReadHalf, LengthDelimitedCodec>;
type Writer = FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>;

/// What a viewer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Look and steer.
    Steer,
    /// Look.
    ReadOnly,
}

/// A connection to a search in another process. It ends when the viewer's frames are dropped.
#[derive(Debug)]
pub struct Attached {
    /// The process that searches.
    pub process: u32,
    /// The state of the search, and everything that happens from here on.
    pub viewer: Viewer,
    /// Orders to the search; none get through in [`Mode::ReadOnly`].
    pub commands: Sender<Command>,
}

/// Attaches to the search that runs in a folder.
///
/// # Errors
/// No search there, one of another version, one that refuses, and what the system says.
pub fn connect(folder: &Path, mode: Mode) -> Result<Attached, AttachError> {
    let failed = || AttachError::system(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed())?;
    let opened = File::open(folder).map_err(failed())?;
    let introduced = runtime.block_on(async {
        let stream = UnixStream::connect(short_path(&opened)).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                AttachError::NotRunning { folder: folder.to_path_buf() }
            }
            _ => failed()(error),
        })?;
        timeout(ANSWER, introduce(folder, stream, mode))
            .await
            .unwrap_or_else(|_| Err(failed()(io::Error::new(io::ErrorKind::TimedOut, "no answer from the search"))))
    });
    let (process, snapshot, reader, writer) = introduced?;
    let dropped = Dropped::default();
    let (frames, receiver) = mpsc::channel(QUEUE);
    let (commands, orders) = channel::<Command>();
    let (pass, passed) = mpsc::channel(64);
    // A thread of its own, since the other end of `commands` blocks.
    thread::Builder::new()
        .name("orders".into())
        .spawn(move || orders.into_iter().try_for_each(|command| pass.blocking_send(command)))
        .map_err(failed())?;
    let counter = dropped.clone();
    thread::Builder::new()
        .name("attached".into())
        .spawn(move || {
            runtime.block_on(async {
                let mut orders = pin!(order(writer, passed));
                let mut heard = pin!(hear(reader, &frames, &counter));
                let mut ordered = false;
                loop {
                    tokio::select! {
                        () = &mut heard => return,
                        () = &mut orders, if !ordered => ordered = true,
                        () = frames.closed() => break,
                    }
                }
                // The screen has gone; what it ordered last is still sent.
                if !ordered {
                    let _ = timeout(LAST_ORDERS, orders).await;
                }
            });
        })
        .map_err(failed())?;
    Ok(Attached { process, viewer: Viewer::new(snapshot, receiver, dropped), commands })
}

async fn introduce(
    folder: &Path,
    stream: UnixStream,
    mode: Mode,
) -> Result<(u32, crate::engine::Dashboard, Reader, Writer), AttachError> {
    let nonsense = |cause: String| AttachError::Nonsense { folder: folder.to_path_buf(), cause };
    let (reader, writer) = stream.into_split();
    let mut reader = FramedRead::new(reader, codec(LARGEST_TO_VIEWER));
    let mut writer = FramedWrite::new(writer, codec(LARGEST_TO_SEARCH));
    let hello = ToSearch::Hello { version: VERSION, read_only: mode == Mode::ReadOnly };
    let hello = encode(&hello).map_err(AttachError::system(folder))?;
    writer.send(hello).await.map_err(AttachError::system(folder))?;
    let mut process = None;
    loop {
        let message = match reader.next().await {
            Some(message) => message.and_then(|bytes| decode(&bytes)).map_err(|error| nonsense(error.to_string()))?,
            None => return Err(nonsense("it hung up".into())),
        };
        match message {
            ToViewer::Hello { version: VERSION, process: number } => process = Some(number),
            ToViewer::Hello { version, .. } => return Err(AttachError::Version { theirs: version, ours: VERSION }),
            ToViewer::Refused { reason } => return Err(AttachError::Refused(crate::tui::clean(&reason))),
            ToViewer::Snapshot { dashboard, .. } => {
                let process = process.ok_or_else(|| nonsense("it did not introduce itself".into()))?;
                return Ok((process, *dashboard, reader, writer));
            }
            ToViewer::Event { .. } | ToViewer::Acknowledged { .. } => {
                return Err(nonsense("it began in the middle".into()));
            }
        }
    }
}

/// Passes frames on until the search hangs up, or says what makes no sense.
async fn hear(mut reader: Reader, frames: &mpsc::Sender<Frame>, dropped: &Dropped) {
    while let Some(Ok(bytes)) = reader.next().await {
        let frame = match decode(&bytes) {
            Ok(ToViewer::Event { event }) => Frame::Event(event.into()),
            Ok(ToViewer::Snapshot { dashboard, dropped: count }) => {
                dropped.set(count);
                Frame::Snapshot(dashboard.into())
            }
            // What an order does comes as an event.
            Ok(ToViewer::Acknowledged { .. }) => continue,
            Ok(ToViewer::Hello { .. } | ToViewer::Refused { .. }) | Err(_) => return,
        };
        if frames.send(frame).await.is_err() {
            return;
        }
    }
}

/// Passes orders on until none can come any more.
async fn order(mut writer: Writer, mut commands: mpsc::Receiver<Command>) {
    let mut number = 0;
    while let Some(command) = commands.recv().await {
        number += 1;
        let Ok(message) = encode(&ToSearch::Command { number, command }) else { return };
        if writer.send(message).await.is_err() {
            return;
        }
    }
}
