//! Definitions.

use super::Machine;
use crate::connection::ToyDriver;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::sync::Arc;

#[driver_ops]
impl DomainConfigurationOps for ToyDriver {
    async fn define(&self, cx: &CallCx, xml: &str, _: &DefineOptions) -> Result<DomainRef> {
        // The model reads and checks the document, and keeps what this driver knows nothing of.
        let config = DomainConfig::parse(xml).map_err(|error| {
            Error::new(error.kind.error_kind(), error.message.clone())
                .with_context("line", error.line)
                .with_source(error)
        })?;
        let name: Arc<str> = config.name().into();
        let Some(uuid) = config.uuid() else {
            return Err(Error::new(ErrorKind::ConfigUnsupported, "the toy driver makes up no UUIDs")
                .with_hint("write one into the document"));
        };
        let mut machines = self.machines();
        if machines.values().any(|other| (*other.name == *name) != (other.uuid == uuid)) {
            return Err(Error::new(ErrorKind::AlreadyExists, "another domain has that name or that UUID"));
        }
        let is_new = machines.get(&uuid).is_none_or(|known| !known.is_persistent);
        let machine = machines.entry(uuid).or_insert_with(|| Machine {
            name,
            uuid,
            config: config.clone(),
            is_persistent: true,
            run: None,
        });
        (machine.config, machine.is_persistent) = (config, true);
        let detail = if is_new { DefinedDetail::Added } else { DefinedDetail::Updated };
        self.emit(cx, machine, Lifecycle::new(LifecycleChange::Defined(detail)));
        Ok(machine.reference())
    }

    async fn undefine(&self, cx: &CallCx, domain: &DomainRef, _: &UndefineOptions) -> Result<()> {
        self.change(cx, domain, |machine| {
            if !machine.is_persistent {
                return Err(Error::new(ErrorKind::InvalidState, "the domain has no definition"));
            }
            machine.is_persistent = false;
            Ok(vec![LifecycleChange::Undefined(UndefinedDetail::Removed)])
        })
    }

    async fn dumpxml(&self, _: &CallCx, domain: &DomainRef, options: &DumpxmlOptions) -> Result<String> {
        self.look(domain, |machine| match &machine.run {
            Some(run) if !options.inactive => run.config.as_str().to_owned(),
            _ => machine.config.as_str().to_owned(),
        })
    }
}
