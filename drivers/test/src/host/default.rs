//! The host of `test:///default`.

use super::Host;
use super::hardware::Hardware;
use crate::domains::definition::Named;
use crate::domains::transitions::Origin;
use omnivirt_core::Result;
use omnivirt_core::event::Cause;

/// The domain that runs there.
const DOMAIN: &str = "<domain type='test'>
  <name>test</name>
  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
  <memory unit='KiB'>8388608</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='i686'>hvm</type>
    <boot dev='hd'/>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <source file='/guest/diskimage1'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </disk>
    <interface type='network'>
      <mac address='aa:bb:cc:dd:ee:ff'/>
      <source network='default'/>
      <target dev='testnet0'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
    </interface>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </memballoon>
  </devices>
</domain>
";

/// Makes the host.
///
/// # Errors
///
/// None that is known of: what it is made of is good.
pub(super) fn host(virtual_time: bool) -> Result<Host> {
    let host = Host::new(Hardware::default(), virtual_time);
    host.objects.add_default()?;
    let named = Named::read(DOMAIN)?;
    host.define(&Cause::host(), named.clone())?;
    host.create(&Cause::host(), named, Origin::Booted, false, None)?;
    Ok(host)
}
