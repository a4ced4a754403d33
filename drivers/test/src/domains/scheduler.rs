//! How host CPU time and host memory nodes are given to a domain: what is set stands in its document.

use super::settings::{applied, settings, told};
use super::values::{Base, parsed, read, written};
use crate::connection::TestDriver;
use omnivirt_core::event::Tunable;
use omnivirt_core::xml::Element;
use omnivirt_core::*;

/// The scheduler of the simulated host.
const SCHEDULER: &str = "posix";

settings!(set_values, read_values, SchedulerParameters {
    cpu_shares: "cpu_shares" at "cputune/shares",
    global_period_us: "global_period" at "cputune/global_period",
    global_quota_us: "global_quota" at "cputune/global_quota",
    vcpu_period_us: "vcpu_period" at "cputune/period",
    vcpu_quota_us: "vcpu_quota" at "cputune/quota",
    emulator_period_us: "emulator_period" at "cputune/emulator_period",
    emulator_quota_us: "emulator_quota" at "cputune/emulator_quota",
    iothread_period_us: "iothread_period" at "cputune/iothread_period",
    iothread_quota_us: "iothread_quota" at "cputune/iothread_quota",
});

/// What Linux gives where nothing is set.
const SHARES: u64 = 1024;
const PERIOD_US: u64 = 100_000;
const NO_QUOTA: i64 = -1;

#[driver_ops]
impl DomainSchedulerOps for TestDriver {
    async fn scheduler_type(&self, _: &CallCx, domain: &DomainRef) -> Result<String> {
        self.host.domain(domain)?.lock().map(|_| SCHEDULER.into())
    }

    async fn scheduler_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<SchedulerParameters> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let mut parameters = read_values(domain.side(affect)?.config.root());
        parameters.cpu_shares.get_or_insert(SHARES);
        for period in [
            &mut parameters.global_period_us,
            &mut parameters.vcpu_period_us,
            &mut parameters.emulator_period_us,
            &mut parameters.iothread_period_us,
        ] {
            period.get_or_insert(PERIOD_US);
        }
        for quota in [
            &mut parameters.global_quota_us,
            &mut parameters.vcpu_quota_us,
            &mut parameters.emulator_quota_us,
            &mut parameters.iothread_quota_us,
        ] {
            quota.get_or_insert(NO_QUOTA);
        }
        Ok(parameters)
    }

    async fn set_scheduler_parameters(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        parameters: &SchedulerParameters,
        affect: &AffectOptions,
    ) -> Result<()> {
        check(parameters)?;
        let settings = set_values(parameters);
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let affected = domain.change(affect, |config| applied(config, Base::Domain, &settings))?;
        if affected.live && !settings.is_empty() {
            domain.emit_body(&self.host, &cx.cause(), Tunable::new(told("cputune", &settings)));
        }
        Ok(())
    }

    async fn numa_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<NumaParameters> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let root = domain.side(affect)?.config.root();
        let mode = numa_mode(root);
        let nodes = read(root, "numatune/memory/@nodeset").unwrap_or_default();
        Ok(NumaParameters::default().mode(mode).nodes(nodes))
    }

    async fn set_numa_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        parameters: &NumaParameters,
        affect: &AffectOptions,
    ) -> Result<()> {
        let nodes = parameters
            .nodes
            .as_deref()
            .map(|nodes| self.host.machine.hardware.node_set(nodes))
            .transpose()?;
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if let Some(mode) = parameters.mode {
            let now = numa_mode(domain.side(affect)?.config.root());
            if domain.affected(affect)?.live && mode != now {
                let message = format!("the memory of a running domain stays {now}");
                return Err(
                    Error::new(ErrorKind::InvalidState, message).with_hint("change the definition alone")
                );
            }
        }
        domain.change(affect, |config| {
            let mut config = config.clone();
            if let Some(mode) = parameters.mode {
                config = written(&config, Base::Domain, "numatune/memory/@mode", Some(mode.as_str()))?;
            }
            if let Some(nodes) = &nodes {
                let nodes = Some(nodes.to_string()).filter(|nodes| !nodes.is_empty());
                config = written(&config, Base::Domain, "numatune/memory/@nodeset", nodes.as_deref())?;
            }
            Ok(config)
        })?;
        Ok(())
    }
}

fn numa_mode(root: Element<'_>) -> NumaMode {
    parsed(root, "numatune/memory/@mode").unwrap_or_default()
}

/// Refuses what the scheduler has not, and numbers that the host's kernel refuses.
fn check(parameters: &SchedulerParameters) -> Result<()> {
    let others = [
        ("weight", parameters.weight.is_some()),
        ("cap", parameters.cap_percent.is_some()),
        ("reservation", parameters.reservation_mhz.is_some()),
        ("limit", parameters.limit_mhz.is_some()),
        ("shares", parameters.shares.is_some()),
    ];
    if let Some((name, _)) = others.iter().find(|(_, is_set)| *is_set) {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("the {SCHEDULER} scheduler has no '{name}'"),
        ));
    }
    for setting in set_values(parameters) {
        if setting.name == "cpu_shares" {
            setting.check(2..=262_144)?;
        } else if setting.name.ends_with("_period") {
            setting.check(1_000..=1_000_000)?;
        } else if setting.number().is_some_and(|quota| quota >= 0) {
            setting.check(1_000..=17_592_186_044_415)?;
        }
    }
    Ok(())
}
