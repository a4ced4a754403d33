//! What reaches a guest from outside: keys, interrupts, signals.

use crate::connection::TestDriver;
use omnivirt_core::*;

/// What has reached the guest of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Input {
    /// How many keys were pressed; its screen shows them.
    pub(crate) keys: u64,
}

/// The most keys that are pressed together.
const MOST_KEYS: usize = 16;

/// The largest number of a key in any set.
const LARGEST_KEY: u32 = 0xffff;

#[driver_ops]
impl DomainInputOps for TestDriver {
    async fn send_key(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        _: KeycodeSet,
        keycodes: &[u32],
        _: u32,
    ) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if !(1..=MOST_KEYS).contains(&keycodes.len()) {
            return refuse(format!(
                "{} keys are to be pressed, and it has to be from 1 to {MOST_KEYS}",
                keycodes.len()
            ));
        }
        if let Some(code) = keycodes.iter().find(|code| **code > LARGEST_KEY) {
            return refuse(format!("{code} is no key of any keyboard"));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?.extras.input.keys += keycodes.len() as u64;
        Ok(())
    }

    async fn inject_nmi(&self, _: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        // The guest's kernel takes note of it and goes on, as Linux does unless it is told otherwise.
        domain.run().map(drop)
    }

    async fn send_process_signal(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        pid: i64,
        signal: ProcessSignal,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_guest_runs()?;
        if !matches!(pid, 1 | -1) {
            return Err(Error::new(ErrorKind::InvalidArgument, format!("the guest has no process {pid}"))
                .with_hint("the only process that is simulated is number 1"));
        }
        match signal {
            // What stops or restarts a system when its first process gets it. All others that process leaves be.
            ProcessSignal::Kill | ProcessSignal::Term | ProcessSignal::Pwr => {
                domain.guest_powers_off(&self.host, &cx.cause());
            }
            ProcessSignal::Int => domain.guest_reboots(&self.host, &cx.cause()),
            _ => {}
        }
        Ok(())
    }
}
