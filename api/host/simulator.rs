//! What only the test driver can do: make things happen that a real host would do by itself.

/// Drives the simulated host of the test driver.
#[family(accessor = simulator)]
trait SimulatorOps {
    /// Raises an event as if it had happened. The event is JSON in the form in which events are written.
    ///
    /// Number and time are given anew; any kind of event can be raised, about objects that exist.
    #[call(access = write, raises = [NotFound], procedures = [inject_event])]
    fn inject_event(connection: Connection, event_json: String);

    /// Moves the simulated clock on: what was due in that time happens, in order, before the call returns.
    ///
    /// Says what time it is then.
    #[call(access = write, raises = [InvalidState], procedures = [advance_time])]
    fn advance_time(connection: Connection, by_ms: u64) -> Timestamp;

    /// Makes calls fail or wait, by rules that replace those set before. No rules, no faults.
    #[call(access = write, procedures = [inject_faults])]
    fn inject_faults(connection: Connection, rules: Vec<FaultRule>, options: FaultOptions);
}

/// How `Connection::inject_faults` chooses.
#[options]
struct FaultOptions {
    /// Starts the choice of which calls are hit; the same seed and calls give the same faults.
    seed: u64,
}

/// Which calls fail or wait, and how. The first rule that fits a call is the one that counts.
#[info]
struct FaultRule {
    /// The call, as in `Domain::start`; empty for every call.
    call: String,
    /// The name of the domain; absent for every domain.
    domain: Option<String>,
    /// How many of 1,000,000 calls are hit; absent for all.
    per_million: Option<u32>,
    /// How many calls are hit at most; absent for no end.
    times: Option<u32>,
    /// How long the call waits first, in milliseconds of simulated time.
    delay_ms: u64,
    /// The name of the error kind that it fails with, as in `resource_busy`; absent, it only waits.
    error: Option<String>,
}
