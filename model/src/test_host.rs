//! The description of a simulated host: the file behind `test:///path/to/host.xml`, in the form of libvirt's test driver.
//!
//! ```
//! use omnivirt_model::test_host::{HostPart, Source, TestHost};
//! use omnivirt_model::ObjectKind;
//!
//! let host = TestHost::parse("<node>
//!   <cpu><mhz>2000</mhz><active>8</active></cpu>
//!   <memory>8192000</memory>
//!   <domain file='web.xml'/>
//!   <network><name>lan</name></network>
//! </node>")?;
//! assert_eq!(host.hardware().cpu.and_then(|cpu| cpu.active), Some(8));
//! let parts: Vec<HostPart<'_>> = host.parts().collect();
//! assert_eq!((parts[0].kind, parts[1].kind), (ObjectKind::Domain, ObjectKind::Network));
//! assert!(matches!(&parts[0].source, Source::File(path) if path == "web.xml"));
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

use crate::document::mapped;
use crate::document::{Config, DocumentError, DocumentRoot, ElementValue, MemorySize, Problem};
use crate::xml::{Document, Element, Limits, quoted};
use crate::{DomainState, ObjectKind};
use std::borrow::Cow;

/// The namespace of what only the test driver knows in a domain's document.
pub const NAMESPACE: &str = "http://libvirt.org/schemas/domain/test/1.0";

/// The description of a simulated host.
pub type TestHost = Config<Hardware>;

/// What the simulated host is made of; what is absent, the driver chooses.
#[mapped]
pub struct Hardware {
    /// Its processors.
    #[element("cpu")]
    pub cpu: Option<HostCpu>,
    /// Its memory.
    #[element("memory")]
    pub memory: Option<MemorySize>,
}

/// The processors of a simulated host.
#[mapped]
pub struct HostCpu {
    /// How many CPUs are active.
    #[element("active")]
    pub active: Option<u32>,
    /// How many MHz they run at.
    #[element("mhz")]
    pub mhz: Option<u32>,
    /// What they are called.
    #[element("model")]
    pub model: Option<String>,
    /// How many NUMA nodes there are.
    #[element("nodes")]
    pub nodes: Option<u32>,
    /// How many sockets a NUMA node has.
    #[element("sockets")]
    pub sockets: Option<u32>,
    /// How many cores a socket has.
    #[element("cores")]
    pub cores: Option<u32>,
    /// How many threads a core has.
    #[element("threads")]
    pub threads: Option<u32>,
}

impl DocumentRoot for Hardware {
    const ROOT: &'static str = "node";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}

/// Something that the host has from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPart<'a> {
    /// What it is.
    pub kind: ObjectKind,
    /// Where it is described.
    pub source: Source<'a>,
    /// The element of the host's description, for messages.
    pub element: Element<'a>,
}

/// Where something is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source<'a> {
    /// Here.
    Inline(Element<'a>),
    /// In the file of this path, seen from the directory of the host's description.
    File(Cow<'a, str>),
}

/// What of a domain only the test driver knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitialState<'a> {
    /// What the domain is doing from the start.
    pub state: DomainState,
    /// Whether it is gone once it is off.
    pub transient: bool,
    /// Whether it has a saved state to start from.
    pub managed_save: bool,
    /// Its snapshots.
    pub snapshots: Vec<Source<'a>>,
    /// Its checkpoints.
    pub checkpoints: Vec<Source<'a>>,
}

/// A user who may open a connection to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User<'a> {
    /// The user's name.
    pub name: Cow<'a, str>,
    /// The password; absent when none is asked for.
    pub password: Option<Cow<'a, str>>,
}

impl TestHost {
    /// Reads a host's description, which may be far larger than a document that comes from outside.
    ///
    /// # Errors
    ///
    /// As [`Config::parse`].
    pub fn parse_file(bytes: &[u8]) -> Result<Self, DocumentError> {
        Self::try_from(Document::parse_bytes(bytes, &Limits::COLLECTION)?)
    }

    /// What the host is made of.
    #[must_use]
    pub fn hardware(&self) -> Hardware {
        self.typed()
    }

    /// What the host has from the start, in order.
    pub fn parts(&self) -> impl Iterator<Item = HostPart<'_>> {
        self.root().children().filter_map(|element| {
            let kind = match element.local_name() {
                "domain" => ObjectKind::Domain,
                "network" => ObjectKind::Network,
                "pool" => ObjectKind::StoragePool,
                "device" => ObjectKind::NodeDevice,
                "interface" => ObjectKind::Interface,
                _ => return None,
            };
            Some(HostPart { kind, source: source(element), element })
        })
    }

    /// Who may open a connection; nobody in it means that anybody may.
    pub fn users(&self) -> impl Iterator<Item = User<'_>> {
        let users = self.root().child("auth").into_iter().flat_map(Element::children);
        users
            .filter(|element| element.local_name() == "user")
            .map(|element| User { name: element.text(), password: element.attribute_value("password") })
    }
}

fn source(element: Element<'_>) -> Source<'_> {
    element.attribute_value("file").map_or(Source::Inline(element), Source::File)
}

impl<'a> InitialState<'a> {
    /// Reads it from a `<domain>` element. Without any, the domain runs.
    ///
    /// # Errors
    ///
    /// The state is none that a domain can start in.
    pub fn of(domain: Element<'a>) -> Result<Self, DocumentError> {
        let own = |name: &'static str| {
            domain.children().filter(move |child| {
                child.prefix().is_some()
                    && child.local_name() == name
                    && child.namespace().is_some_and(|uri| uri == NAMESPACE)
            })
        };
        let state = match own("runstate").next() {
            Some(element) => state(element)?,
            None => DomainState::Running,
        };
        let transient = own("transient").next();
        if let Some(element) = transient.filter(|_| state == DomainState::Shutoff) {
            return Err(Problem::invalid("a domain that is off cannot be transient").at(element));
        }
        Ok(Self {
            state,
            transient: transient.is_some(),
            managed_save: own("hasmanagedsave").next().is_some(),
            snapshots: own("domainsnapshot").map(source).collect(),
            checkpoints: own("domaincheckpoint").map(source).collect(),
        })
    }
}

fn state(element: Element<'_>) -> Result<DomainState, DocumentError> {
    const ALLOWED: [DomainState; 4] =
        [DomainState::Running, DomainState::Paused, DomainState::Shutoff, DomainState::Crashed];
    let number = i64::read(element)?;
    ALLOWED.into_iter().find(|state| i64::from(*state as i32) == number).ok_or_else(|| {
        let message = format!("{} is no state to start in", quoted(&element.text()));
        Problem::invalid(message).hint("use 1 (running), 3 (paused), 5 (off) or 6 (crashed)").at(element)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DomainConfig;

    const HOST: &str = "<node>
  <auth><user password='x'>admin</user><user>guest</user></auth>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>web</name>
    <memory>1024</memory>
    <os><type>hvm</type></os>
    <test:runstate>5</test:runstate>
    <test:hasmanagedsave/>
    <test:domainsnapshot file='s1.xml'/>
    <test:domainsnapshot><name>s2</name></test:domainsnapshot>
  </domain>
  <domain><name>x</name></domain>
</node>";

    #[test]
    fn a_domain_says_how_it_starts() {
        let host = TestHost::parse_file(HOST.as_bytes()).unwrap();
        let parts: Vec<HostPart<'_>> = host.parts().collect();
        let state = InitialState::of(parts[0].element).unwrap();
        assert_eq!((state.state, state.managed_save, state.transient), (DomainState::Shutoff, true, false));
        assert_eq!(state.snapshots[0], Source::File("s1.xml".into()));
        assert!(matches!(state.snapshots[1], Source::Inline(element) if element.child("name").is_some()));
        assert_eq!(InitialState::of(parts[1].element).unwrap().state, DomainState::Running);
        let config = DomainConfig::from_element(parts[0].element).unwrap();
        assert_eq!(config.as_str(), parts[0].element.source());
        let users: Vec<User<'_>> = host.users().collect();
        assert_eq!(
            (&*users[0].name, users[0].password.as_deref(), users[1].password.as_deref()),
            ("admin", Some("x"), None)
        );
    }

    #[test]
    fn a_mistake_in_a_domain_is_shown_in_the_hosts_file() {
        let host = TestHost::parse_file(HOST.as_bytes()).unwrap();
        let broken = host.parts().nth(1).unwrap();
        let error = DomainConfig::from_element(broken.element).unwrap_err();
        assert_eq!((error.line, error.path.as_str()), (12, "/node/domain[2]"), "{error}");
    }

    #[test]
    fn namespaces_declared_around_a_domain_go_with_it() {
        let text = HOST.replace(" xmlns:test='http://libvirt.org/schemas/domain/test/1.0'", "");
        let text = text
            .replace("<node>", "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0' xmlns:u='u'>");
        let host = TestHost::parse(text).unwrap();
        let config = DomainConfig::from_element(host.parts().next().unwrap().element).unwrap();
        assert_eq!(InitialState::of(config.root()).unwrap().state, DomainState::Shutoff);
        assert_eq!(config.root().attribute("xmlns:u").map(|attribute| attribute.name()), None);
    }
}
