//! Values on the command line that clap does not know: spans of time, amounts of memory.

use jiff::SignedDuration;
use std::time::Duration;

/// Reads `30s`, `1m30s`, `500ms`, or a number of seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let explain = || format!("'{text}' is no span of time such as 30s, 500ms or 1m30s");
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| explain()),
        Err(_) => {
            text.parse::<SignedDuration>().ok().and_then(|span| span.try_into().ok()).ok_or_else(explain)
        }
    }
}

/// Reads an amount of memory into KiB: `2GiB`, `512M`, or a number of KiB. Letters alone count in powers of 1024, as
/// everywhere in libvirt; `KB`, `MB`, `GB` and `TB` in powers of 1000.
pub(crate) fn memory_kib(text: &str) -> Result<u64, String> {
    let explain = || format!("'{text}' is no amount of memory such as 2GiB, 512M or 1048576");
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u128 = number.parse().map_err(|_| explain())?;
    let bytes: u128 = match unit.trim().to_ascii_lowercase().as_str() {
        "b" | "byte" | "bytes" => 1,
        "" | "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(explain()),
    };
    // Rounded up: a guest gets no less than was asked for.
    number.checked_mul(bytes).and_then(|bytes| u64::try_from(bytes.div_ceil(1024)).ok()).ok_or_else(explain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time() {
        for (text, milliseconds) in
            [("30s", 30_000), ("500ms", 500), ("1m30s", 90_000), ("2", 2_000), ("0.5", 500)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "-1", "soon", "-3s", "1e400"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_of_memory() {
        for (text, kib) in
            [("1024", 1024), ("2GiB", 2 << 20), ("2G", 2 << 20), ("1MB", 977), ("1 GiB", 1 << 20)]
        {
            assert_eq!(memory_kib(text), Ok(kib), "{text}");
        }
        for text in ["", "G", "-1", "1.5G", "1X", "99999999999999999999TiB"] {
            assert!(memory_kib(text).is_err(), "{text}");
        }
    }
}
