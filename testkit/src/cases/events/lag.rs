//! Registrations that are not read: bounded, by their policy, and never silent.

use crate::case::Case;
use crate::cases::rules;
use crate::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::Event;
use omnivirt_core::events::{Delivery, EventFilter, EventStream, Gap, Policy};
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["events":
        dropping_the_oldest_is_told [CONNECTION_DEFINE]
            "a full queue loses the oldest events, and the next delivery says which",
        a_gap_comes_before_what_follows_it [CONNECTION_DEFINE]
            "a callback that lags is told of the gap before the events after it",
        coalescing_keeps_the_last_of_each [CONNECTION_DEFINE]
            "with coalesce the last event of each object and kind stays",
        closing_ends_with_a_gap [CONNECTION_DEFINE]
            "with close a full queue is delivered, then a gap, then nothing",
        unbounded_loses_nothing [CONNECTION_DEFINE]
            "an unbounded queue loses nothing",
        a_subscriber_that_never_reads_stays_small [CONNECTION_DEFINE]
            "a queue holds 1,024 events unless its policy says otherwise, and counts what it lost",
    ]
}

/// Makes a stream of that policy, causes so many events of one domain, and gives what the stream then holds, and the
/// events as they were.
async fn lagging(
    rig: &Rig,
    policy: Policy,
    count: usize,
) -> Outcome<(EventStream, Vec<Delivery>, Vec<Arc<Event>>)> {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let filter = EventFilter::of(domain.reference().clone());
    let mut stream = rig.connection().subscribe(filter, policy).await?;
    rig.cause_events(&domain, count).await?;
    let events = watch.of_until_now(rig, &domain).await?;
    ensure_eq!(events.len(), count, "how many events were caused");
    let held = std::iter::from_fn(|| stream.try_recv()).collect();
    Ok((stream, held, events))
}

fn deliveries(events: &[Arc<Event>]) -> Vec<Delivery> {
    events.iter().cloned().map(Delivery::Event).collect()
}

fn gap(lost: &[Arc<Event>]) -> Delivery {
    let (first, last) = (&lost[0], &lost[lost.len() - 1]);
    Delivery::Gap(Gap { from: first.seq, to: last.seq, lost: lost.len() as u64 })
}

async fn dropping_the_oldest_is_told(rig: Arc<Rig>) -> Outcome {
    let (_, held, events) = lagging(&rig, Policy::drop_oldest().capacity(3), 8).await?;
    let expected = [vec![gap(&events[..5])], deliveries(&events[5..])].concat();
    ensure_eq!(held, expected, "what a queue of 3 holds after 8 events");
    Ok(())
}

async fn a_gap_comes_before_what_follows_it(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let (callback, mut called) = super::noting();
    let filter = EventFilter::of(domain.reference().clone());
    rig.connection().on_event_pending(filter, Policy::drop_oldest().capacity(2), callback).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    rig.cause_events(&domain, 5).await?;
    let events = watch.of_until_now(&rig, &domain).await?;
    rig.connection().deliver_pending()?;
    let told: Vec<Delivery> = std::iter::from_fn(|| called.made()).collect();
    let expected = [vec![gap(&events[..3])], deliveries(&events[3..])].concat();
    ensure_eq!(told, expected, "what the callback is told");
    Ok(())
}

async fn coalescing_keeps_the_last_of_each(rig: Arc<Rig>) -> Outcome {
    let (stream, held, events) = lagging(&rig, Policy::coalesce().capacity(3), 8).await?;
    ensure_eq!(held, deliveries(&events[7..]), "what is left of 8 events of one object and kind");
    ensure_eq!(stream.stats().coalesced, 7, "how many events gave way");
    Ok(())
}

async fn closing_ends_with_a_gap(rig: Arc<Rig>) -> Outcome {
    let (mut stream, held, events) = lagging(&rig, Policy::close().capacity(3), 8).await?;
    ensure!(held.len() == 4, "{} deliveries of a queue of 3", held.len());
    ensure_eq!(held[..3], deliveries(&events[..3]), "what waited when the queue was full");
    let Delivery::Gap(gap) = &held[3] else {
        return Err(Failure::new(format!("{:?} follows, not a gap", held[3])));
    };
    ensure_eq!(gap.from, events[3].seq, "where the gap begins");
    let end = tokio::time::timeout(super::ON_ITS_WAY, stream.recv()).await;
    ensure!(end == Ok(None), "the stream has not ended: {end:?}");
    Ok(())
}

async fn unbounded_loses_nothing(rig: Arc<Rig>) -> Outcome {
    let (_, held, events) = lagging(&rig, Policy::unbounded(), Policy::DEFAULT_CAPACITY + 100).await?;
    ensure_eq!(held, deliveries(&events), "what an unbounded queue holds");
    Ok(())
}

async fn a_subscriber_that_never_reads_stays_small(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let filter = EventFilter::of(domain.reference().clone());
    let stream = rig.connection().subscribe(filter, Policy::default()).await?;
    rig.cause_events(&domain, 3_000).await?;
    watch.until_now(&rig).await?;
    let stats = stream.stats();
    ensure_eq!(stats.queued, Policy::DEFAULT_CAPACITY, "how many events wait");
    ensure_eq!(stats.lost, 3_000 - 1_024, "how many events are counted as lost");
    Ok(())
}
