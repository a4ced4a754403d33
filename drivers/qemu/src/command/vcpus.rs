//! `-smp`, and the virtual CPUs that are plugged in before the guest runs.

use super::arguments::Arguments;
use super::keyed::Keyed;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::cpu::{CpuMode, CpuTopology};
use omnivirt_core::domain::vcpus::{IoThread, VcpuState};
use serde_json::json;

/// Adds how many virtual CPUs there are, and how they are arranged.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    let max = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max);
    let is_plugged = |vcpu: &&VcpuState| vcpu.enabled == YesNo::Yes && vcpu.hotpluggable == Some(YesNo::Yes);
    let mut plugged: Vec<&VcpuState> = domain.vcpus.iter().filter(is_plugged).collect();
    plugged.sort_by_key(|vcpu| vcpu.order);
    let at_boot = match domain.vcpus.is_empty() {
        true => domain.vcpu.as_ref().and_then(|vcpu| vcpu.current).unwrap_or(max),
        false => {
            let fixed = domain.vcpus.iter().filter(|vcpu| vcpu.enabled == YesNo::Yes).count();
            u32::try_from(fixed).unwrap_or(u32::MAX) - u32::try_from(plugged.len()).unwrap_or(0)
        }
    };
    let mut smp = Keyed::new(at_boot);
    if at_boot != max {
        smp.push("maxcpus", max);
    }
    let topology = domain.cpu.as_ref().and_then(|cpu| cpu.topology.as_ref());
    smp = match topology {
        None => smp.with("sockets", max).with("cores", 1).with("threads", 1),
        Some(topology) => smp
            .with("sockets", topology.sockets)
            .with_some("dies", topology.dies)
            .with("cores", topology.cores)
            .with("threads", topology.threads),
    };
    arguments.option("-smp", smp);
    for vcpu in plugged {
        plug(arguments, vcpu.id, topology)?;
    }
    add_iothreads(arguments);
    Ok(())
}

/// Plugs in a virtual CPU before the guest runs.
fn plug(arguments: &mut Arguments<'_>, vcpu: u32, topology: Option<&CpuTopology>) -> Result<()> {
    let architecture = arguments.machine.architecture;
    let cpu = arguments.domain.cpu.as_ref();
    let model = match cpu.map(|cpu| (cpu.mode, &cpu.model)) {
        Some((Some(CpuMode::HostPassthrough), _)) => "host",
        Some((Some(CpuMode::Maximum), _)) => "max",
        Some((_, Some(model))) => &model.name,
        _ => "qemu64",
    };
    if !architecture.is_x86() {
        let why = format!("virtual CPUs cannot be plugged into a machine of {architecture} at its start");
        return Err(unsupported("vcpus/vcpu", why).with_hint("write hotpluggable='no'"));
    }
    let (threads, cores) = topology.map_or((1, 1), |topology| (topology.threads, topology.cores));
    let dies = topology.and_then(|topology| topology.dies);
    let core = vcpu / threads.max(1);
    let die = core / cores.max(1);
    let mut place = json!({
        "driver": format!("{model}-{architecture}-cpu"),
        "id": format!("vcpu{vcpu}"),
        "thread-id": vcpu % threads.max(1),
        "core-id": core % cores.max(1),
        "socket-id": die / dies.unwrap_or(1).max(1),
    });
    if let Some(dies) = dies.filter(|dies| *dies > 1) {
        place["die-id"] = json!(die % dies);
    }
    arguments.command("device_add", place);
    Ok(())
}

/// Adds the threads for input and output, and what the main thread is told.
fn add_iothreads(arguments: &mut Arguments<'_>) {
    use super::properties::Properties;
    let given = &arguments.domain.iothreads;
    let count = arguments.domain.iothread_count.unwrap_or(0) as usize;
    // Those that are only counted have the first numbers that are free.
    let free = (1..).filter(|id| given.iter().all(|thread| thread.id != *id));
    let counted: Vec<IoThread> = free.take(count.saturating_sub(given.len())).map(IoThread::new).collect();
    for thread in given.iter().chain(&counted) {
        let object = Properties::object("iothread", format!("iothread{}", thread.id))
            .with_some("thread-pool-min", thread.thread_pool_minimum)
            .with_some("thread-pool-max", thread.thread_pool_maximum);
        arguments.json("-object", object);
    }
    if let Some(main) = &arguments.domain.default_iothread {
        let object = Properties::object("main-loop", "main-loop")
            .with_some("thread-pool-min", main.thread_pool_minimum)
            .with_some("thread-pool-max", main.thread_pool_maximum);
        arguments.json("-object", object);
    }
}
