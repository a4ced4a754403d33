//! libvirt's names and numbers for what Omnivirt calls otherwise.

/// The name of the C function behind a procedure: `domain_create_xml` is `virDomainCreateXML`.
pub(crate) fn function_of(procedure: &str) -> String {
    let mut name = String::from("vir");
    for word in procedure.split('_') {
        let known = CAPITALS.iter().find(|(plain, _)| *plain == word);
        match (known, word.split_at_checked(1)) {
            (Some((_, written)), _) => name.push_str(written),
            (None, Some((first, rest))) => {
                name.push_str(&first.to_ascii_uppercase());
                name.push_str(rest);
            }
            (None, None) => {}
        }
    }
    name
}

/// Words that are not written with one capital in front.
const CAPITALS: &[(&str, &str)] = &[
    ("cpu", "CPU"),
    ("fd", "FD"),
    ("fs", "FS"),
    ("fsfreeze", "FSFreeze"),
    ("fsthaw", "FSThaw"),
    ("fstrim", "FSTrim"),
    ("id", "ID"),
    ("iothread", "IOThread"),
    ("nmi", "NMI"),
    ("nwfilter", "NWFilter"),
    ("nwfilters", "NWFilters"),
    ("os", "OS"),
    ("pm", "PM"),
    ("uri", "URI"),
    ("uuid", "UUID"),
    ("xml", "XML"),
];

/// Where an error of the API itself comes from, by the object that a procedure is about.
pub(crate) fn domain_of(procedure: &str) -> i32 {
    const DOMAINS: &[(&str, i32)] = &[
        ("domain_snapshot_", 35),
        ("domain_checkpoint_", 69),
        ("domain_", 20),
        ("network_", 19),
        ("storage_", 18),
        ("node_device_", 22),
        ("secret_", 30),
        ("interface_", 26),
        ("nwfilter_", 33),
    ];
    DOMAINS.iter().find(|(prefix, _)| procedure.starts_with(prefix)).map_or(0, |(_, number)| *number)
}

/// Where an error of a driver comes from.
pub(crate) fn domain_of_driver(driver: &str) -> i32 {
    match driver {
        "test" => 12,
        "qemu" => 10,
        "lxc" => 17,
        "xen" => 41,
        _ => 0,
    }
}

/// What libvirt puts before the text of an error with that number.
pub(crate) fn prefix_of(code: i32) -> &'static str {
    match code {
        1 => "internal error: ",
        8 => "invalid argument: ",
        9 => "operation failed: ",
        27 => "XML error: ",
        33 => "configuration file syntax error: ",
        42 => "Domain not found: ",
        43 => "Network not found: ",
        45 => "authentication failed: ",
        49 => "Storage pool not found: ",
        50 => "Storage volume not found: ",
        53 => "Node device not found: ",
        55 => "Requested operation is not valid: ",
        57 => "Interface not found: ",
        62 => "Network filter not found: ",
        66 => "Secret not found: ",
        67 => "unsupported configuration: ",
        68 => "Timed out during operation: ",
        72 => "Domain snapshot not found: ",
        74 => "argument unsupported: ",
        77 => "revert requires force: ",
        78 => "operation aborted: ",
        80 => "metadata not found: ",
        81 => "Unsafe migration: ",
        82 => "numerical overflow: ",
        83 => "block copy still active: ",
        84 => "Operation not supported: ",
        86 => "Guest agent is not responding: ",
        87 => "resource busy: ",
        88 => "access denied: ",
        90 => "storage volume already exists: ",
        91 => "the CPU is incompatible with host CPU: ",
        99 => "device not found: ",
        101 => "Network filter binding not found: ",
        103 => "Domain checkpoint not found: ",
        108 => "no hostname found: ",
        109 => "checkpoint inconsistent: ",
        111 => "network metadata not found: ",
        113 => "guest agent command failed: ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::function_of;

    #[test]
    fn functions_are_named_as_in_c() {
        assert_eq!(function_of("domain_create_xml"), "virDomainCreateXML");
        assert_eq!(function_of("connect_get_uri"), "virConnectGetURI");
        assert_eq!(function_of("nwfilter_lookup_by_uuid"), "virNWFilterLookupByUUID");
        assert_eq!(function_of("domain_qemu_monitor_command"), "virDomainQemuMonitorCommand");
    }
}
