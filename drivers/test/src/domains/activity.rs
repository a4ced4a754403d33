//! What a simulated guest does while its virtual CPUs run: a little of everything, in step with their time.
//!
//! Everything is a function of the CPU time of the run, so that it grows with the clock, stands still while the domain
//! is paused, and is the same each time it is asked for.

use std::time::Duration;

/// What a disk is read at and written at, for a guest whose CPU time grows by a second. The first disk; the second one
/// has half of it, the third a third, and so on.
const READ_BYTES_PER_S: u64 = 512 << 10;
const WRITTEN_BYTES_PER_S: u64 = 128 << 10;

/// How large a request is, and how long it takes.
const REQUEST_BYTES: u64 = 16 << 10;
const READ_NS: u64 = 150_000;
const WRITE_NS: u64 = 250_000;

/// After how many writes the disk is told to write its cache out, and how long that takes.
const WRITES_PER_FLUSH: u64 = 64;
const FLUSH_NS: u64 = 2_000_000;

/// What comes in and goes out through the first network interface.
const INBOUND_BYTES_PER_S: u64 = 24 << 10;
const OUTBOUND_BYTES_PER_S: u64 = 8 << 10;
const PACKET_BYTES: u64 = 800;

/// What a run has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Activity {
    /// CPU time of the run, in nanoseconds.
    pub(crate) cpu_time_ns: u64,
}

/// What went through a disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DiskActivity {
    pub(crate) read_requests: u64,
    pub(crate) read_bytes: u64,
    pub(crate) read_ns: u64,
    pub(crate) write_requests: u64,
    pub(crate) written_bytes: u64,
    pub(crate) write_ns: u64,
    pub(crate) flush_requests: u64,
    pub(crate) flush_ns: u64,
}

/// What went through a network interface, as the guest sees directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InterfaceActivity {
    pub(crate) inbound_bytes: u64,
    pub(crate) inbound_packets: u64,
    pub(crate) outbound_bytes: u64,
    pub(crate) outbound_packets: u64,
}

impl Activity {
    /// What went through the disk of that number.
    pub(crate) fn disk(self, number: usize, is_writable: bool) -> DiskActivity {
        let read_requests = self.amount(READ_BYTES_PER_S, number) / REQUEST_BYTES;
        let write_requests =
            if is_writable { self.amount(WRITTEN_BYTES_PER_S, number) / REQUEST_BYTES } else { 0 };
        let flush_requests = write_requests / WRITES_PER_FLUSH;
        DiskActivity {
            read_requests,
            read_bytes: read_requests * REQUEST_BYTES,
            read_ns: read_requests * READ_NS,
            write_requests,
            written_bytes: write_requests * REQUEST_BYTES,
            write_ns: write_requests * WRITE_NS,
            flush_requests,
            flush_ns: flush_requests * FLUSH_NS,
        }
    }

    /// What went through the interface of that number.
    pub(crate) fn interface(self, number: usize) -> InterfaceActivity {
        let inbound_packets = self.amount(INBOUND_BYTES_PER_S, number) / PACKET_BYTES;
        let outbound_packets = self.amount(OUTBOUND_BYTES_PER_S, number) / PACKET_BYTES;
        InterfaceActivity {
            inbound_bytes: inbound_packets * PACKET_BYTES,
            inbound_packets,
            outbound_bytes: outbound_packets * PACKET_BYTES,
            outbound_packets,
        }
    }

    fn amount(self, per_second: u64, number: usize) -> u64 {
        let amount =
            u128::from(self.cpu_time_ns) * u128::from(per_second) / 1_000_000_000 / (number as u128 + 1);
        u64::try_from(amount).unwrap_or(u64::MAX)
    }
}

/// How much CPU time it takes until so much has been written to the disk of that number.
pub(crate) fn cpu_time_to_write(bytes: u64, number: usize) -> Duration {
    let requests = u128::from(bytes.div_ceil(REQUEST_BYTES));
    let ns = (requests * u128::from(REQUEST_BYTES) * (number as u128 + 1) * 1_000_000_000)
        .div_ceil(WRITTEN_BYTES_PER_S.into());
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}

impl DiskActivity {
    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            read_requests: self.read_requests + other.read_requests,
            read_bytes: self.read_bytes + other.read_bytes,
            read_ns: self.read_ns + other.read_ns,
            write_requests: self.write_requests + other.write_requests,
            written_bytes: self.written_bytes + other.written_bytes,
            write_ns: self.write_ns + other.write_ns,
            flush_requests: self.flush_requests + other.flush_requests,
            flush_ns: self.flush_ns + other.flush_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_grows_with_cpu_time() {
        let (early, late) =
            (Activity { cpu_time_ns: 1_000_000_000 }, Activity { cpu_time_ns: 5_000_000_000 });
        assert!(late.disk(0, true).written_bytes > early.disk(0, true).written_bytes);
        assert!(late.interface(0).inbound_bytes > early.interface(0).inbound_bytes);
        assert!(late.disk(0, true).read_bytes > late.disk(1, true).read_bytes);
        assert_eq!(late.disk(0, false).written_bytes, 0);
    }

    #[test]
    fn it_is_known_when_so_much_will_be_written() {
        for number in [0, 1, 6] {
            for bytes in [1, REQUEST_BYTES, 1_000_000] {
                let needed = cpu_time_to_write(bytes, number).as_nanos() as u64;
                assert!(Activity { cpu_time_ns: needed }.disk(number, true).written_bytes >= bytes);
            }
        }
    }

    #[test]
    fn no_number_is_too_large() {
        let endless = Activity { cpu_time_ns: u64::MAX };
        assert!(endless.disk(0, true).read_ns > 0);
        assert_eq!(cpu_time_to_write(u64::MAX, 5), Duration::from_nanos(u64::MAX));
    }
}
