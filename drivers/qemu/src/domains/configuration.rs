//! What a domain is made of: its definition, and what is kept beside it.

use super::definition::{Named, start_of};
use super::queue::in_turn;
use super::state::Managed;
use crate::connection::QemuDriver;
use crate::host::{Host, set_autostart};
use omnivirt_core::document::{DocumentError, TextValue as _};
use omnivirt_core::domain::rules::QemuHypervisor;
use omnivirt_core::domain::rules::qemu::Architecture;
use omnivirt_core::domain::{DomainConfig, DomainName};
use omnivirt_core::event::{DefinedDetail, LifecycleChange, MetadataChange, MetadataType, UndefinedDetail};
use omnivirt_core::*;
use omnivirt_host::without_secrets;
use std::sync::Arc;

#[driver_ops]
impl DomainConfigurationOps for QemuDriver {
    async fn define(&self, cx: &CallCx, xml: &str, options: &DefineOptions) -> Result<DomainRef> {
        refuse_validation(options.validate)?;
        let named = self.read(xml).await?;
        self.host.define(cx.cause(), named).await
    }

    async fn create(&self, cx: &CallCx, xml: &str, options: &CreateOptions) -> Result<DomainRef> {
        refuse_validation(options.validate)?;
        let named = self.read(xml).await?;
        self.host.create(named, start_of(cx.cause(), options, self.number)).await
    }

    async fn undefine(&self, cx: &CallCx, domain: &DomainRef, options: &UndefineOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        self.host.undefine(cx.cause(), entry, options.clone()).await
    }

    async fn dumpxml(&self, _: &CallCx, domain: &DomainRef, options: &DumpxmlOptions) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let config = match &domain.definition {
            Some(definition) if options.inactive => definition.config.clone(),
            _ if options.inactive => inactive(&domain.current()?.config)?,
            _ => domain.as_it_is()?,
        };
        drop(domain);
        Ok(if options.secure { config } else { without_secrets(config)? }.into_string())
    }

    async fn rename(&self, cx: &CallCx, domain: &DomainRef, new_name: &str) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let (host, cause) = (self.host.clone(), cx.cause());
        let name = DomainName::new(new_name)
            .map_err(|error| Error::new(ErrorKind::InvalidArgument, error.to_string()))?;
        in_turn(&entry.clone(), async move {
            let (old, config, autostart) = {
                let mut domain = entry.lock()?;
                if domain.is_active() {
                    return Err(Error::new(ErrorKind::InvalidState, "the domain runs")
                        .with_hint("shut it down first"));
                }
                if domain.has_managed_save {
                    let message = "the domain has a managed save image, which would not fit";
                    return Err(Error::new(ErrorKind::InvalidState, message)
                        .with_hint("start it, or remove the image"));
                }
                let config = domain.definition()?.config.with(|domain| domain.name = name.clone())?;
                (domain.name.clone(), config, domain.autostart)
            };
            let new: Arc<str> = (*name).into();
            // The table says first whether the name is free; the files follow.
            host.domains.rename(&old, &new)?;
            let (paths, text) = (host.clone(), config.as_str().to_owned());
            let (from, to) = (old.to_string(), new.to_string());
            let moved =
                crate::blocking(move || crate::host::rename(&paths.paths, &from, &to, &text, autostart));
            if let Err(error) = moved.await {
                host.domains.rename(&new, &old)?;
                return Err(error);
            }
            let mut domain = entry.lock()?;
            domain.emit(&host, &cause, LifecycleChange::Undefined(UndefinedDetail::Renamed));
            domain.definition()?.config = config;
            domain.name = new;
            domain.emit(&host, &cause, LifecycleChange::Defined(DefinedDetail::Renamed));
            Ok(())
        })
        .await
    }

    async fn os_type(&self, _: &CallCx, domain: &DomainRef) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let root = domain.current()?.config.root();
        Ok(root.descendant(&["os", "type"]).map(|element| element.text().into_owned()).unwrap_or_default())
    }

    async fn autostart(&self, _: &CallCx, domain: &DomainRef) -> Result<Autostart> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(Autostart::default().enabled(domain.autostart))
    }

    async fn set_autostart(&self, _: &CallCx, domain: &DomainRef, options: &AutostartOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        if options.once == Some(true) {
            let message = "a QEMU domain cannot be told to start with the host just once";
            return Err(Error::new(ErrorKind::ArgumentUnsupported, message));
        }
        let Some(enabled) = options.enabled else { return Ok(()) };
        let host = self.host.clone();
        in_turn(&entry.clone(), async move {
            let name = {
                let mut domain = entry.lock()?;
                domain.definition()?;
                domain.name.to_string()
            };
            crate::blocking(move || set_autostart(&host.paths, &name, enabled)).await?;
            entry.lock()?.autostart = enabled;
            Ok(())
        })
        .await
    }

    async fn metadata(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        kind: MetadataKind,
        namespace_uri: Option<&str>,
        affect: &AffectOptions,
    ) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let (live, config) = domain.affected(affect)?;
        let side = match &domain.definition {
            Some(definition) if config && !live => definition,
            _ => domain.current()?,
        };
        omnivirt_host::metadata(&side.config, kind, namespace_uri)
    }

    async fn set_metadata(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        kind: MetadataKind,
        value: Option<&str>,
        namespace: &MetadataNamespace,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let metadata = match kind {
            MetadataKind::Title => MetadataType::Title,
            MetadataKind::Element => MetadataType::Element,
            _ => MetadataType::Description,
        };
        let namespace_uri = namespace.uri.clone().filter(|_| kind == MetadataKind::Element);
        let (value, namespace, cause) = (value.map(str::to_owned), namespace.clone(), cx.cause());
        let change = move |config: &DomainConfig| {
            omnivirt_host::with_metadata(config, kind, value.as_deref(), &namespace)
        };
        let then = move |host: &Host, domain: &mut Managed| {
            domain.emit_body(host, &cause, MetadataChange::new(metadata, namespace_uri));
        };
        self.host.change(&entry, affect, change, then).await.map(drop)
    }

    async fn set_lifecycle_action(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        when: LifecycleMoment,
        action: LifecycleAction,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let change = move |config: &DomainConfig| omnivirt_host::with_lifecycle_action(config, when, action);
        self.host.change(&entry, affect, change, |_, _| {}).await.map(drop)
    }

    async fn messages(&self, _: &CallCx, domain: &DomainRef, _: &MessageOptions) -> Result<Vec<String>> {
        // Nothing that it does is deprecated, and what its documents say makes no run unsupported.
        self.host.domain(domain)?.check()?;
        Ok(Vec::new())
    }

    async fn domxml_to_native(&self, _: &CallCx, format: &str, xml: &str) -> Result<String> {
        if format != "qemu-argv" {
            return Err(Error::new(
                ErrorKind::ConfigUnsupported,
                format!("'{format}' is no form that the qemu driver writes"),
            )
            .with_hint("it writes qemu-argv"));
        }
        let mut domain = DomainConfig::parse(xml)?.domain();
        match self.host.programs.name_host_model(&mut domain).await? {
            true => crate::command::native(DomainConfig::new(&domain)?.as_str()),
            false => crate::command::native(xml),
        }
    }
}

impl QemuDriver {
    /// Reads and completes a document.
    async fn read(&self, xml: &str) -> Result<Named> {
        let config = DomainConfig::parse(xml)?;
        let root = config.root();
        let os_type = root.child("os").and_then(|os| os.child("type"));
        let named = os_type.and_then(|os_type| os_type.attribute_value("arch"));
        // One that is not known is told with its place when the document is completed; without one it is x86.
        let architecture = named.and_then(|name| Architecture::from_text(&name).ok());
        let emulator =
            root.child("devices").and_then(|devices| devices.child("emulator")).map(|path| path.text());
        let architecture = architecture.unwrap_or(Architecture::X86_64);
        let rules = self.host.programs.rules_for(emulator.as_deref(), architecture).await?;
        Named::complete(&config, &QemuHypervisor::new(rules))
    }
}

/// There is no schema to check against: what is not known is kept.
fn refuse_validation(validate: bool) -> Result<()> {
    if !validate {
        return Ok(());
    }
    Err(Error::new(ErrorKind::ArgumentUnsupported, "documents are not checked against a schema")
        .with_hint("leave validate out"))
}

/// A run's configuration as it would be defined: without what belongs to the run.
pub(crate) fn inactive(config: &DomainConfig) -> Result<DomainConfig, DocumentError> {
    let aliases: Vec<_> = config
        .devices()
        .filter_map(|device| device.element().child("alias"))
        .filter(|alias| !alias.attribute_value("name").is_some_and(|name| name.starts_with("ua-")))
        .collect();
    config.edited(|edit| {
        edit.remove_attribute(config.root(), "id");
        for alias in aliases {
            edit.remove(alias);
        }
        Ok(())
    })
}
