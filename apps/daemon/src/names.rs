//! libvirt's names and numbers for what Omnivirt calls otherwise.

/// The name of the C function behind a procedure: `domain_create_xml` is `virDomainCreateXML`, and in the program of QEMU
/// `domain_attach` is `virDomainQemuAttach`.
pub(crate) fn function_of(program: &str, procedure: &str) -> String {
    if let Some((_, name)) = OTHERWISE.iter().find(|(known, _)| *known == procedure) {
        return (*name).to_owned();
    }
    let mut name = String::from("vir");
    for (index, word) in procedure.split('_').enumerate() {
        let known = CAPITALS.iter().find(|(plain, _)| *plain == word);
        match (known, word.split_at_checked(1)) {
            (Some((_, written)), _) => name.push_str(written),
            (None, Some((first, rest))) => {
                name.push_str(&first.to_ascii_uppercase());
                name.push_str(rest);
            }
            (None, None) => {}
        }
        match program {
            "qemu" if index == 0 => name.push_str("Qemu"),
            "lxc" if index == 0 => name.push_str("Lxc"),
            _ => {}
        }
    }
    name
}

/// Functions that are called otherwise than their procedures.
const OTHERWISE: &[(&str, &str)] = &[("connect_get_all_domain_stats", "virDomainListGetStats")];

/// Words that are not written with one capital in front.
const CAPITALS: &[(&str, &str)] = &[
    ("cpu", "CPU"),
    ("dhcp", "DHCP"),
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
pub(crate) fn domain_of(program: &str, procedure: &str) -> i32 {
    const SNAPSHOTS_AND_CHECKPOINTS: &[(&str, i32)] = &[("snapshot", 35), ("checkpoint", 69)];
    const OBJECTS: &[(&str, i32)] = &[
        ("nwfilter", 33),
        ("secret", 30),
        ("storage", 18),
        ("network", 19),
        ("node_device", 22),
        ("list_devices", 22),
        ("interface", 26),
    ];
    const DOMAIN: i32 = 20;
    if program != "remote" {
        return 0;
    }
    let words = if procedure.starts_with("domain_") { SNAPSHOTS_AND_CHECKPOINTS } else { OBJECTS };
    words.iter().find(|(word, _)| procedure.contains(word)).map_or(DOMAIN, |(_, number)| *number)
}

/// Where an error of that number comes from, if that does not depend on the driver.
pub(crate) fn domain_of_code(code: i32) -> Option<i32> {
    match code {
        27 => Some(5),
        43 | 111 => Some(19),
        49 | 50 | 90 => Some(18),
        53 => Some(22),
        57 => Some(26),
        62 | 101 => Some(33),
        66 => Some(30),
        80 => Some(20),
        _ => None,
    }
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
    use super::{domain_of, function_of};

    #[test]
    fn functions_are_named_as_in_c() {
        assert_eq!(function_of("remote", "domain_create_xml"), "virDomainCreateXML");
        assert_eq!(function_of("remote", "connect_get_uri"), "virConnectGetURI");
        assert_eq!(function_of("remote", "nwfilter_lookup_by_uuid"), "virNWFilterLookupByUUID");
        assert_eq!(function_of("remote", "network_get_dhcp_leases"), "virNetworkGetDHCPLeases");
        assert_eq!(function_of("qemu", "domain_attach"), "virDomainQemuAttach");
        assert_eq!(function_of("lxc", "domain_open_namespace"), "virDomainLxcOpenNamespace");
    }

    #[test]
    fn errors_come_from_where_they_do_in_libvirt() {
        // What libvirtd 9.0.0 was seen to answer.
        let seen = [
            ("remote", "connect_get_all_domain_stats", 20),
            ("remote", "connect_get_storage_pool_capabilities", 18),
            ("remote", "connect_list_all_nwfilters", 33),
            ("remote", "connect_secret_event_register_any", 30),
            ("remote", "domain_get_job_info", 20),
            ("remote", "domain_snapshot_num", 35),
            ("remote", "network_get_dhcp_leases", 19),
            ("remote", "node_device_is_active", 22),
            ("remote", "node_get_memory_stats", 20),
            ("qemu", "domain_attach", 0),
        ];
        for (program, procedure, domain) in seen {
            assert_eq!(domain_of(program, procedure), domain, "{procedure}");
        }
    }
}
