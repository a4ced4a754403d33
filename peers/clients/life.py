"""A domain's life through Debian's python3-libvirt: life.py URI. Prints the events that it receives, one a line."""

import sys
import libvirt

XML = """<domain type='test'><name>py</name><uuid>4f6e72c0-9143-4ead-b08f-b314e5f60718</uuid>
<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"""

libvirt.virEventRegisterDefaultImpl()
connection = libvirt.open(sys.argv[1])
seen = []


def lifecycle(_connection, domain, event, detail, opaque):
    seen.append("lifecycle %s %d %d %s" % (domain.name(), event, detail, opaque))


def metadata(_connection, domain, kind, uri, _opaque):
    seen.append("metadata %s %d %s" % (domain.name(), kind, uri))


def wait_for(count):
    while len(seen) < count:
        libvirt.virEventRunDefaultImpl()


# The same kind and filter a second time: libvirt's daemon refuses that, ours does not, and its C library shares them.
first = connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, "first")
second = connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, metadata, None)

domain = connection.defineXML(XML)
assert not domain.isActive() and domain.isPersistent()
domain.create()
assert domain.info()[0] == libvirt.VIR_DOMAIN_RUNNING
domain.suspend()
assert domain.state() == [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER], domain.state()
domain.resume()
domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "from python", None, None, 0)
assert domain.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None) == "from python"
domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "<n/>", "k", "http://example.org/py", 0)
assert "<n" in domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "http://example.org/py")
assert "<name>py</name>" in domain.XMLDesc()
assert domain.maxMemory() == 65536
assert [each.name() for each in connection.listAllDomains() if each.name() == "py"] == ["py"]
assert connection.lookupByUUIDString(domain.UUIDString()).name() == "py"
stats = connection.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_STATE)
assert stats[0][1]["state.state"] == libvirt.VIR_DOMAIN_RUNNING, stats
snapshot = domain.snapshotCreateXML("<domainsnapshot><name>s</name></domainsnapshot>")
assert domain.snapshotListNames() == ["s"]
snapshot.delete()
domain.destroy()
domain.undefine()
wait_for(8)
try:
    connection.lookupByName("py")
    raise AssertionError("it is still there")
except libvirt.libvirtError as error:
    assert error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN, error
connection.domainEventDeregisterAny(first)
connection.domainEventDeregisterAny(second)
connection.close()
print("\n".join(seen))
