//! Single calls.

use super::{Template, connect, define, emit, nanoseconds};
use crate::Outcome;
use crate::statistics::quantile;
use omnivirt::DumpxmlOptions;
use omnivirt::domain::DomainConfig;
use std::time::{Duration, Instant};

/// One call after the other on one thread.
pub(super) async fn info(seconds: f64) -> Outcome {
    let domain = connect().await?.domain_by_name("test").await?;
    let begun = Instant::now();
    let mut calls = 0_u32;
    while begun.elapsed() < Duration::from_secs_f64(seconds) {
        for _ in 0..256 {
            std::hint::black_box(domain.info().await?);
        }
        calls += 256;
    }
    emit("info", nanoseconds(begun) / f64::from(calls), "ns");
    Ok(())
}

/// Define, then dump; then read without a driver.
pub(super) async fn document(template: Template, times: usize) -> Outcome {
    const WARM_UP: usize = 50;
    let connection = connect().await?;
    let xml = template.document(1);
    let (mut defines, mut dumps) = (Vec::new(), Vec::new());
    for _ in 0..WARM_UP + times {
        let begun = Instant::now();
        let domain = define(&connection, &xml).await?;
        defines.push(nanoseconds(begun));
        let begun = Instant::now();
        std::hint::black_box(domain.dumpxml(DumpxmlOptions::default()).await?);
        dumps.push(nanoseconds(begun));
    }
    emit("define", quantile(defines.split_off(WARM_UP), 0.5) / 1e3, "us");
    emit("dump", quantile(dumps.split_off(WARM_UP), 0.5) / 1e3, "us");
    let mut parses = Vec::new();
    for _ in 0..WARM_UP + times {
        let begun = Instant::now();
        let config = DomainConfig::parse(xml.as_str())?;
        std::hint::black_box(config.typed());
        parses.push(nanoseconds(begun));
    }
    emit("parse", quantile(parses.split_off(WARM_UP), 0.5) / 1e3, "us");
    Ok(())
}

/// Open and close.
pub(super) async fn open(uri: &str, times: usize) -> Outcome {
    let mut opens = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let connection = omnivirt::connect(uri).await?;
        opens.push(nanoseconds(begun));
        connection.close().await?;
    }
    emit("open", quantile(opens, 0.5) / 1e6, "ms");
    Ok(())
}
