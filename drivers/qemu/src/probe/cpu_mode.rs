//! The ways to choose a domain's CPUs.

use super::answers::{Accelerated, CpuContents, CpuModel as Known};
use super::ask::Accelerator;
use omnivirt_core::capabilities::domain::{CpuCapabilities, CpuFeature, CpuMode, CpuModeName, CpuModel};
use omnivirt_core::capabilities::{Usable, Values};
use omnivirt_core::document::YesNo;
use omnivirt_core::domain::cpu::{self as document, Cpu, CpuCheck, CpuFallback, CpuFeaturePolicy, CpuMatch};
use omnivirt_core::domain::rules::qemu::Architecture;
use omnivirt_core::{Error, ErrorKind, Result};

/// What is told for each way.
pub(super) fn modes(
    architecture: Architecture,
    accelerator: Accelerator,
    all: &Accelerated,
) -> CpuCapabilities {
    let is_kvm = accelerator == Accelerator::Kvm;
    let mut cpu = CpuCapabilities::default();
    cpu.modes = vec![
        migratable(CpuModeName::HostPassthrough, "hostPassthroughMigratable", is_kvm),
        migratable(CpuModeName::Maximum, "maximumMigratable", all.find("max").is_some()),
        host_model(all, is_kvm),
        custom(architecture, all),
    ];
    cpu
}

fn mode(name: CpuModeName, is_there: bool) -> CpuMode {
    CpuMode::new(name, yes(is_there))
}

pub(super) fn yes(is: bool) -> YesNo {
    if is { YesNo::Yes } else { YesNo::No }
}

/// Values that can be chosen.
pub(super) fn values<'a>(name: &str, all: impl IntoIterator<Item = &'a str>) -> Values {
    let mut values = Values::new(name.to_owned());
    values.values = all.into_iter().map(str::to_owned).collect();
    values
}

fn migratable(name: CpuModeName, of: &str, is_there: bool) -> CpuMode {
    let mut mode = mode(name, is_there);
    if is_there {
        mode.enums = vec![values(of, ["on", "off"])];
    }
    mode
}

/// A named model and what has to be added to it and taken away.
pub(super) struct Closest<'a> {
    pub(super) model: &'a str,
    pub(super) more: Vec<&'a str>,
    less: Vec<&'a str>,
}

/// The named model from which the least has to be changed; `usable` asks for one to which something is added only.
pub(super) fn closest<'a>(
    all: &'a Accelerated,
    wanted: &'a CpuContents,
    usable: bool,
) -> Option<Closest<'a>> {
    let named = all.models.iter().filter(|model| !model.is_version() && !is_special(&model.name));
    let candidates = named.filter_map(|model| {
        let contents = model.contents.as_ref()?;
        let own = maker(&model.name);
        let is_of_maker = own.is_none() || own == wanted.vendor.as_deref().and_then(vendor);
        let more: Vec<&str> = wanted.features.difference(&contents.features).map(String::as_str).collect();
        let less: Vec<&str> = contents.features.difference(&wanted.features).map(String::as_str).collect();
        let suits = is_of_maker && (!usable || (less.is_empty() && model.is_usable != Some(false)));
        suits.then_some(Closest { model: &model.name, more, less })
    });
    candidates.min_by_key(|one| one.more.len() + one.less.len())
}

/// What stands for something else than a model.
fn is_special(name: &str) -> bool {
    matches!(name, "max" | "host" | "base")
}

/// The maker of x86's CPUs of that model; none for those that are of no maker's. QEMU shows the host's own under KVM.
fn maker(model: &str) -> Option<&'static str> {
    let is_one_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| model.starts_with(prefix));
    if is_one_of(&["486", "pentium", "qemu", "kvm"]) {
        None
    } else if is_one_of(&["EPYC", "Opteron", "phenom", "athlon"]) {
        Some("AMD")
    } else if is_one_of(&["Dhyana"]) {
        Some("Hygon")
    } else if is_one_of(&["YongFeng"]) {
        Some("Zhaoxin")
    } else {
        Some("Intel")
    }
}

/// IBM's servers; there are hundreds of others and of versions, which documents do not name.
fn is_power(name: &str) -> bool {
    let number = name.strip_prefix("power").filter(|number| !number.is_empty());
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()) && number != "5")
}

fn host_model(all: &Accelerated, is_kvm: bool) -> CpuMode {
    let like = all.find(if is_kvm { "host" } else { "max" });
    let wanted = like.and_then(|model| model.contents.as_ref());
    let found = wanted.and_then(|wanted| Some((wanted, closest(all, wanted, false)?)));
    let mut mode = mode(CpuModeName::HostModel, found.is_some());
    if let Some((wanted, closest)) = found {
        let mut model = CpuModel::new(closest.model.to_owned());
        model.fallback = Some("forbid".to_owned());
        mode.models = vec![model];
        mode.vendor = wanted.vendor.as_deref().and_then(vendor).map(str::to_owned);
        let feature = |policy: &str, name: &str| {
            let mut feature = CpuFeature::new(name.to_owned());
            feature.policy = Some(policy.to_owned());
            feature
        };
        let more = closest.more.iter().map(|name| feature("require", name));
        mode.features = more.chain(closest.less.iter().map(|name| feature("disable", name))).collect();
    }
    mode
}

/// Writes down what `host-model` stands for here. What the document says of single features holds.
///
/// # Errors
///
/// `ConfigUnsupported` if there is no named model like the host's.
pub(super) fn name_host_model(cpu: &mut Cpu, all: &Accelerated, is_kvm: bool) -> Result<()> {
    let told = host_model(all, is_kvm);
    let Some(model) = told.models.into_iter().next() else {
        let message = "cpu: QEMU names no model that is like this host's CPU";
        return Err(Error::new(ErrorKind::ConfigUnsupported, message)
            .with_context("element", "cpu")
            .with_hint("use mode='maximum', or name a model"));
    };
    cpu.mode = Some(document::CpuMode::Custom);
    cpu.matching = Some(CpuMatch::Exact);
    cpu.check = Some(CpuCheck::Full);
    let mut named = document::CpuModel::default();
    named.fallback = Some(CpuFallback::Forbid);
    named.name = model.name;
    cpu.model = Some(named);
    cpu.vendor = told.vendor;
    let own = std::mem::take(&mut cpu.features);
    let is_left_open = |feature: &CpuFeature| own.iter().all(|said| said.name != feature.name);
    let features = told.features.into_iter().filter(is_left_open).map(|feature| {
        let is_without = feature.policy.as_deref() == Some("disable");
        let policy = if is_without { CpuFeaturePolicy::Disable } else { CpuFeaturePolicy::Require };
        let mut named = document::CpuFeature::default();
        named.policy = Some(policy);
        named.name = feature.name;
        named
    });
    cpu.features = features.collect();
    cpu.features.extend(own);
    Ok(())
}

fn custom(architecture: Architecture, all: &Accelerated) -> CpuMode {
    let is_named = |model: &&Known| match architecture {
        _ if architecture.is_x86() => !model.is_version() && !is_special(&model.name),
        _ if architecture.is_ppc64() => is_power(&model.name),
        _ => !model.is_version(),
    };
    let models = all.models.iter().filter(is_named).map(|known| {
        let name = &known.name;
        let mut model =
            CpuModel::new(if architecture.is_ppc64() { name.to_uppercase() } else { name.clone() });
        model.usable = Some(match known.is_usable {
            Some(true) => Usable::Yes,
            Some(false) => Usable::No,
            None => Usable::Unknown,
        });
        model.deprecated = known.deprecated.then_some(YesNo::Yes);
        let maker =
            if architecture.is_x86() { maker(&known.name) } else { architecture.is_ppc64().then_some("IBM") };
        model.vendor = Some(maker.unwrap_or("unknown").to_owned());
        model
    });
    let models: Vec<CpuModel> = models.collect();
    let mut mode = mode(CpuModeName::Custom, !models.is_empty());
    mode.models = models;
    mode
}

/// The name that documents have for a maker.
pub(super) fn vendor(of_cpu: &str) -> Option<&'static str> {
    match of_cpu {
        "GenuineIntel" => Some("Intel"),
        "AuthenticAMD" => Some("AMD"),
        "HygonGenuine" => Some("Hygon"),
        "CentaurHauls" => Some("Centaur"),
        "  Shanghai  " => Some("Zhaoxin"),
        _ => None,
    }
}
