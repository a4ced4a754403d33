//! What reaches a guest from outside: keys and interrupts.

use crate::connection::QemuDriver;
use omnivirt_core::*;
use serde_json::{Value, json};

/// The most keys that are pressed together.
const MOST_KEYS: usize = 16;

#[driver_ops]
impl DomainInputOps for QemuDriver {
    async fn send_key(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        codeset: KeycodeSet,
        keycodes: &[u32],
        hold_ms: u32,
    ) -> Result<()> {
        if !(1..=MOST_KEYS).contains(&keycodes.len()) {
            let message =
                format!("{} keys are to be pressed, and it has to be from 1 to {MOST_KEYS}", keycodes.len());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let keys: Vec<Value> = keycodes.iter().map(|code| key(codeset, *code)).collect::<Result<_>>()?;
        let entry = self.host.domain(domain)?;
        let monitor = entry.lock()?.run()?.monitor()?;
        let mut arguments = json!({"keys": keys});
        if hold_ms > 0 {
            arguments["hold-time"] = hold_ms.into();
        }
        monitor.execute("send-key", arguments).await.map(drop)
    }

    async fn inject_nmi(&self, _: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let monitor = entry.lock()?.run()?.monitor()?;
        monitor.execute("inject-nmi", json!({})).await.map(drop)
    }
}

/// A key as QEMU takes it, which is by its number in IBM's set of 1981 with the extended keys from 128 on.
fn key(codeset: KeycodeSet, code: u32) -> Result<Value> {
    let number = match codeset {
        KeycodeSet::Qnum => Some(code).filter(|code| *code < 256),
        // The extended keys of these two have another place, the others the same.
        KeycodeSet::Xt | KeycodeSet::AtSet1 => Some(code).filter(|code| *code < 128),
        KeycodeSet::Linux => of_linux(code),
        other => {
            let message = format!("the qemu driver knows no keys of the set {other}");
            return Err(Error::new(ErrorKind::InvalidArgument, message)
                .with_hint("give them in the set linux or qnum"));
        }
    };
    match number {
        Some(number) => Ok(json!({"type": "number", "data": number})),
        None => Err(Error::new(ErrorKind::InvalidArgument, format!("{code} is no key of the set {codeset}"))),
    }
}

/// A key of Linux's `input-event-codes.h`. Up to 88 the two sets agree, but for F11 and F12 nothing has to be said.
fn of_linux(code: u32) -> Option<u32> {
    /// The keys that IBM's keyboard of 1986 added, as (Linux's number, the number in the older set, with 128 for the prefix 0xe0).
    const ADDED: &[(u32, u32)] = &[
        (96, 0x9c),
        (97, 0x9d),
        (98, 0xb5),
        (99, 0x54),
        (100, 0xb8),
        (102, 0xc7),
        (103, 0xc8),
        (104, 0xc9),
        (105, 0xcb),
        (106, 0xcd),
        (107, 0xcf),
        (108, 0xd0),
        (109, 0xd1),
        (110, 0xd2),
        (111, 0xd3),
        (113, 0xa0),
        (114, 0xae),
        (115, 0xb0),
        (116, 0xde),
        (119, 0xc6),
        (125, 0xdb),
        (126, 0xdc),
        (127, 0xdd),
        (142, 0xdf),
        (143, 0xe3),
    ];
    if (1..=88).contains(&code) {
        return Some(code);
    }
    ADDED.iter().find(|(linux, _)| *linux == code).map(|(_, number)| *number)
}
