//! The network interfaces of a domain.

/// Limits, measures and locates a domain's network interfaces.
#[family(accessor = interfaces)]
trait DomainInterfaceOps {
    /// Shows the bandwidth limits of an interface, which is named by its target or its MAC address.
    #[call(access = read, raises = [NotFound, InvalidState, DeviceMissing],
           procedures = [domain_get_interface_parameters])]
    fn interface_parameters(domain: Domain, interface: String, affect: AffectOptions) -> InterfaceBandwidth;

    /// Sets bandwidth limits of an interface, named by its target or its MAC address. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing],
           procedures = [domain_set_interface_parameters])]
    fn set_interface_parameters(
        domain: Domain,
        interface: String,
        bandwidth: InterfaceBandwidth,
        affect: AffectOptions,
    );

    /// Says what went through an interface, which is named by its target or its MAC address.
    #[call(access = read, raises = [NotFound, InvalidState, DeviceMissing], procedures = [domain_interface_stats])]
    fn interface_stats(domain: Domain, interface: String) -> InterfaceStats;

    /// Lists the interfaces with their addresses, as one source knows them.
    #[call(access = read, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_interface_addresses])]
    fn interface_addresses(domain: Domain, source: AddressSource) -> Vec<GuestInterface>;
}

/// Bandwidth limits of an interface, as the guest sees directions; 0 removes a limit.
#[info]
struct InterfaceBandwidth {
    /// What may come in on average, in KiB a second.
    #[param("inbound.average", uint)]
    inbound_average_kib_per_s: Option<u32>,
    /// What may come in at most, in KiB a second.
    #[param("inbound.peak", uint)]
    inbound_peak_kib_per_s: Option<u32>,
    /// How much may come in at the peak rate, in KiB.
    #[param("inbound.burst", uint)]
    inbound_burst_kib: Option<u32>,
    /// What is sure to come in, in KiB a second.
    #[param("inbound.floor", uint)]
    inbound_floor_kib_per_s: Option<u32>,
    /// What may go out on average, in KiB a second.
    #[param("outbound.average", uint)]
    outbound_average_kib_per_s: Option<u32>,
    /// What may go out at most, in KiB a second.
    #[param("outbound.peak", uint)]
    outbound_peak_kib_per_s: Option<u32>,
    /// How much may go out at the peak rate, in KiB.
    #[param("outbound.burst", uint)]
    outbound_burst_kib: Option<u32>,
}

/// Who is asked for addresses.
enum AddressSource {
    /// The DHCP server of the virtual network.
    #[default]
    Lease = 0,
    /// The guest agent.
    Agent = 1,
    /// The host's ARP table.
    Arp = 2,
}
