//! What the suite has to be told about a driver: how to open it, and what it needs to make a domain.

use omnivirt_core::{DriverEntry, Uuid};
use std::fmt::Debug;

/// How the suite reaches one driver. [`UriFixture`] is enough for most.
pub trait Fixture: Debug + Send + Sync + 'static {
    /// The driver, registered with nobody.
    fn entry(&self) -> DriverEntry;

    /// The URI that each case opens anew. Domains that are there already are left alone.
    fn uri(&self) -> String;

    /// A URI by which connections with the same `host` see one host; none if the driver has no such thing.
    fn shared_uri(&self, host: &str) -> Option<String> {
        let _ = host;
        None
    }

    /// A URI of a host whose calls, and each step of its jobs, wait for some tens of milliseconds; none if the driver
    /// has no such thing.
    fn slow_uri(&self) -> Option<String> {
        None
    }

    /// A path on the driver's host at which it can write a file.
    fn scratch_path(&self, name: &str) -> String {
        std::env::temp_dir().join(name).display().to_string()
    }

    /// The XML of a device that can be attached to and detached from [`Fixture::domain_xml`], running or not.
    fn device_xml(&self) -> String {
        "<disk type='file' device='disk'><source file='/var/lib/conformance.img'/><target dev='vdz' bus='virtio'/></disk>"
            .into()
    }

    /// The XML of a small domain that this driver can define and start.
    fn domain_xml(&self, name: &str, uuid: Uuid) -> String {
        format!(
            "<domain type='test'>\n  <name>{name}</name>\n  <uuid>{uuid}</uuid>\n  \
             <memory unit='KiB'>65536</memory>\n  <currentMemory unit='KiB'>65536</currentMemory>\n  \
             <vcpu>2</vcpu>\n  <os>\n    <type>hvm</type>\n  </os>\n</domain>\n"
        )
    }

    /// Whether events say what caused them. libvirt's protocol has no word for that.
    fn tells_causes(&self) -> bool {
        true
    }

    /// Of a driver that passes its calls on: the driver behind it, and a URI by which that opens here. What the one behind
    /// does not claim, no case needs; the answer is still held against that.
    fn behind(&self) -> Option<(DriverEntry, String)> {
        None
    }

    /// How many random walks are made. A driver whose steps take long makes fewer.
    fn walks(&self) -> u32 {
        64
    }

    /// Whether a call that was polled once is done to its end even if its future is then dropped. Of such a driver the suite
    /// waits for that end.
    fn finishes_what_it_began(&self) -> bool {
        false
    }

    /// Whether the guest of [`Fixture::domain_xml`] shuts down, reboots and sleeps when it is asked to.
    fn guest_obeys(&self) -> bool {
        true
    }
}

/// A driver that needs no more than a URI.
///
/// ```
/// # use omnivirt_core::{DriverEntry, Error, ErrorKind};
/// # const ENTRY: DriverEntry = DriverEntry { name: "toy", schemes: &["toy"], transports: &[],
/// #     daemon_paths: &[], about: "", example: "",
/// #     open: |_| Box::pin(async { Err(Error::new(ErrorKind::Unsupported, "nothing to open")) }) };
/// use omnivirt_testkit::UriFixture;
///
/// let fixture = UriFixture::new(ENTRY, "toy:///").shared_by("toy:///?host=").slow("toy:///?latency_ms=50");
/// ```
#[derive(Debug, Clone)]
pub struct UriFixture {
    entry: DriverEntry,
    uri: &'static str,
    shared: Option<&'static str>,
    slow: Option<&'static str>,
}

impl UriFixture {
    /// A driver, and the URI that each case opens.
    #[must_use]
    pub fn new(entry: DriverEntry, uri: &'static str) -> Self {
        Self { entry, uri, shared: None, slow: None }
    }

    /// Says how a URI begins that ends with the name of a host which connections share.
    #[must_use]
    pub fn shared_by(mut self, beginning: &'static str) -> Self {
        self.shared = Some(beginning);
        self
    }

    /// Gives the URI of a host whose calls and jobs take time.
    #[must_use]
    pub fn slow(mut self, uri: &'static str) -> Self {
        self.slow = Some(uri);
        self
    }
}

impl Fixture for UriFixture {
    fn entry(&self) -> DriverEntry {
        self.entry
    }

    fn uri(&self) -> String {
        self.uri.into()
    }

    fn shared_uri(&self, host: &str) -> Option<String> {
        self.shared.map(|beginning| format!("{beginning}{host}"))
    }

    fn slow_uri(&self) -> Option<String> {
        self.slow.map(Into::into)
    }
}
