//! Sources on servers.

use super::local::{Reservations, Slice, StartupPolicy};
use crate::document::text::words;
use crate::document::{Text, YesNo, mapped};
use crate::domain::devices::SourceSecurityLabel;
use crate::domain::devices::character_device::Reconnect;
use crate::storage::{Authentication, Encryption};

/// A source on a server.
#[mapped]
pub struct NetworkSource {
    /// How the server is spoken to.
    #[attribute("protocol")]
    pub protocol: NetworkProtocol,
    /// What the server calls it.
    #[attribute("name")]
    pub name: Option<String>,
    /// What is asked for with the name, over HTTP.
    #[attribute("query")]
    pub query: Option<String>,
    /// Whether the connection is encrypted.
    #[attribute("tls")]
    pub tls: Option<YesNo>,
    /// The name that the server's certificate has.
    #[attribute("tlsHostname")]
    pub tls_host_name: Option<String>,
    /// What to do when it is missing; no driver has that for servers.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// Its number in the chain of images; only told of running domains.
    #[attribute("index", lenient)]
    pub index: Option<u32>,
    /// The servers.
    #[element("host")]
    pub hosts: Vec<SourceHost>,
    /// The snapshot that is used, of RBD.
    #[element("snapshot")]
    pub snapshot: Option<SourceSnapshot>,
    /// The configuration of RBD.
    #[element("config")]
    pub config: Option<SourceConfig>,
    /// The iSCSI initiator.
    #[element("initiator")]
    pub initiator: Option<Initiator>,
    /// How the server's certificate is checked.
    #[element("ssl")]
    pub ssl: Option<SslVerification>,
    /// What an HTTP server is told.
    #[list("cookies", "cookie")]
    pub cookies: Vec<Cookie>,
    /// How much is read in advance.
    #[element("readahead")]
    pub read_ahead: Option<ReadAhead>,
    /// How long an answer may take.
    #[element("timeout")]
    pub timeout: Option<Timeout>,
    /// As whom files of NFS are used.
    #[element("identity")]
    pub identity: Option<NfsIdentity>,
    /// Whether the hypervisor calls again when the connection is cut.
    #[element("reconnect")]
    pub reconnect: Option<Reconnect>,
    /// The part of the source that is used.
    #[list("slices", "slice")]
    pub slices: Vec<Slice>,
    /// How it is labelled for the guest.
    #[element("seclabel")]
    pub security_labels: Vec<SourceSecurityLabel>,
    /// How the server knows its client.
    #[element("auth")]
    pub authentication: Option<Authentication>,
    /// How it is encrypted.
    #[element("encryption")]
    pub encryption: Option<Encryption>,
    /// How reservations of SCSI devices are made.
    #[element("reservations")]
    pub reservations: Option<Reservations>,
}

/// A server.
#[mapped]
pub struct SourceHost {
    /// Its name or address.
    #[attribute("name")]
    pub name: Option<Text>,
    /// Its port; absent for the protocol's own.
    #[attribute("port", error = InvalidArgument)]
    pub port: Option<u32>,
    /// How it is reached; absent for TCP.
    #[attribute("transport", error = Unsupported)]
    pub transport: Option<HostTransport>,
    /// The path of its socket.
    #[attribute("socket")]
    pub socket: Option<String>,
}

/// A snapshot of RBD.
#[mapped(omit_empty)]
pub struct SourceSnapshot {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
}

/// A configuration of RBD.
#[mapped(omit_empty)]
pub struct SourceConfig {
    /// The path of its file.
    #[attribute("file")]
    pub file: Option<String>,
}

/// An iSCSI initiator.
#[mapped(omit_empty)]
pub struct Initiator {
    /// Its name.
    #[element("iqn")]
    pub iqn: Option<InitiatorName>,
}

/// The name of an iSCSI initiator.
#[mapped(omit_empty)]
pub struct InitiatorName {
    /// The name, such as `iqn.2014-08.com.example:client`.
    #[attribute("name")]
    pub name: Option<String>,
}

/// How a server's certificate is checked.
#[mapped(omit_empty)]
pub struct SslVerification {
    /// Whether it is.
    #[attribute("verify")]
    pub verify: Option<YesNo>,
}

/// What an HTTP server is told.
#[mapped]
pub struct Cookie {
    /// The cookie's name.
    #[attribute("name")]
    pub name: Option<String>,
    /// Its value.
    #[text]
    pub value: String,
}

/// How much is read in advance.
#[mapped(omit_empty)]
pub struct ReadAhead {
    /// Bytes.
    #[attribute("size")]
    pub size: Option<u64>,
}

/// How long an answer may take.
#[mapped(omit_empty)]
pub struct Timeout {
    /// Seconds.
    #[attribute("seconds")]
    pub seconds: Option<u64>,
}

/// As whom files of NFS are used.
#[mapped(omit_empty)]
pub struct NfsIdentity {
    /// The user's name, or `+` and number.
    #[attribute("user")]
    pub user: Option<String>,
    /// The group's name, or `+` and number.
    #[attribute("group")]
    pub group: Option<String>,
}

words! {
    /// How a server is spoken to.
    pub enum NetworkProtocol("protocol", Invalid) {
        /// Network block device.
        Nbd = "nbd",
        /// Ceph.
        Rbd = "rbd",
        /// Sheepdog.
        Sheepdog = "sheepdog",
        /// Gluster.
        Gluster = "gluster",
        /// SCSI over the Internet.
        Iscsi = "iscsi",
        /// HTTP.
        Http = "http",
        /// HTTP, encrypted.
        Https = "https",
        /// FTP.
        Ftp = "ftp",
        /// FTP, encrypted.
        Ftps = "ftps",
        /// TFTP.
        Tftp = "tftp",
        /// The secure shell.
        Ssh = "ssh",
        /// Veritas HyperScale.
        Vxhs = "vxhs",
        /// Network file system.
        Nfs = "nfs",
    }
}

words! {
    /// How a server is reached.
    pub enum HostTransport("transport", Invalid) {
        /// TCP.
        Tcp = "tcp",
        /// A UNIX socket.
        Unix = "unix",
        /// Remote direct memory access.
        Rdma = "rdma",
    }
}
