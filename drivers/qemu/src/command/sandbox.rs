//! What QEMU may do on the host, and what it writes into its log.

use super::arguments::Arguments;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::security::{LaunchSecurity, SecurityLabelType};

/// Adds the filter of system calls, and the form of the log.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    if let Some(launch) = &arguments.domain.launch_security {
        let what = match launch {
            LaunchSecurity::Sev(_) => "sev",
            LaunchSecurity::S390Pv => "s390-pv",
            _ => "this type",
        };
        return Err(unsupported(
            "launchSecurity",
            format!("memory cannot be hidden from the host by {what}"),
        ));
    }
    for label in &arguments.domain.security_labels {
        let is_asked_for = label.label_type != Some(SecurityLabelType::None)
            && !matches!(label.model.as_deref(), None | Some("none" | "dac"));
        if is_asked_for {
            let model = label.model.as_deref().unwrap_or_default();
            arguments.refuse_start("seclabel", &format!("there is no security driver '{model}'"))?;
        }
    }
    let denied = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
    arguments.option("-sandbox", denied);
    arguments.option("-msg", "timestamp=on");
    Ok(())
}
