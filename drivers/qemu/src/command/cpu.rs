//! `-cpu`.

use super::arguments::Arguments;
use super::keyed::Keyed;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::clock::{TickPolicy, TimerName};
use omnivirt_core::domain::cpu::{Cpu, CpuCacheMode, CpuFeaturePolicy, CpuMode, PhysicalAddressMode};
use omnivirt_core::domain::devices::panic::PanicModel;
use omnivirt_core::domain::features::{Enlightenment, Features, HypervFeatures, HypervMode};
use omnivirt_core::domain::rules::qemu::Architecture;
use omnivirt_core::domain::{Domain, YesNo};

/// Adds the model of the CPUs, and what they have besides.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    let mut cpu = model(arguments)?;
    let is_named = cpu.is_some();
    let mut more = cpu.take().unwrap_or_default();
    if let Some(options) = &domain.cpu {
        more = explicit(more, options)?;
    }
    more = timers(more, domain);
    let none = Features::default();
    let features = domain.features.as_ref().unwrap_or(&none);
    more = paravirtual(more, features);
    if let Some(hyperv) = &features.hyperv {
        more = enlightened(more, hyperv);
    }
    let crash = domain.devices.panics.iter().any(|panic| panic.model == Some(PanicModel::HyperV));
    if crash {
        more = more.with_word("hv-crash");
    }
    if is_named {
        arguments.option("-cpu", more);
    } else if !more.is_empty() {
        let default = if arguments.machine.architecture == Architecture::I686 { "qemu32" } else { "qemu64" };
        arguments.option("-cpu", format!("{default},{}", String::from(more)));
    }
    Ok(())
}

/// The model, with what the mode brings along.
fn model(arguments: &Arguments<'_>) -> Result<Option<Keyed>> {
    let Some(cpu) = &arguments.domain.cpu else { return Ok(None) };
    let is_kvm = arguments.is_kvm();
    Ok(Some(match cpu.mode {
        Some(CpuMode::HostPassthrough) if is_kvm => {
            Keyed::new("host").with_some("migratable", cpu.migratable)
        }
        Some(CpuMode::HostPassthrough) => {
            return Err(unsupported("cpu", "only KVM can give the host's CPU to a guest")
                .with_hint("use mode='maximum'"));
        }
        Some(CpuMode::Maximum) => Keyed::new("max").with_some("migratable", cpu.migratable),
        // Whoever starts a domain has written down what that is.
        Some(CpuMode::HostModel) => {
            return Err(unsupported("cpu", "what 'host-model' stands for was not asked of this host's QEMU")
                .with_hint("name a model"));
        }
        _ => {
            let Some(model) = &cpu.model else { return Ok(None) };
            Keyed::new(&model.name).with_some("vendor", model.vendor_id.as_deref())
        }
    }))
}

/// What the document says of the CPU itself.
fn explicit(mut keyed: Keyed, cpu: &Cpu) -> Result<Keyed> {
    for feature in &cpu.features {
        let has = !matches!(feature.policy, Some(CpuFeaturePolicy::Disable | CpuFeaturePolicy::Forbid));
        keyed.push(name_of(&feature.name), OnOff::from(has));
    }
    if let Some(cache) = &cpu.cache {
        keyed = match cache.mode {
            CpuCacheMode::Passthrough => keyed.with("host-cache-info", "on").with("l3-cache", "off"),
            CpuCacheMode::Disable => keyed.with("host-cache-info", "off").with("l3-cache", "off"),
            _ => keyed.with("l3-cache", "on"),
        };
    }
    if let Some(address) = &cpu.physical_address {
        keyed = match address.mode {
            PhysicalAddressMode::Passthrough => keyed.with("host-phys-bits", "on"),
            _ => keyed.with_some("phys-bits", address.bits),
        };
    }
    Ok(keyed)
}

/// QEMU writes with hyphens what libvirt's names have underscores for, and has other names for some.
fn name_of(feature: &str) -> &str {
    match feature {
        "cmp_legacy" => "cmp-legacy",
        "cr8legacy" => "cr8legacy",
        "ds_cpl" => "ds-cpl",
        "fxsr_opt" => "fxsr-opt",
        "lahf_lm" => "lahf-lm",
        "nodeid_msr" => "nodeid-msr",
        "pclmuldq" => "pclmulqdq",
        "perfctr_core" => "perfctr-core",
        "perfctr_nb" => "perfctr-nb",
        "tsc_adjust" => "tsc-adjust",
        other => other,
    }
}

fn timers(mut keyed: Keyed, domain: &Domain) -> Keyed {
    for timer in domain.clock.iter().flat_map(|clock| &clock.timers) {
        match timer.name {
            TimerName::KvmClock => keyed = keyed.with_some("kvmclock", timer.present.map(switch)),
            TimerName::HypervClock if timer.present == Some(YesNo::Yes) => keyed.push("hv-time", "on"),
            TimerName::Tsc => keyed = keyed.with_some("tsc-frequency", timer.frequency),
            TimerName::ArmVtimer => {
                let adjusts = timer.tick_policy.map(|policy| policy != TickPolicy::Discard);
                keyed = keyed.with_some("kvm-no-adjvtime", adjusts.map(|adjusts| OnOff::from(!adjusts)));
            }
            _ => {}
        }
    }
    keyed
}

fn switch(present: YesNo) -> OnOff {
    OnOff::from(present == YesNo::Yes)
}

/// What KVM tells its guests of itself.
fn paravirtual(mut keyed: Keyed, features: &Features) -> Keyed {
    let eoi = features.apic.as_ref().and_then(|apic| apic.end_of_interrupt);
    keyed = keyed.with_some("kvm-pv-eoi", eoi);
    let unhalt = features.paravirtual_spinlocks.as_ref().and_then(|locks| locks.state);
    keyed = keyed.with_some("kvm-pv-unhalt", unhalt);
    if let Some(kvm) = &features.kvm {
        let state = |feature: &Option<Enlightenment>| feature.as_ref().map(|feature| feature.state);
        if state(&kvm.hidden) == Some(OnOff::On) {
            keyed.push("kvm", "off");
        }
        if state(&kvm.dedicated_hint) == Some(OnOff::On) {
            keyed.push("kvm-hint-dedicated", "on");
        }
        if state(&kvm.poll_control) == Some(OnOff::On) {
            keyed.push("kvm-poll-control", "on");
        }
        if state(&kvm.interprocessor_interrupts) == Some(OnOff::Off) {
            keyed.push("kvm-pv-ipi", "off");
        }
    }
    keyed.with_some("pmu", features.performance_counters.as_ref().and_then(|pmu| pmu.state))
}

/// What a guest sees of Hyper-V.
fn enlightened(mut keyed: Keyed, hyperv: &HypervFeatures) -> Keyed {
    if hyperv.mode == Some(HypervMode::Passthrough) {
        keyed.push("hv-passthrough", "on");
    }
    let mut push = |name: &str, state: Option<OnOff>| {
        if state == Some(OnOff::On) {
            keyed.push(name, "on");
        }
    };
    let state = |feature: &Option<Enlightenment>| feature.as_ref().map(|feature| feature.state);
    push("hv-relaxed", state(&hyperv.relaxed));
    push("hv-vapic", state(&hyperv.apic));
    push("hv-vpindex", state(&hyperv.processor_index));
    push("hv-runtime", state(&hyperv.run_time));
    push("hv-synic", state(&hyperv.interrupt_controller));
    push("hv-stimer", hyperv.timer.as_ref().map(|timer| timer.state));
    push("hv-stimer-direct", hyperv.timer.as_ref().and_then(|timer| state(&timer.direct)));
    push("hv-reset", state(&hyperv.reset));
    push("hv-frequencies", state(&hyperv.frequencies));
    push("hv-reenlightenment", state(&hyperv.migration_notice));
    push("hv-tlbflush", state(&hyperv.translation_flush));
    push("hv-ipi", state(&hyperv.interprocessor_interrupts));
    push("hv-evmcs", state(&hyperv.enlightened_vmcs));
    push("hv-avic", state(&hyperv.hardware_apic));
    if let Some(locks) = hyperv.spinlocks.as_ref().filter(|locks| locks.state == OnOff::On) {
        keyed = keyed.with_some("hv-spinlocks", locks.retries.map(|retries| format!("0x{retries:x}")));
    }
    if let Some(vendor) = hyperv.vendor.as_ref().filter(|vendor| vendor.state == OnOff::On) {
        keyed = keyed.with_some("hv-vendor-id", vendor.value.as_deref());
    }
    keyed
}
