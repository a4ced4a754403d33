//! How far a job is, and how it ended, as clients are told.

use omnivirt_core::{Error, ErrorKind, JobInfo, JobOperation, JobStatus, TypedParameters};
use std::time::Duration;

/// The progress of a job that moves a guest's memory and nothing else; sizes in bytes.
#[must_use]
pub fn progress(
    status: JobStatus,
    operation: JobOperation,
    elapsed: Duration,
    total: u64,
    processed: u64,
) -> JobInfo {
    let remaining = total.saturating_sub(processed);
    JobInfo::default()
        .status(status)
        .operation(operation)
        .time_elapsed_ms(milliseconds(elapsed))
        .data_total_bytes(total)
        .data_processed_bytes(processed)
        .data_remaining_bytes(remaining)
        .memory_total_bytes(total)
        .memory_processed_bytes(processed)
        .memory_remaining_bytes(remaining)
}

/// The same of a job that has ended, and what the event tells of that.
#[must_use]
pub fn ended(
    operation: JobOperation,
    elapsed: Duration,
    total: u64,
    processed: u64,
    error: Option<&Error>,
) -> (JobInfo, TypedParameters) {
    let status = match error.map(Error::kind) {
        None => JobStatus::Completed,
        Some(ErrorKind::Aborted) => JobStatus::Cancelled,
        Some(_) => JobStatus::Failed,
    };
    let mut parameters = TypedParameters::default();
    parameters.push("operation", operation.number());
    parameters.push("time_elapsed", milliseconds(elapsed));
    parameters.push("data_total", total);
    parameters.push("data_processed", processed);
    if let Some(error) = error {
        parameters.push("success", false);
        parameters.push("errmsg", error.message());
    }
    (progress(status, operation, elapsed, total, processed), parameters)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
