//! Virtual CPUs, I/O threads, and where they run.

use crate::guests::{Guests, config, live, next_tuned};
use omnivirt_core::event::EventKind;
use omnivirt_core::*;

fn first() -> CpuMap {
    CpuMap::first(1)
}

#[tokio::test]
async fn a_pinned_virtual_cpu_runs_there_and_nowhere_else() {
    let guests = Guests::new().await;
    let domain = guests.start("pinned", "", "").await;
    let mut events = guests.listen(EventKind::Tunable).await;
    domain.pin_vcpu(0, &first(), live().config(true)).await.unwrap();
    let vcpus = domain.vcpus().await.unwrap();
    assert_eq!(vcpus.iter().map(|vcpu| vcpu.number).collect::<Vec<_>>(), [0]);
    assert_eq!(vcpus[0].affinity, first());
    assert!(next_tuned(&mut events).await.contains("cputune.vcpupin0"));
    assert!(guests.on_disk("pinned").contains("<vcpupin vcpu='0' cpuset='0'/>"));
    assert_eq!(domain.vcpu_pins(live()).await.unwrap()[0], first());
    domain.pin_emulator(&first(), live()).await.unwrap();
    assert_eq!(domain.emulator_pin(live()).await.unwrap(), first());
    assert!(!guests.on_disk("pinned").contains("emulatorpin"));
    let process = guests.process(&domain).await;
    let main = rustix::thread::sched_getaffinity(Some(process)).unwrap();
    assert_eq!(main.count(), 1);
    for (vcpu, cpus) in [(4, first()), (0, CpuMap::new())] {
        let refused = domain.pin_vcpu(vcpu, &cpus, live()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidArgument, "{refused}");
    }
}

#[tokio::test]
async fn pins_of_a_definition_hold_from_the_start() {
    let guests = Guests::new().await;
    let tune = "<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>";
    let domain = guests.define("from-the-start", tune, "").await;
    domain.start(StartOptions::default().paused(true)).await.unwrap();
    assert_eq!(domain.vcpus().await.unwrap()[0].affinity, first());
}

#[tokio::test]
async fn virtual_cpus_are_counted_and_set_where_that_can_be() {
    let guests = Guests::new().await;
    let domain = guests.start("counted", "", "").await;
    let maximum = VcpuCountOptions::default().maximum(true);
    assert_eq!(domain.vcpu_count(live(), VcpuCountOptions::default()).await.unwrap(), 1);
    assert_eq!(domain.vcpu_count(live(), maximum.clone()).await.unwrap(), 4);
    domain.set_vcpus(3, config(), SetVcpusOptions::default()).await.unwrap();
    assert!(
        guests.on_disk("counted").contains("<vcpu placement='static' current='3'>4</vcpu>"),
        "{}",
        guests.on_disk("counted")
    );
    assert_eq!(domain.vcpu_count(live(), VcpuCountOptions::default()).await.unwrap(), 1);
    domain.set_vcpus(2, config(), SetVcpusOptions::default().maximum(true)).await.unwrap();
    assert_eq!(domain.vcpu_count(config(), VcpuCountOptions::default()).await.unwrap(), 2);
    let refused = domain.set_vcpus(2, live(), SetVcpusOptions::default()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OperationUnsupported);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    domain.start(StartOptions::default()).await.unwrap();
    assert_eq!(domain.vcpus().await.unwrap().len(), 2);
}

#[tokio::test]
async fn io_threads_come_and_go_in_a_run_and_in_its_definition() {
    let guests = Guests::new().await;
    let domain = guests.start("io", "<iothreads>1</iothreads>", "").await;
    domain.add_iothread(5, live().config(true)).await.unwrap();
    let ids = |threads: Vec<IothreadInfo>| threads.into_iter().map(|thread| thread.id).collect::<Vec<_>>();
    assert_eq!(ids(domain.iothreads(live()).await.unwrap()), [1, 5]);
    assert_eq!(ids(domain.iothreads(config()).await.unwrap()), [1, 5]);
    domain.pin_iothread(5, &first(), live()).await.unwrap();
    let threads = domain.iothreads(live()).await.unwrap();
    assert_eq!(threads[1].affinity, first());
    domain.delete_iothread(5, live()).await.unwrap();
    assert_eq!(ids(domain.iothreads(live()).await.unwrap()), [1]);
    let refused = domain.delete_iothread(5, live()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
    assert!(guests.on_disk("io").contains("<iothread id='5'/>"));
}

#[tokio::test]
async fn cpu_time_is_told_of_a_guest_that_is_busy() {
    let guests = Guests::new().await;
    let domain = guests.start("busy", "", "").await;
    // The guest looks for work without a rest.
    let mut stats = domain.cpu_stats(CpuRange::default()).await.unwrap().total;
    while stats.vcpu_time_ns.unwrap() < 20_000_000 || stats.cpu_time_ns.unwrap() == 0 {
        stats = domain.cpu_stats(CpuRange::default()).await.unwrap().total;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let refused = domain.cpu_stats(CpuRange::default().first(100_000_u32)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
}
