//! Children that nobody looks after any more: until their parent has asked how they ended, the kernel keeps them as zombies.

use parking_lot::Mutex;
use rustix::event::{EventfdFlags, PollFd, PollFlags};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions};

/// Those that have not been taken over yet by the thread that waits for them.
#[derive(Debug)]
struct Left {
    children: Vec<OwnedFd>,
    /// What wakes the thread, while there is one.
    waker: Option<OwnedFd>,
}

static LEFT: Mutex<Left> = Mutex::new(Left { children: Vec::new(), waker: None });

/// Has a process, by its descriptor, waited for if it is a child. One thread does that for all, for as long as there are any.
pub(super) fn leave(child: OwnedFd) {
    if is_over(&child) {
        return;
    }
    let mut left = LEFT.lock();
    left.children.push(child);
    let begun = match &left.waker {
        Some(waker) => rustix::io::write(waker, &1_u64.to_ne_bytes()).map(drop).map_err(Into::into),
        None => begin(&mut left),
    };
    if let Err(error) = begun {
        tracing::warn!(%error, "a QEMU that nobody looks after any more stays a zombie when it ends");
    }
}

fn begin(left: &mut Left) -> std::io::Result<()> {
    let waker = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    let woken = waker.try_clone()?;
    std::thread::Builder::new().name("reaper".to_owned()).spawn(move || wait(&woken))?;
    left.waker = Some(waker);
    Ok(())
}

/// Waits until all are over.
fn wait(woken: &OwnedFd) {
    let mut children: Vec<OwnedFd> = Vec::new();
    loop {
        {
            let mut left = LEFT.lock();
            children.append(&mut left.children);
            children.retain(|child| !is_over(child));
            if children.is_empty() {
                left.waker = None;
                return;
            }
        }
        let all = std::iter::once(woken).chain(&children);
        let mut polled: Vec<PollFd<'_>> = all.map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        match rustix::event::poll(&mut polled, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => {
                tracing::warn!(%error, "QEMUs that nobody looks after any more stay zombies when they end");
                LEFT.lock().waker = None;
                return;
            }
        }
        // It says nothing but that it was written to.
        let _ = rustix::io::read(woken, &mut [0; 8]);
    }
}

/// Whether a process is no child, or a child that has ended; the kernel forgets it then.
fn is_over(child: &OwnedFd) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    !matches!(rustix::process::waitid(WaitId::PidFd(child.as_fd()), options), Ok(None))
}
