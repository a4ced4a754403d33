//! CPUs as XML describes them: read, compared with the host's, and combined.

use super::cpu_models::{self, Features, Model};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{Document, Element, NewElement};
use omnivirt_core::{CpuComparison, Error, ErrorKind, Result};

/// A CPU as a `<cpu>` element describes it: of a host, or as a guest asks for it.
#[derive(Debug)]
pub(crate) struct Description {
    arch: Option<String>,
    vendor: Option<String>,
    model: Option<&'static Model>,
    /// Whether it is the host's own CPU, whatever that is.
    is_host: bool,
    /// Whether nothing beyond it is allowed.
    strict: bool,
    required: Features,
    optional: Features,
    forbidden: Features,
    disabled: Features,
}

/// What a description comes to when nothing of it is left to choice.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) arch: String,
    pub(crate) vendor: Option<String>,
    pub(crate) features: Features,
}

/// What a `<cpu>` may hold.
const KNOWN: &[&str] = &[
    "arch",
    "model",
    "vendor",
    "topology",
    "feature",
    "features",
    "pages",
    "numa",
    "cache",
    "maxphysaddr",
    "microcode",
    "signature",
    "counter",
];

impl Description {
    /// Reads a description; `validate` refuses elements that none has.
    ///
    /// # Errors
    ///
    /// `XmlSyntax`, and `XmlInvalid` for a document of something else, and for models, modes and policies that are not known.
    pub(crate) fn read(xml: &str, validate: bool) -> Result<Self> {
        let document = Document::parse(xml)?;
        let root = document.root();
        if root.name() != "cpu" {
            return Err(invalid(root, format!("a CPU is described by <cpu>, not by <{}>", root.name())));
        }
        if let Some(unknown) = root.children().find(|child| validate && !KNOWN.contains(&child.name())) {
            return Err(invalid(unknown, format!("<cpu> has no <{}>", unknown.name())));
        }
        let text = |name: &str| {
            root.child(name).map(|child| child.text().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let model = text("model").map(|name| {
            let at = root.child("model").unwrap_or(root);
            cpu_models::find(&name).ok_or_else(|| invalid(at, format!("the CPU model '{name}' is not known")))
        });
        let mode = root.attribute_value("mode");
        let is_host = match mode.as_deref() {
            None | Some("custom") => false,
            Some("host-model" | "host-passthrough" | "maximum") => true,
            Some(other) => return Err(invalid(root, format!("the CPU mode '{other}' is not known"))),
        };
        let mut description = Self {
            arch: text("arch"),
            vendor: text("vendor"),
            model: model.transpose()?,
            is_host,
            strict: root.attribute_value("match").is_some_and(|value| value == "strict"),
            required: Features::new(),
            optional: Features::new(),
            forbidden: Features::new(),
            disabled: Features::new(),
        };
        for feature in root.children().filter(|child| child.name() == "feature") {
            description.add(feature)?;
        }
        if description.model.is_none() && !is_host && description.required.is_empty() {
            return Err(invalid(root, "the CPU has neither a model nor features".into()));
        }
        Ok(description)
    }

    fn add(&mut self, feature: Element<'_>) -> Result<()> {
        let Some(name) = feature.attribute_value("name").filter(|name| !name.is_empty()) else {
            return Err(invalid(feature, "the CPU feature has no name".into()));
        };
        let set = match feature.attribute_value("policy").as_deref() {
            None | Some("require" | "force") => &mut self.required,
            Some("optional") => &mut self.optional,
            Some("disable") => &mut self.disabled,
            Some("forbid") => &mut self.forbidden,
            Some(other) => return Err(invalid(feature, format!("the policy '{other}' is not known"))),
        };
        if !set.insert(name.clone().into_owned()) {
            return Err(invalid(feature, format!("the CPU feature '{name}' is there twice")));
        }
        Ok(())
    }

    /// The features that a CPU needs to be it.
    fn needs(&self) -> Features {
        let mut features = self.model.map(Model::features).unwrap_or_default();
        features.extend(self.required.iter().cloned());
        features.retain(|feature| {
            !self.disabled.contains(feature)
                && !self.optional.contains(feature)
                && !self.forbidden.contains(feature)
        });
        features
    }

    /// What it comes to.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` if it leaves to the host what it is.
    pub(crate) fn meaning(&self) -> Result<Meaning> {
        if self.is_host {
            let message = "a CPU that is the host's own says nothing to another host";
            return Err(Error::new(ErrorKind::XmlInvalid, message)
                .with_hint("use the <cpu> of the host's capabilities"));
        }
        let vendor = self.vendor.clone().or_else(|| self.model?.vendor.map(str::to_owned));
        Ok(Meaning {
            arch: self.arch.clone().unwrap_or_else(|| "x86_64".into()),
            vendor,
            features: self.needs(),
        })
    }
}

impl Meaning {
    /// Leaves what both have.
    ///
    /// # Errors
    ///
    /// `CpuIncompatible` for CPUs of different architectures or makers.
    pub(crate) fn meet(&mut self, other: Self) -> Result<()> {
        if self.arch != other.arch {
            let message = format!("a {} CPU and a {} CPU have nothing in common", self.arch, other.arch);
            return Err(Error::new(ErrorKind::CpuIncompatible, message));
        }
        match (&self.vendor, other.vendor) {
            (Some(one), Some(two)) if *one != two => {
                let message = format!("a CPU of {one} and a CPU of {two} have no model in common");
                return Err(Error::new(ErrorKind::CpuIncompatible, message));
            }
            (None, Some(vendor)) => self.vendor = Some(vendor),
            _ => {}
        }
        self.features.retain(|feature| other.features.contains(feature));
        Ok(())
    }
}

/// Compares a description with the CPU of a host; if they do not fit, says why.
pub(crate) fn compare(wanted: &Description, host_arch: &str) -> (CpuComparison, Option<String>) {
    let (model, more) = cpu_models::of_host(host_arch);
    let has: Features = model.features().union(&more).cloned().collect();
    let incompatible = |why: String| (CpuComparison::Incompatible, Some(why));
    if let Some(arch) = wanted
        .arch
        .as_deref()
        .filter(|arch| *arch != host_arch && !(*arch == "i686" && host_arch == "x86_64"))
    {
        return incompatible(format!("the host's CPU is {host_arch}, not {arch}"));
    }
    let vendor = wanted.vendor.as_deref();
    if vendor.is_some() && vendor != model.vendor {
        return incompatible(format!("the host's CPU is not made by {}", vendor.unwrap_or_default()));
    }
    let needs = if wanted.is_host { has.union(&wanted.required).cloned().collect() } else { wanted.needs() };
    let missing: Vec<&str> = needs.difference(&has).map(String::as_str).collect();
    if !missing.is_empty() {
        return incompatible(format!("the host's CPU lacks {}", missing.join(", ")));
    }
    if let Some(forbidden) = wanted.forbidden.intersection(&has).next() {
        return incompatible(format!("the host's CPU has {forbidden}, which is forbidden"));
    }
    match needs.len() == has.len() {
        true => (CpuComparison::Identical, None),
        false if wanted.strict => incompatible("the host's CPU has more, and the match is strict".into()),
        false => (CpuComparison::Superset, None),
    }
}

impl super::Host {
    /// Refuses a domain whose CPU this host does not have. What a document says in words that are not known is let pass.
    ///
    /// # Errors
    ///
    /// `CpuIncompatible`.
    pub(crate) fn check_cpu_of(&self, config: &DomainConfig) -> Result<()> {
        let Some(cpu) = config.root().child("cpu").filter(|cpu| cpu.child("model").is_some()) else {
            return Ok(());
        };
        let Ok(wanted) = Description::read(cpu.source(), false) else { return Ok(()) };
        match compare(&wanted, self.machine.hardware.arch()).1 {
            Some(why) => Err(Error::new(ErrorKind::CpuIncompatible, why)),
            None => Ok(()),
        }
    }
}

/// A CPU as XML.
pub(crate) fn written(model: &Model, features: &Features, fallback: &str) -> NewElement {
    let mut cpu = NewElement::new("cpu")
        .attribute("mode", "custom")
        .attribute("match", "exact")
        .child(NewElement::new("model").attribute("fallback", fallback).text(model.name));
    if let Some(vendor) = model.vendor {
        cpu = cpu.child(NewElement::new("vendor").text(vendor));
    }
    features.iter().fold(cpu, |cpu, feature| {
        cpu.child(NewElement::new("feature").attribute("policy", "require").attribute("name", feature))
    })
}

fn invalid(at: Element<'_>, message: String) -> Error {
    Error::new(ErrorKind::XmlInvalid, message).with_context("at", at.position())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(xml: &str) -> (CpuComparison, Option<String>) {
        compare(&Description::read(xml, true).unwrap(), "x86_64")
    }

    #[test]
    fn a_cpu_fits_the_host_or_says_what_is_missing() {
        assert_eq!(compared("<cpu mode='host-model'/>").0, CpuComparison::Identical);
        assert_eq!(compared("<cpu><model>EPYC</model></cpu>").0, CpuComparison::Superset);
        assert_eq!(compared("<cpu match='strict'><model>EPYC</model></cpu>").0, CpuComparison::Incompatible);
        let (comparison, why) = compared("<cpu><model>Haswell-noTSX</model></cpu>");
        assert_eq!(comparison, CpuComparison::Incompatible);
        assert!(why.unwrap().contains("invpcid"));
        assert_eq!(
            compared("<cpu><arch>s390x</arch><model>EPYC</model></cpu>").0,
            CpuComparison::Incompatible
        );
        assert_eq!(
            compared("<cpu><model>EPYC</model><vendor>Intel</vendor></cpu>").0,
            CpuComparison::Incompatible
        );
        assert_eq!(
            compared("<cpu><model>EPYC</model><feature policy='forbid' name='avx'/></cpu>").0,
            CpuComparison::Incompatible
        );
        assert_eq!(compared("<cpu><model>EPYC-Milan</model><feature policy='disable' name='pku'/><feature policy='optional' name='erms'/></cpu>").0, CpuComparison::Incompatible);
    }

    #[test]
    fn wrong_descriptions_are_refused() {
        for xml in [
            "<domain/>",
            "<cpu/>",
            "<cpu><model>NoSuch</model></cpu>",
            "<cpu mode='x'/>",
            "<cpu><feature/></cpu>",
            "<cpu><feature name='a'/><feature name='a'/></cpu>",
            "<cpu><model>EPYC</model><nonsense/></cpu>",
        ] {
            assert_eq!(Description::read(xml, true).unwrap_err().kind(), ErrorKind::XmlInvalid, "{xml}");
        }
        assert_eq!(Description::read("<cpu>", false).unwrap_err().kind(), ErrorKind::XmlSyntax);
    }

    #[test]
    fn cpus_of_two_makers_have_no_model_in_common() {
        let read = |xml: &str| Description::read(xml, false).unwrap().meaning().unwrap();
        let mut common = read("<cpu><model>EPYC</model></cpu>");
        assert_eq!(
            common.meet(read("<cpu><model>Nehalem</model></cpu>")).unwrap_err().kind(),
            ErrorKind::CpuIncompatible
        );
        common.meet(read("<cpu><model>Opteron_G3</model></cpu>")).unwrap();
        assert_eq!(common.features, cpu_models::find("Opteron_G3").unwrap().features());
    }
}
