//! `omnivirtd`: Omnivirt's drivers behind libvirt's RPC.

use std::process::ExitCode;

fn main() -> ExitCode {
    omnivirt_daemon::main()
}
