//! What is typed, and that the terminal has hung up.
//!
//! crossterm does not see the end of a terminal: whoever polls it after a hang-up never comes back, neither to a signal
//! nor to anything else. So it is polled on a thread that nothing waits for, and the hang-up is asked of the kernel.

use std::fs::File;
use std::io;
use std::thread;

use crossterm::event::{Event as Input, EventStream};
use futures_util::{Stream, StreamExt, stream};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// Inputs that wait for the screen at most; what comes beyond waits in the terminal.
const QUEUE: usize = 256;

/// The inputs of a terminal until it hangs up, which is the end of the stream. It needs the runtime that it is called
/// in, and lets go of the terminal when it is dropped.
///
/// # Errors
/// The system has no thread to give, or cannot watch the terminal.
pub(super) fn inputs(terminal: File) -> io::Result<impl Stream<Item = io::Result<Input>> + Unpin> {
    let terminal = watched(terminal)?;
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    thread::Builder::new().name("input".into()).spawn(move || runtime.block_on(read(&sender)))?;
    let typed = stream::poll_fn(move |context| receiver.poll_recv(context));
    Ok(Box::pin(typed.take_until(hang_up(terminal))))
}

fn watched(terminal: File) -> io::Result<AsyncFd<File>> {
    // SAFETY: a file owns its descriptor, which is the same and open as long as there is the file.
    Ok(unsafe { AsyncFd::register_with_interest(terminal, Interest::READABLE) }?)
}

/// Passes inputs on as long as somebody wants them.
async fn read(sender: &mpsc::Sender<io::Result<Input>>) {
    let mut inputs = EventStream::new();
    loop {
        tokio::select! {
            biased;
            () = sender.closed() => return,
            input = inputs.next() => {
                let Some(input) = input else { return };
                if sender.send(input).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Waits until the terminal hangs up.
async fn hang_up(terminal: AsyncFd<File>) {
    while let Ok(mut ready) = terminal.readable().await {
        if ready.ready().is_read_closed() {
            return;
        }
        // Something was typed, which is for others to read.
        ready.clear_ready();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::time::Duration;

    use portable_pty::{PtySize, native_pty_system};
    use tokio::time::timeout;

    use super::*;

    #[test]
    fn what_is_typed_is_no_hang_up_and_the_other_end_closed_is_one() {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let name = pair.master.tty_name().unwrap();
        let opened = File::options().read(true).write(true).custom_flags(libc::O_NOCTTY).open(name).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut hung_up = Box::pin(hang_up(watched(opened).unwrap()));
            let mut writer = pair.master.take_writer().unwrap();
            writer.write_all(b"typed\n").unwrap();
            assert!(timeout(Duration::from_millis(100), &mut hung_up).await.is_err());
            drop((writer, pair));
            timeout(Duration::from_secs(60), hung_up).await.unwrap();
        });
    }
}
