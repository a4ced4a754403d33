//! Past the driver: what only containers have.

/// Enters the namespaces of a container.
#[family(accessor = lxc)]
trait LxcOps {
    /// Opens the namespaces of a running container, for `setns`.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_open_namespace])]
    fn lxc_open_namespaces(domain: Domain) -> Vec<OwnedFd>;
}
