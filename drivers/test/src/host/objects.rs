//! The objects of a simulated host beside its domains: what it has from the start.

use crate::connection::TestDriver;
use crate::domains::values::read;
use omnivirt_core::event::*;
use omnivirt_core::xml::{Document, Element};
use omnivirt_core::*;
use omnivirt_host::group;
use parking_lot::RwLock;

/// The objects of `test:///default`.
const DEFAULT: [&str; 5] = [
    "<network><name>default</name><uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>\
     <bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'/></network>",
    "<pool type='dir'><name>default-pool</name><uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>\
     <target><path>/default-pool</path></target></pool>",
    "<interface type='ethernet' name='eth1'><mac address='aa:bb:cc:dd:ee:ff'/></interface>",
    "<device><name>computer</name><capability type='system'/></device>",
    "<secret ephemeral='no' private='yes'><uuid>0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f</uuid>\
     <usage type='volume'><volume>/guest/diskimage1</volume></usage></secret>",
];

/// The objects that there are.
#[derive(Debug, Default)]
pub(crate) struct Objects(RwLock<Vec<Object>>);

#[derive(Debug)]
struct Object {
    reference: ObjectRef,
    /// The type of a pool, the capabilities of a device, what a secret is.
    traits: Vec<String>,
    is_active: bool,
    is_persistent: bool,
}

impl Objects {
    /// Adds those of `test:///default`.
    ///
    /// # Errors
    ///
    /// None that is known of: what they are made of is good.
    pub(super) fn add_default(&self) -> Result<()> {
        for xml in DEFAULT {
            self.add(Document::parse(xml)?.root())?;
        }
        Ok(())
    }

    /// Adds the object that an element describes; a device, a pool, a network or an interface is there from the start.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` for an element that describes none, `AlreadyExists` if there is another of its name or UUID.
    pub(super) fn add(&self, element: Element<'_>) -> Result<()> {
        let object = Object::of(element)?;
        let mut objects = self.0.write();
        let same_name = |other: &Object| {
            other.reference.kind() == object.reference.kind()
                && other.reference.name() == object.reference.name()
        };
        if objects.iter().any(|other| other.reference == object.reference || same_name(other)) {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("there is the {} already", object.reference),
            ));
        }
        objects.push(object);
        Ok(())
    }

    /// An event happens to an object: one that comes, goes, starts or stops by it does so.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such object, and the event does not say that it came.
    pub(super) fn suffer(&self, object: &ObjectRef, body: &EventBody) -> Result<()> {
        let mut objects = self.0.write();
        let there = objects.iter().position(|other| other.reference == *object);
        let place = match (there, comes(body)) {
            (Some(place), _) => place,
            (None, true) => {
                objects.push(Object {
                    reference: object.clone(),
                    traits: Vec::new(),
                    is_active: false,
                    is_persistent: true,
                });
                objects.len() - 1
            }
            (None, false) => {
                return Err(Error::new(ErrorKind::NotFound, format!("there is no {object}"))
                    .with_object(object.kind()));
            }
        };
        match body {
            EventBody::NetworkLifecycle(NetworkLifecycle { change: NetworkChange::Undefined, .. })
            | EventBody::StoragePoolLifecycle(StoragePoolLifecycle {
                change: StoragePoolChange::Undefined,
                ..
            })
            | EventBody::NodeDeviceLifecycle(NodeDeviceLifecycle {
                change: NodeDeviceChange::Deleted | NodeDeviceChange::Undefined,
                ..
            })
            | EventBody::SecretLifecycle(SecretLifecycle { change: SecretChange::Undefined, .. }) => {
                drop(objects.remove(place))
            }
            EventBody::NetworkLifecycle(NetworkLifecycle { change: NetworkChange::Started, .. })
            | EventBody::StoragePoolLifecycle(StoragePoolLifecycle {
                change: StoragePoolChange::Started,
                ..
            })
            | EventBody::NodeDeviceLifecycle(NodeDeviceLifecycle {
                change: NodeDeviceChange::Created, ..
            }) => {
                objects[place].is_active = true;
            }
            EventBody::NetworkLifecycle(NetworkLifecycle { change: NetworkChange::Stopped, .. })
            | EventBody::StoragePoolLifecycle(StoragePoolLifecycle {
                change: StoragePoolChange::Stopped,
                ..
            }) => {
                objects[place].is_active = false;
            }
            _ => {}
        }
        Ok(())
    }

    /// What names those that a filter lets through, of the kind that `pick` takes.
    fn list<T>(&self, pick: impl Fn(&ObjectRef) -> Option<T>, passes: impl Fn(&Object) -> bool) -> Vec<T> {
        self.0
            .read()
            .iter()
            .filter(|object| passes(object))
            .filter_map(|object| pick(&object.reference))
            .collect()
    }
}

impl Object {
    fn of(element: Element<'_>) -> Result<Self> {
        let name = || needed(element, "name");
        let mut traits = Vec::new();
        let reference: ObjectRef = match element.name() {
            "network" => NetworkRef::new(name()?, uuid(element)?).into(),
            "pool" => {
                traits.push(needed(element, "@type")?);
                StoragePoolRef::new(name()?, uuid(element)?).into()
            }
            "interface" => InterfaceRef::new(
                needed(element, "@name")?,
                &*read(element, "mac/@address").unwrap_or_default(),
            )
            .into(),
            "device" => {
                traits = capabilities(element);
                NodeDeviceRef::new(name()?).into()
            }
            "secret" => {
                traits = ["ephemeral", "private"].map(String::from).to_vec();
                traits.retain(|name| element.attribute_value(name).is_some_and(|value| value == "yes"));
                secret(element)?.into()
            }
            other => return Err(invalid(element, format!("<{other}> describes no object of a host"))),
        };
        Ok(Self { reference, traits, is_active: true, is_persistent: true })
    }

    fn has(&self, name: &str) -> bool {
        self.traits.iter().any(|own| own == name)
    }

    fn passes(&self, active: bool, inactive: bool, persistent: bool, transient: bool) -> bool {
        group(&[(active, self.is_active), (inactive, !self.is_active)])
            && group(&[(persistent, self.is_persistent), (transient, !self.is_persistent)])
    }
}

/// Whether the event says that an object is new.
fn comes(body: &EventBody) -> bool {
    match body {
        EventBody::NetworkLifecycle(event) => event.change == NetworkChange::Defined,
        EventBody::StoragePoolLifecycle(event) => event.change == StoragePoolChange::Defined,
        EventBody::NodeDeviceLifecycle(event) => {
            matches!(event.change, NodeDeviceChange::Created | NodeDeviceChange::Defined)
        }
        EventBody::SecretLifecycle(event) => event.change == SecretChange::Defined,
        _ => false,
    }
}

/// What a secret can be for, by libvirt's number, with the element that says which one of that use.
const USAGES: [(&str, &str); 6] = [
    ("none", ""),
    ("volume", "volume"),
    ("ceph", "name"),
    ("iscsi", "target"),
    ("tls", "name"),
    ("vtpm", "name"),
];

fn secret(element: Element<'_>) -> Result<SecretRef> {
    let usage = read(element, "usage/@type").unwrap_or("none".into());
    let Some(number) = USAGES.iter().position(|(name, _)| *name == usage) else {
        return Err(invalid(element, format!("'{usage}' is nothing that a secret can be for")));
    };
    let id = match USAGES[number].1 {
        "" => String::new(),
        way => needed(element, &format!("usage/{way}"))?,
    };
    Ok(SecretRef::new(uuid(element)?, number as i32, id))
}

/// The capabilities of a device, and those within them.
fn capabilities(device: Element<'_>) -> Vec<String> {
    let own = device.children().filter(|child| child.name() == "capability");
    own.flat_map(|capability| {
        let kind = capability.attribute_value("type").map(Into::into);
        kind.into_iter().chain(capabilities(capability))
    })
    .collect()
}

fn needed(element: Element<'_>, way: &str) -> Result<String> {
    let value = read(element, way).filter(|value| !value.is_empty()).map(Into::into);
    value.ok_or_else(|| {
        invalid(element, format!("the <{}> says no {}", element.name(), way.trim_start_matches('@')))
    })
}

fn uuid(element: Element<'_>) -> Result<Uuid> {
    match read(element, "uuid") {
        Some(text) => text.parse().map_err(|_| invalid(element, format!("'{text}' is no UUID"))),
        None => Ok(Uuid::new_v4()),
    }
}

fn invalid(element: Element<'_>, message: String) -> Error {
    let at = element.position();
    Error::new(ErrorKind::XmlInvalid, message).with_context("line", at.line).with_context("column", at.column)
}

/// Picks the reference of one kind out of those of all.
macro_rules! of_kind {
    ($kind:ident) => {
        |object: &ObjectRef| match object {
            ObjectRef::$kind(reference) => Some(reference.clone()),
            _ => None,
        }
    };
}

/// The words by which documents name what the fields of a filter ask for.
macro_rules! traits {
    ($object:ident, $filter:ident: $($field:ident = $name:literal),* $(,)?) => {
        group(&[$(($filter.$field, $object.has($name))),*])
    };
}

#[driver_ops]
impl HostObjectsOps for TestDriver {
    async fn list_networks(&self, _: &CallCx, filter: &NetworkFilter) -> Result<Vec<NetworkRef>> {
        Ok(self.host.objects.list(of_kind!(Network), |object| {
            object.passes(filter.active, filter.inactive, filter.persistent, filter.transient)
                && group(&[(filter.autostart, false), (filter.no_autostart, true)])
        }))
    }

    async fn list_storage_pools(
        &self,
        _: &CallCx,
        filter: &StoragePoolFilter,
    ) -> Result<Vec<StoragePoolRef>> {
        Ok(self.host.objects.list(of_kind!(StoragePool), |object| {
            object.passes(filter.active, filter.inactive, filter.persistent, filter.transient)
                && group(&[(filter.autostart, false), (filter.no_autostart, true)])
                && traits!(object, filter: dir = "dir", fs = "fs", netfs = "netfs", logical = "logical", disk = "disk",
                    iscsi = "iscsi", scsi = "scsi", mpath = "mpath", rbd = "rbd", sheepdog = "sheepdog",
                    gluster = "gluster", zfs = "zfs", vstorage = "vstorage", iscsi_direct = "iscsi-direct")
        }))
    }

    async fn storage_pool_capabilities(&self, _: &CallCx) -> Result<String> {
        Ok(super::capabilities::of_storage_pools())
    }

    async fn find_storage_pool_sources(
        &self,
        _: &CallCx,
        pool_type: &str,
        source_xml: Option<&str>,
    ) -> Result<String> {
        if let Some(xml) = source_xml {
            let document = Document::parse(xml)?;
            if document.root().name() != "source" {
                return Err(invalid(document.root(), "where to look is described by <source>".into()));
            }
        }
        if !super::capabilities::POOL_TYPES.contains(&pool_type) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("there are no storage pools of type '{pool_type}'"),
            ));
        }
        // A simulated host has no disks that nobody has told it of.
        Ok("<sources/>\n".into())
    }

    async fn list_node_devices(&self, _: &CallCx, filter: &NodeDeviceFilter) -> Result<Vec<NodeDeviceRef>> {
        Ok(self.host.objects.list(of_kind!(NodeDevice), |object| {
            object.passes(filter.active, filter.inactive, filter.persistent, filter.transient)
                && traits!(object, filter: system = "system", pci = "pci", usb_device = "usb_device",
                    usb_interface = "usb", net = "net", scsi_host = "scsi_host", scsi_target = "scsi_target",
                    scsi = "scsi", storage = "storage", fc_host = "fc_host", vports = "vport_ops",
                    scsi_generic = "scsi_generic", drm = "drm", mdev_types = "mdev_types", mdev = "mdev", ccw = "ccw",
                    css = "css", vdpa = "vdpa", ap_card = "ap_card", ap_queue = "ap_queue", ap_matrix = "ap_matrix",
                    vpd = "vpd", ccw_group = "ccwgroup", ccw_group_member = "ccwgroup_member")
        }))
    }

    async fn list_secrets(&self, _: &CallCx, filter: &SecretFilter) -> Result<Vec<SecretRef>> {
        Ok(self.host.objects.list(of_kind!(Secret), |object| {
            let (ephemeral, private) = (object.has("ephemeral"), object.has("private"));
            group(&[(filter.ephemeral, ephemeral), (filter.no_ephemeral, !ephemeral)])
                && group(&[(filter.private, private), (filter.no_private, !private)])
        }))
    }

    async fn list_nwfilters(&self, _: &CallCx) -> Result<Vec<NwFilterRef>> {
        Ok(self.host.objects.list(of_kind!(NwFilter), |_| true))
    }

    async fn list_nwfilter_bindings(&self, _: &CallCx) -> Result<Vec<NwFilterBindingRef>> {
        Ok(self.host.objects.list(of_kind!(NwFilterBinding), |_| true))
    }

    async fn list_interfaces(&self, _: &CallCx, filter: &InterfaceFilter) -> Result<Vec<InterfaceRef>> {
        Ok(self
            .host
            .objects
            .list(of_kind!(Interface), |object| object.passes(filter.active, filter.inactive, false, false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(xml: &str) -> Result<Objects> {
        let objects = Objects::default();
        objects.add(Document::parse(xml).unwrap().root())?;
        Ok(objects)
    }

    #[test]
    fn the_default_host_has_one_of_each() {
        let objects = Objects::default();
        objects.add_default().unwrap();
        assert_eq!(objects.list(of_kind!(Network), |_| true)[0].name.as_ref(), "default");
        assert_eq!(
            objects.list(of_kind!(StoragePool), |object| object.has("dir"))[0].name.as_ref(),
            "default-pool"
        );
        assert_eq!(objects.add_default().unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_device_has_the_capabilities_within_its_own_too() {
        let xml = "<device><name>h</name><capability type='scsi_host'><capability type='vport_ops'/></capability></device>";
        let objects = added(xml).unwrap();
        assert_eq!(
            objects
                .list(of_kind!(NodeDevice), |object| object.has("scsi_host") && object.has("vport_ops"))
                .len(),
            1
        );
    }

    #[test]
    fn what_has_no_name_is_refused() {
        for xml in [
            "<network/>",
            "<pool><name>a</name></pool>",
            "<network><name>a</name><uuid>x</uuid></network>",
            "<x/>",
        ] {
            assert_eq!(added(xml).unwrap_err().kind(), ErrorKind::XmlInvalid, "{xml}");
        }
    }
}
