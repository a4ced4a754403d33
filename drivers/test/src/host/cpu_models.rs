//! The CPU models that a simulated host knows, and the sets of features that they stand for.
//!
//! The table is short and its sets are rounded, but comparing and combining them is done as for real.

use std::collections::BTreeSet;

/// A set of features, by name.
pub(crate) type Features = BTreeSet<String>;

/// A model: what it adds to the one that it is built on.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    /// Who makes it; absent for those that stand for CPUs of several makers.
    pub(crate) vendor: Option<&'static str>,
    base: Option<&'static str>,
    adds: &'static str,
}

const fn model(
    name: &'static str,
    vendor: Option<&'static str>,
    base: Option<&'static str>,
    adds: &'static str,
) -> Model {
    Model { name, vendor, base, adds }
}

const INTEL: Option<&str> = Some("Intel");
const AMD: Option<&str> = Some("AMD");

/// From the oldest to the newest of each maker.
pub(crate) const MODELS: &[Model] = &[
    model("486", None, None, "fpu vme pse"),
    model("pentium", None, Some("486"), "de tsc msr mce cx8"),
    model("pentium3", None, Some("pentium"), "pae sep mtrr pge mca cmov pat pse36 mmx fxsr sse"),
    model("kvm64", None, Some("pentium3"), "sse2 clflush apic syscall nx lm pni cx16"),
    model("Conroe", INTEL, Some("kvm64"), "ssse3 lahf_lm"),
    model("Penryn", INTEL, Some("Conroe"), "sse4.1"),
    model("Nehalem", INTEL, Some("Penryn"), "sse4.2 popcnt"),
    model("Westmere", INTEL, Some("Nehalem"), "aes pclmuldq"),
    model("SandyBridge", INTEL, Some("Westmere"), "avx xsave rdtscp tsc-deadline x2apic"),
    model("IvyBridge", INTEL, Some("SandyBridge"), "f16c rdrand fsgsbase smep erms"),
    model("Haswell-noTSX", INTEL, Some("IvyBridge"), "avx2 bmi1 bmi2 fma invpcid movbe pcid"),
    model("Broadwell-noTSX", INTEL, Some("Haswell-noTSX"), "3dnowprefetch adx rdseed smap"),
    model("Skylake-Client", INTEL, Some("Broadwell-noTSX"), "abm arat hle mpx rtm vme xgetbv1 xsavec"),
    model(
        "Cascadelake-Server",
        INTEL,
        Some("Skylake-Client"),
        "avx512bw avx512cd avx512dq avx512f avx512vl avx512vnni clflushopt clwb pdpe1gb pku spec-ctrl ssbd",
    ),
    model("Opteron_G1", AMD, Some("kvm64"), ""),
    model("Opteron_G2", AMD, Some("Opteron_G1"), "lahf_lm rdtscp svm"),
    model("Opteron_G3", AMD, Some("Opteron_G2"), "abm misalignsse popcnt sse4a"),
    model(
        "Opteron_G5",
        AMD,
        Some("Opteron_G3"),
        "3dnowprefetch aes avx f16c fma fma4 pclmuldq pdpe1gb sse4.1 sse4.2 ssse3 tbm xop xsave",
    ),
    model(
        "EPYC",
        AMD,
        Some("Opteron_G3"),
        "3dnowprefetch adx aes arat avx avx2 bmi1 bmi2 clflushopt cr8legacy f16c fma fsgsbase fxsr_opt mmxext movbe osvw pclmuldq pdpe1gb rdrand rdseed sha-ni smap smep sse4.1 sse4.2 ssse3 xgetbv1 xsave xsavec xsaveopt",
    ),
    model(
        "EPYC-Rome",
        AMD,
        Some("EPYC"),
        "amd-stibp clwb clzero ibpb ibrs perfctr_core rdpid umip wbnoinvd xsaveerptr xsaves",
    ),
    model("EPYC-Milan", AMD, Some("EPYC-Rome"), "erms fsrm invpcid pcid pku spec-ctrl ssbd"),
];

/// Features that keep a guest which uses them from moving to another host.
pub(crate) const NOT_MIGRATABLE: &[&str] = &["invtsc"];

/// The model of that name.
pub(crate) fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

/// Whether CPUs of the table are of this architecture.
pub(crate) fn is_known_arch(arch: &str) -> bool {
    matches!(arch, "x86_64" | "i686")
}

impl Model {
    /// All that it stands for.
    pub(crate) fn features(&self) -> Features {
        let mut features = self.base.and_then(find).map(Self::features).unwrap_or_default();
        features.extend(self.adds.split_whitespace().map(str::to_owned));
        features
    }

    /// Whether it runs on an architecture.
    pub(crate) fn suits(&self, arch: &str) -> bool {
        arch == "x86_64" || !self.features().contains("lm")
    }
}

/// The CPU of a host of that architecture, as a model and what the host has beyond it.
pub(crate) fn of_host(arch: &str) -> (&'static Model, Features) {
    let (name, more) =
        if arch == "i686" { ("pentium3", "apic sse2") } else { ("EPYC-Rome", "invtsc topoext x2apic") };
    let model = find(name).expect("the host's model is in the table");
    (model, more.split_whitespace().map(str::to_owned).collect())
}

/// The model that says most about a CPU with these features, and what is left to be said.
pub(crate) fn best_for(
    features: &Features,
    vendor: Option<&str>,
    arch: &str,
) -> Option<(&'static Model, Features)> {
    let fitting = MODELS.iter().filter(|model| {
        model.suits(arch)
            && (model.vendor.is_none() || model.vendor == vendor)
            && model.features().is_subset(features)
    });
    // Of equals the last one: it is the newest.
    let best = fitting.max_by_key(|model| model.features().len())?;
    Some((best, features.difference(&best.features()).cloned().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_has_all_that_its_base_has() {
        for model in MODELS {
            let features = model.features();
            if let Some(base) = model.base {
                assert!(find(base).expect(base).features().is_subset(&features), "{}", model.name);
            }
            assert_eq!(
                best_for(&features, model.vendor, "x86_64").map(|(_, rest)| rest),
                Some(Features::new()),
                "{}",
                model.name
            );
        }
    }

    #[test]
    fn the_best_model_leaves_least_to_say() {
        let (host, more) = of_host("x86_64");
        let all = host.features().union(&more).cloned().collect();
        let (best, rest) = best_for(&all, host.vendor, "x86_64").unwrap();
        assert_eq!((best.name, rest), (host.name, more));
    }

    #[test]
    fn a_32_bit_host_has_no_64_bit_models() {
        assert!(find("pentium3").unwrap().suits("i686") && !find("kvm64").unwrap().suits("i686"));
    }
}
