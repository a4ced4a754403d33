//! Many domains.

use super::{Template, connect, define, emit, nanoseconds, status_kib};
use crate::Outcome;
use crate::statistics::quantile;
use omnivirt::{Connection, CreateOptions, Domain, DomainFilter};
use std::time::{Duration, Instant};

/// Defines domains, then lists them.
pub(super) async fn scale(template: Template, count: usize) -> Outcome {
    let connection = connect().await?;
    let tenth = count / 10;
    let documents: Vec<String> = (0..count).map(|number| template.document(number)).collect();
    let mut kept = Vec::with_capacity(count);
    let begun = Instant::now();
    let (mut first_tenth, mut last_tenth) = (0.0, begun);
    for (number, document) in documents.iter().enumerate() {
        if number == tenth {
            first_tenth = nanoseconds(begun);
        }
        if number == count - tenth {
            last_tenth = Instant::now();
        }
        kept.push(define(&connection, document).await?);
    }
    let (all, last_tenth) = (nanoseconds(begun), nanoseconds(last_tenth));
    emit("define_all", all / 1e6, "ms");
    emit("define_growth", last_tenth / first_tenth, "x");
    let mut lists = Vec::new();
    for _ in 0..15 {
        let begun = Instant::now();
        let found = connection.list_domains(DomainFilter::default()).await?;
        lists.push(nanoseconds(begun));
        if found.len() < count {
            return Err(format!("the list has {} domains", found.len()).into());
        }
    }
    emit("list_all", quantile(lists, 0.5) / 1e6, "ms");
    Ok(())
}

/// Look-ups among few running domains, then among many.
pub(super) async fn lookups(template: Template, counts: [usize; 2]) -> Outcome {
    let connection = connect().await?;
    let mut domains = Vec::new();
    let mut found = Vec::new();
    for count in counts {
        for number in domains.len()..count {
            domains.push(connection.create(&template.document(number), CreateOptions::default()).await?);
        }
        found.push([
            look_up(&domains, Domain::id, async |id| by_id(&connection, id).await).await?,
            look_up(&domains, Domain::name, async |name| Ok(connection.domain_by_name(name).await?)).await?,
            look_up(&domains, Domain::uuid, async |uuid| Ok(connection.domain_by_uuid(uuid).await?)).await?,
        ]);
    }
    for (by, name) in ["id", "name", "uuid"].into_iter().enumerate() {
        emit(&format!("lookup_{name}"), found[1][by], "ns");
        emit(&format!("lookup_{name}_growth"), found[1][by] / found[0][by], "x");
    }
    Ok(())
}

async fn by_id(connection: &Connection, id: Option<u32>) -> Outcome<Domain> {
    Ok(connection.domain_by_id(id.ok_or("a domain that was created has no id")?).await?)
}

/// Nanoseconds a look-up: the middle of the batches of a while, spread over the domains. The keys are at hand before the
/// clock runs.
async fn look_up<'a, K: Copy>(
    domains: &'a [Domain],
    key: impl Fn(&'a Domain) -> K,
    find: impl AsyncFn(K) -> Outcome<Domain>,
) -> Outcome<f64> {
    const BATCH: usize = 50;
    let mut times = Vec::new();
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(400) {
        let first = times.len() * BATCH;
        let wanted: [K; BATCH] =
            std::array::from_fn(|number| key(&domains[(first + number) * 7919 % domains.len()]));
        let begun = Instant::now();
        for key in wanted {
            find(key).await?;
        }
        times.push(nanoseconds(begun) / BATCH as f64);
    }
    Ok(quantile(times, 0.5))
}

/// What defined domains take.
pub(super) async fn memory(template: Template, count: usize) -> Outcome {
    let connection = connect().await?;
    let before = status_kib("VmRSS")?;
    for number in 0..count {
        define(&connection, &template.document(number)).await?;
    }
    emit("per_domain", (status_kib("VmRSS")? - before) / count as f64, "KiB");
    emit("peak", status_kib("VmHWM")?, "KiB");
    Ok(())
}
