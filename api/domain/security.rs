//! What keeps a domain apart from others and from its host.

/// Shows security labels, and measures and starts guests with encrypted memory.
#[family(accessor = security)]
trait DomainSecurityOps {
    /// Lists the labels of the domain's process, one of each security model.
    #[call(access = read, raises = [NotFound],
           procedures = [domain_get_security_label, domain_get_security_label_list])]
    fn security_labels(domain: Domain) -> Vec<SecurityLabel>;

    /// Shows what vouches for a guest with encrypted memory.
    #[call(access = read, raises = [NotFound, InvalidState, OperationUnsupported],
           procedures = [domain_get_launch_security_info])]
    fn launch_security_info(domain: Domain) -> LaunchSecurityInfo;

    /// Gives a guest with encrypted memory a secret, before it starts to run.
    #[call(access = write, raises = [NotFound, InvalidState, OperationUnsupported],
           procedures = [domain_set_launch_security_state])]
    fn set_launch_security_state(domain: Domain, state: LaunchSecurityState);
}

/// The label of a domain's process.
#[info]
struct SecurityLabel {
    /// The label; empty where there is none.
    label: String,
    /// Whether the host enforces what it says.
    enforcing: bool,
}

/// What vouches for a guest with encrypted memory. What the host's kind of encryption has no notion of is absent.
#[info]
struct LaunchSecurityInfo {
    /// The measurement of the guest's memory, in base64.
    #[param("sev-measurement", string)]
    sev_measurement: Option<String>,
    /// The major version of SEV's interface.
    #[param("sev-api-major", uint)]
    sev_api_major: Option<u32>,
    /// The minor version of SEV's interface.
    #[param("sev-api-minor", uint)]
    sev_api_minor: Option<u32>,
    /// The build of SEV's firmware.
    #[param("sev-build-id", uint)]
    sev_build_id: Option<u32>,
    /// What SEV allows with the guest.
    #[param("sev-policy", uint)]
    sev_policy: Option<u32>,
    /// What SEV-SNP allows with the guest.
    #[param("sev-snp-policy", ullong)]
    sev_snp_policy: Option<u64>,
}

/// A secret for a guest with encrypted memory.
#[info]
struct LaunchSecurityState {
    /// The header that says how the secret is encrypted, in base64.
    #[param("sev-secret-header", string)]
    sev_secret_header: Option<String>,
    /// The encrypted secret, in base64.
    #[param("sev-secret", string)]
    sev_secret: Option<String>,
    /// Where in the guest's memory it goes; absent, where its firmware says.
    #[param("sev-secret-set-address", ullong)]
    sev_secret_address: Option<u64>,
}
