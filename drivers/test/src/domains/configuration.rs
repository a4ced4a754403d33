//! What a domain is made of: its definition, and what is kept beside it.

use super::definition::{Named, check_left_behind, without_id};
use super::native;
use super::transitions::Origin;
use crate::connection::TestDriver;
use omnivirt_core::domain::{DomainConfig, DomainName};
use omnivirt_core::event::*;
use omnivirt_core::*;
use omnivirt_host::without_secrets;
use std::os::fd::OwnedFd;
use std::sync::Arc;

#[driver_ops]
impl DomainConfigurationOps for TestDriver {
    async fn define(&self, cx: &CallCx, xml: &str, options: &DefineOptions) -> Result<DomainRef> {
        refuse_validation(options.validate)?;
        self.host.define(&cx.cause(), Named::read(xml)?)
    }

    async fn create(&self, cx: &CallCx, xml: &str, options: &CreateOptions) -> Result<DomainRef> {
        self.create_domain(cx, xml, options)
    }

    async fn create_with_files(
        &self,
        cx: &CallCx,
        xml: &str,
        files: Vec<OwnedFd>,
        options: &CreateOptions,
    ) -> Result<DomainRef> {
        // There is no process to inherit them.
        drop(files);
        self.create_domain(cx, xml, options)
    }

    async fn undefine(&self, cx: &CallCx, domain: &DomainRef, options: &UndefineOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let nvram = domain
            .definition()?
            .config
            .root()
            .descendant(&["os", "nvram"])
            .map(|path| path.text().trim().to_owned());
        let nvram = nvram.filter(|path| self.host.files.read(path).is_ok());
        check_left_behind(&domain, nvram.is_some(), options)?;
        if let Some(path) = nvram.filter(|_| options.nvram) {
            self.host.files.remove(&path);
        }
        domain.managed_save = None;
        domain.extras = None;
        domain.definition = None;
        domain.autostart = Autostart::default();
        domain.emit(&self.host, &cx.cause(), LifecycleChange::Undefined(UndefinedDetail::Removed));
        if !domain.is_active() {
            domain.leave(&self.host);
        }
        Ok(())
    }

    async fn dumpxml(&self, _: &CallCx, domain: &DomainRef, options: &DumpxmlOptions) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let config = match &domain.definition {
            Some(definition) if options.inactive => definition.config.clone(),
            _ if options.inactive => without_id(&domain.current().config)?,
            _ => domain.current().config.clone(),
        };
        drop(domain);
        Ok(if options.secure { config } else { without_secrets(config)? }.into_string())
    }

    async fn rename(&self, cx: &CallCx, domain: &DomainRef, new_name: &str) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let refuse = |message: &str, hint| Err(Error::new(ErrorKind::InvalidState, message).with_hint(hint));
        if domain.is_active() {
            return refuse("the domain runs", "shut it down first");
        }
        if domain.managed_save.is_some() {
            return refuse(
                "the domain has a managed save image, which would not fit",
                "start it, or remove the image",
            );
        }
        domain.check_no_job()?;
        let name = DomainName::new(new_name)
            .map_err(|error| Error::new(ErrorKind::InvalidArgument, error.to_string()))?;
        let definition = domain.definition()?;
        let config = definition.config.with(|domain| domain.name = name)?;
        let new_name: Arc<str> = new_name.into();
        self.host.domains.rename(&domain.name, &new_name)?;
        let cause = cx.cause();
        domain.emit(&self.host, &cause, LifecycleChange::Undefined(UndefinedDetail::Renamed));
        domain.definition()?.config = config;
        domain.name = new_name;
        domain.emit(&self.host, &cause, LifecycleChange::Defined(DefinedDetail::Renamed));
        Ok(())
    }

    async fn os_type(&self, _: &CallCx, domain: &DomainRef) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let os_type = domain
            .current()
            .config
            .root()
            .descendant(&["os", "type"])
            .map(|os_type| os_type.text().into_owned());
        // A boot loader without a type is that of a Xen guest.
        Ok(os_type.unwrap_or_else(|| "xen".into()))
    }

    async fn autostart(&self, _: &CallCx, domain: &DomainRef) -> Result<Autostart> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(domain.autostart.clone())
    }

    async fn set_autostart(&self, _: &CallCx, domain: &DomainRef, options: &AutostartOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.definition()?;
        let autostart = &mut domain.autostart;
        autostart.enabled = options.enabled.unwrap_or(autostart.enabled);
        autostart.once = options.once.unwrap_or(autostart.once);
        Ok(())
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
        omnivirt_host::metadata(&domain.side(affect)?.config, kind, namespace_uri)
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
        let mut domain = entry.lock()?;
        domain.change(affect, |config| omnivirt_host::with_metadata(config, kind, value, namespace))?;
        let metadata = match kind {
            MetadataKind::Title => MetadataType::Title,
            MetadataKind::Element => MetadataType::Element,
            _ => MetadataType::Description,
        };
        let namespace_uri = namespace.uri.clone().filter(|_| kind == MetadataKind::Element);
        domain.emit_body(&self.host, &cx.cause(), MetadataChange::new(metadata, namespace_uri));
        Ok(())
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
        let mut domain = entry.lock()?;
        domain.change(affect, |config| omnivirt_host::with_lifecycle_action(config, when, action))?;
        Ok(())
    }

    async fn messages(&self, _: &CallCx, domain: &DomainRef, _: &MessageOptions) -> Result<Vec<String>> {
        // Nothing of a simulated domain is deprecated, and none of it is supported.
        self.host.domain(domain)?.check()?;
        Ok(Vec::new())
    }

    async fn domxml_from_native(&self, _: &CallCx, format: &str, configuration: &str) -> Result<String> {
        native::check_format(format)?;
        native::to_xml(configuration)
    }

    async fn domxml_to_native(&self, _: &CallCx, format: &str, xml: &str) -> Result<String> {
        native::check_format(format)?;
        Ok(native::of(&DomainConfig::parse(xml)?))
    }
}

impl TestDriver {
    fn create_domain(&self, cx: &CallCx, xml: &str, options: &CreateOptions) -> Result<DomainRef> {
        refuse_validation(options.validate)?;
        let named = Named::read(xml)?;
        let auto_destroy = options.auto_destroy.then_some(self.number);
        self.host.create(&cx.cause(), named, Origin::Booted, options.paused, auto_destroy)
    }
}

/// The simulator has no schema. Saying that a document passes it would be a lie.
fn refuse_validation(validate: bool) -> Result<()> {
    if validate {
        return Err(Error::new(
            ErrorKind::ArgumentUnsupported,
            "the test driver has no schema to validate a document with",
        )
        .with_hint("leave out validate"));
    }
    Ok(())
}
