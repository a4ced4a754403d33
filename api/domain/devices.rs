//! The devices of a domain.

/// Attaches, detaches and changes devices.
#[family(accessor = devices)]
trait DomainDeviceOps {
    /// Attaches a device, described in XML.
    #[call(access = write, raises = [NotFound, InvalidState, XmlSyntax, XmlInvalid, ConfigUnsupported, AlreadyExists],
           emits = [DeviceAdded], procedures = [domain_attach_device, domain_attach_device_flags])]
    fn attach_device(domain: Domain, xml: String, affect: AffectOptions);

    /// Detaches a device, described in XML well enough to find it.
    ///
    /// The guest has to let go of it: an event says when it has, or that it refused.
    #[call(access = write, raises = [NotFound, InvalidState, XmlSyntax, XmlInvalid, DeviceMissing],
           emits = [DeviceRemoved, DeviceRemovalFailed],
           procedures = [domain_detach_device, domain_detach_device_flags])]
    fn detach_device(domain: Domain, xml: String, affect: AffectOptions);

    /// Detaches the device of that alias. Returns once the guest is asked, as `Domain::detach_device` does.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing],
           emits = [DeviceRemoved, DeviceRemovalFailed], procedures = [domain_detach_device_alias])]
    fn detach_device_alias(domain: Domain, alias: String, affect: AffectOptions);

    /// Changes a device to what the XML says: another medium in a drive, another link state.
    #[call(access = write, raises = [NotFound, InvalidState, XmlSyntax, XmlInvalid, ConfigUnsupported, DeviceMissing],
           emits = [TrayChange, MemoryDeviceSizeChange], procedures = [domain_update_device_flags])]
    fn update_device(domain: Domain, xml: String, affect: AffectOptions, options: UpdateDeviceOptions);

    /// Gives the domain open files, which its XML then uses by the name of their group.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_fd_associate])]
    fn associate_files(domain: Domain, group: String, files: Vec<OwnedFd>, options: AssociateFilesOptions);
}

/// How `Domain::update_device` changes a device.
#[options]
struct UpdateDeviceOptions {
    /// Opens a tray that the guest has locked.
    #[flag(0x4)]
    force: bool,
}

/// How `Domain::associate_files` treats the files.
#[options]
struct AssociateFilesOptions {
    /// Puts the security label back that a file had.
    #[flag(0x1)]
    restore_label: bool,
    /// Labels the files so that the domain may write them, though its XML does not say so.
    #[flag(0x2)]
    writable_label: bool,
}
