//! Finding the domains of a connection.

/// Finds domains by name, UUID or id, and lists them.
#[family(accessor = lookup)]
trait DomainLookupOps {
    /// Lists the domains that pass the filter, in no order to rely on.
    #[call(access = read, procedures = [connect_list_all_domains, connect_list_domains, connect_num_of_domains,
                                        connect_list_defined_domains, connect_num_of_defined_domains])]
    fn list_domains(connection: Connection, filter: DomainFilter) -> Vec<Domain>;

    /// Finds the domain of that name.
    #[call(access = read, raises = [NotFound], procedures = [domain_lookup_by_name])]
    fn domain_by_name(connection: Connection, name: String) -> Domain;

    /// Finds the domain of that UUID.
    #[call(access = read, raises = [NotFound], procedures = [domain_lookup_by_uuid])]
    fn domain_by_uuid(connection: Connection, uuid: Uuid) -> Domain;

    /// Finds the running domain of that id.
    #[call(access = read, raises = [NotFound], procedures = [domain_lookup_by_id])]
    fn domain_by_id(connection: Connection, id: u32) -> Domain;
}
