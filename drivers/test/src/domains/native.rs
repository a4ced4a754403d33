//! The simulator's own form of a configuration: lines of `key=value`.

use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{Document, NewElement};
use omnivirt_core::*;

const FORMAT: &str = "test";

/// Refuses a form that the simulator does not have.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check_format(format: &str) -> Result<()> {
    if format == FORMAT {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        format!("the test driver has no configurations in the form '{format}'"),
    )
    .with_hint("its own form is 'test': lines of key=value"))
}

/// A configuration in the native form.
pub(super) fn of(config: &DomainConfig) -> String {
    let domain = config.domain();
    let mut lines = vec![format!("name={}", domain.name)];
    lines.extend(domain.uuid.map(|uuid| format!("uuid={uuid}")));
    lines.extend(domain.title.map(|title| format!("title={title}")));
    lines.extend(domain.memory.map(|memory| format!("memory_kib={}", memory.size.kib())));
    lines.extend(domain.vcpu.map(|vcpu| format!("vcpus={}", vcpu.max)));
    lines.extend(domain.os.and_then(|os| os.os_type).map(|os_type| format!("os_type={}", os_type.name)));
    lines.push(String::new());
    lines.join("\n")
}

/// The domain XML of a configuration in the native form.
///
/// # Errors
///
/// `ConfigSyntax` names the line; `XmlInvalid` if the domain that comes of it would be wrong.
pub(super) fn to_xml(configuration: &str) -> Result<String> {
    let mut domain = NewElement::new("domain").attribute("type", "test");
    for (index, line) in configuration.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let refuse =
            |message: String| Error::new(ErrorKind::ConfigSyntax, message).with_context("line", index + 1);
        let (key, value) =
            line.split_once('=').ok_or_else(|| refuse("the line is not of the form key=value".into()))?;
        domain = domain.child(match key.trim() {
            "name" | "uuid" | "title" => NewElement::new(key.trim()).text(value),
            "memory_kib" => NewElement::new("memory").attribute("unit", "KiB").text(value),
            "vcpus" => NewElement::new("vcpu").text(value),
            "os_type" => NewElement::new("os").child(NewElement::new("type").text(value)),
            key => {
                return Err(refuse(format!("there is no key '{key}'"))
                    .with_hint("there are name, uuid, title, memory_kib, vcpus and os_type"));
            }
        });
    }
    let document = Document::try_from(&domain)
        .map_err(|error| Error::new(ErrorKind::ConfigSyntax, error.to_string()))?;
    Ok(DomainConfig::try_from(document)?.into_string())
}
