//! Which of a host's firmware a domain gets that leaves it open.

use super::firmware_descriptor::{FirmwareDescriptor, Image, Mapping, Mode};
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::features::{Features, SystemManagement};
use omnivirt_core::domain::os::{FirmwareFeatureName, FirmwareType, Loader, LoaderType, NvramStore};
use omnivirt_core::domain::rules::qemu::Machine;
use omnivirt_core::domain::{Domain, YesNo};
use std::path::Path;

/// Chooses firmware for a domain that only says which kind it wants, and the template of the variables of one that names its
/// firmware. New variables are kept in the folder.
///
/// # Errors
///
/// `ConfigUnsupported`, if the host has no such firmware.
pub(crate) fn choose_firmware(domain: &mut Domain, known: &[FirmwareDescriptor], nvram: &Path) -> Result<()> {
    let Some(os) = &mut domain.os else { return Ok(()) };
    let named = os.loader.as_ref().filter(|loader| !loader.path.is_empty());
    if let Some(named) = named {
        let template = known.iter().find_map(|one| template_of(one, &named.path));
        if let Some(store) = os.nvram.as_mut().filter(|store| store.template.is_none()) {
            store.template = template;
        }
        return Ok(());
    }
    let Some(kind) = os.firmware else { return Ok(()) };
    let chosen = known.iter().find(|one| suits(one, domain, kind)).ok_or_else(|| {
        unsupported(
            "os/@firmware",
            format!("the host has no firmware of the kind '{kind}' that suits the domain"),
        )
        .with_hint("install one, such as the package ovmf, or name it in <loader>")
    })?;
    take(domain, chosen, nvram);
    Ok(())
}

fn template_of(known: &FirmwareDescriptor, path: &str) -> Option<String> {
    match &known.mapping {
        Mapping::Flash { executable, nvram_template: Some(template), .. } if executable.filename == path => {
            Some(template.filename.clone())
        }
        _ => None,
    }
}

fn suits(known: &FirmwareDescriptor, domain: &Domain, kind: FirmwareType) -> bool {
    let has = |feature: &str| known.features.iter().any(|known| known == feature);
    let interface = if kind == FirmwareType::Efi { "uefi" } else { "bios" };
    let machine = Machine::of(domain);
    let is_for_machine = known.targets.iter().any(|target| {
        target.architecture == machine.architecture.as_str()
            && target.machines.iter().any(|pattern| matches(pattern, machine.name))
    });
    let os = domain.os.as_ref();
    let has_features = os.iter().flat_map(|os| &os.firmware_features).all(|feature| {
        let name = match feature.name {
            FirmwareFeatureName::EnrolledKeys => "enrolled-keys",
            FirmwareFeatureName::SecureBoot => "secure-boot",
            _ => return false,
        };
        has(name) == (feature.enabled == YesNo::Yes)
    });
    let loader = os.and_then(|os| os.loader.as_ref());
    let is_secure = loader
        .and_then(|loader| loader.secure)
        .is_none_or(|secure| has("requires-smm") == (secure == YesNo::Yes));
    let smm = domain.features.as_ref().and_then(|features| features.system_management.as_ref());
    let can_have_smm = smm.is_none_or(|smm| smm.state != Some(OnOff::Off)) || !has("requires-smm");
    let has_acpi = domain.features.as_ref().is_some_and(|features| features.acpi);
    let is_stateless = loader.and_then(|loader| loader.stateless) == Some(YesNo::Yes);
    let has_image = match &known.mapping {
        Mapping::Flash { mode, executable, nvram_template } => {
            let has_variables = *mode == Mode::Split && nvram_template.as_ref().is_some_and(is_raw);
            is_raw(executable) && (has_variables || (is_stateless && *mode == Mode::Stateless))
        }
        Mapping::Memory { .. } => !is_stateless || kind == FirmwareType::Bios,
        Mapping::Other => false,
    };
    known.interface_types.iter().any(|known| known == interface)
        && is_for_machine
        && has_features
        && is_secure
        && can_have_smm
        && has_image
        && (has_acpi || !has("acpi-s3") || !machine.architecture.is_x86())
}

fn is_raw(image: &Image) -> bool {
    image.format == "raw"
}

/// Whether a name matches a pattern in which a star stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(start) else { return false };
    (0..=name.len()).filter(|at| name.is_char_boundary(*at)).any(|at| matches(rest, &name[at..]))
}

fn take(domain: &mut Domain, chosen: &FirmwareDescriptor, nvram: &Path) {
    let needs_smm = chosen.features.iter().any(|feature| feature == "requires-smm");
    let name = &*domain.name;
    let Some(os) = &mut domain.os else { return };
    let loader = os.loader.get_or_insert_with(Loader::default);
    match &chosen.mapping {
        Mapping::Flash { executable, nvram_template, .. } => {
            loader.path.clone_from(&executable.filename);
            (loader.loader_type, loader.read_only) = (Some(LoaderType::Pflash), Some(YesNo::Yes));
            if needs_smm {
                loader.secure = Some(YesNo::Yes);
            }
            if let Some(template) = nvram_template.as_ref().filter(|_| loader.stateless != Some(YesNo::Yes)) {
                let store = os.nvram.get_or_insert_with(NvramStore::default);
                store.template.get_or_insert_with(|| template.filename.clone());
                if store.path.is_empty() && store.source.is_none() {
                    store.path = super::arguments::text(&nvram.join(format!("{name}_VARS.fd")));
                }
            }
        }
        Mapping::Memory { filename } => {
            loader.path.clone_from(filename);
            loader.loader_type = Some(LoaderType::Rom);
        }
        Mapping::Other => {}
    }
    if needs_smm {
        let features = domain.features.get_or_insert_with(Features::default);
        let smm = features.system_management.get_or_insert_with(SystemManagement::default);
        smm.state = Some(OnOff::On);
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("pc-q35-*", "pc-q35-7.2", true),
            ("pc-q35-*", "pc-i440fx-7.2", false),
            ("virt", "virt-7.2", false),
            ("*-7.*", "virt-7.2", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
