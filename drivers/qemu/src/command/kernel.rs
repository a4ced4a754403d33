//! A kernel that is booted without firmware, and tables that the firmware shows.

use super::arguments::Arguments;
use super::keyed::Keyed;
use omnivirt_core::Result;

/// Adds the kernel and what goes with it.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let Some(os) = &arguments.domain.os else { return Ok(()) };
    let files =
        [("-kernel", &os.kernel), ("-initrd", &os.initrd), ("-append", &os.cmdline), ("-dtb", &os.dtb)];
    for (name, value) in files {
        if let Some(value) = value {
            arguments.option(name, value.as_str());
        }
    }
    for table in &os.acpi_tables {
        let signature = table.table_type.as_deref().unwrap_or("slic").to_uppercase();
        let option = Keyed::default().with("sig", signature).with("file", &table.path);
        arguments.option("-acpitable", option);
    }
    Ok(())
}
