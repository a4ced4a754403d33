//! Migration, version 3 of the protocol: with its arguments one by one, and as typed parameters.

use super::prelude::*;
use omnivirt::stream::ByteStream;
use omnivirt_wire::structs::TypedParam;

/// What a tunnelled migration may have on its way.
const TUNNEL_BYTES: usize = 256 * 1024;

/// The options of the old form, whose flags have 64 bits.
fn old_options(
    bits: u64,
    name: Option<String>,
    bandwidth_mib_per_s: u64,
    function: &'static str,
) -> Result<MigrationOptions, Failure> {
    let bits = u32::try_from(bits).map_err(|_| {
        Error::new(
            ErrorKind::InvalidArgument,
            format!("unsupported flags (0x{bits:x}) in function {function}"),
        )
    })?;
    let mut options: MigrationOptions = flags(bits, function)?;
    options.destination_name = name;
    options.bandwidth_mib_per_s = (bandwidth_mib_per_s > 0).then_some(bandwidth_mib_per_s);
    Ok(options)
}

fn new_options(
    bits: u32,
    params: &[TypedParam],
    function: &'static str,
) -> Result<MigrationOptions, Failure> {
    let mut options = MigrationOptions::from_parameters(params)?;
    let given: MigrationOptions = flags(bits, function)?;
    options.set_bits(given.bits());
    Ok(options)
}

/// The destination's document travels among the parameters.
fn document(options: &mut MigrationOptions) -> Result<String, Failure> {
    let missing = || Error::new(ErrorKind::InvalidArgument, "the domain's XML is missing (destination_xml)");
    Ok(options.destination_xml.take().ok_or_else(missing)?)
}

/// The name that the domain has, or shall have, at the destination.
fn name(options: &MigrationOptions) -> String {
    options.destination_name.clone().unwrap_or_default()
}

pub(crate) fn domain_migrate_begin3(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigrateBegin3>()?;
        let mut options = old_options(args.flags, args.dname, args.resource, "virDomainMigrateBegin3")?;
        options.destination_xml = args.xmlin;
        let begun = domain(&request, args.dom)?.migrate_begin(options).await?;
        let ret = remote::DomainMigrateBegin3Ret { cookie_out: begun.cookie, xml: begun.xml };
        request.reply::<remote::DomainMigrateBegin3>(&ret)
    })
}

pub(crate) fn domain_migrate_begin3_params(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigrateBegin3Params>()?;
        let options = new_options(args.flags, &args.params, "virDomainMigrateBegin3Params")?;
        let begun = domain(&request, args.dom)?.migrate_begin(options).await?;
        let ret = remote::DomainMigrateBegin3ParamsRet { cookie_out: begun.cookie, xml: begun.xml };
        request.reply::<remote::DomainMigrateBegin3Params>(&ret)
    })
}

pub(crate) fn domain_migrate_prepare3(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigratePrepare3>()?;
        let mut options = old_options(args.flags, args.dname, args.resource, "virDomainMigratePrepare3")?;
        options.hypervisor_uri = args.uri_in;
        let connection = request.connection()?;
        let prepared = connection.migrate_prepare(&args.cookie_in, &args.dom_xml, options).await?;
        let ret = remote::DomainMigratePrepare3Ret {
            cookie_out: prepared.cookie,
            uri_out: prepared.hypervisor_uri,
        };
        request.reply::<remote::DomainMigratePrepare3>(&ret)
    })
}

pub(crate) fn domain_migrate_prepare3_params(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigratePrepare3Params>()?;
        let mut options = new_options(args.flags, &args.params, "virDomainMigratePrepare3Params")?;
        let xml = document(&mut options)?;
        let prepared = request.connection()?.migrate_prepare(&args.cookie_in, &xml, options).await?;
        let ret = remote::DomainMigratePrepare3ParamsRet {
            cookie_out: prepared.cookie,
            uri_out: prepared.hypervisor_uri,
        };
        request.reply::<remote::DomainMigratePrepare3Params>(&ret)
    })
}

pub(crate) fn domain_migrate_prepare_tunnel3(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigratePrepareTunnel3>()?;
        let options = old_options(args.flags, args.dname, args.resource, "virDomainMigratePrepareTunnel3")?;
        let (cookie_out, far) = tunnel(&request, &args.cookie_in, &args.dom_xml, options).await?;
        let ret = remote::DomainMigratePrepareTunnel3Ret { cookie_out };
        Ok(request.reply::<remote::DomainMigratePrepareTunnel3>(&ret)?.with_stream(far))
    })
}

pub(crate) fn domain_migrate_prepare_tunnel3_params(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigratePrepareTunnel3Params>()?;
        let mut options = new_options(args.flags, &args.params, "virDomainMigratePrepareTunnel3Params")?;
        let xml = document(&mut options)?;
        let (cookie_out, far) = tunnel(&request, &args.cookie_in, &xml, options).await?;
        let ret = remote::DomainMigratePrepareTunnel3ParamsRet { cookie_out };
        Ok(request.reply::<remote::DomainMigratePrepareTunnel3Params>(&ret)?.with_stream(far))
    })
}

/// Gives one end of a stream to the driver and the other to the client.
async fn tunnel(
    request: &Request,
    cookie: &[u8],
    xml: &str,
    options: MigrationOptions,
) -> Result<(Vec<u8>, ByteStream), Failure> {
    let (near, far) = ByteStream::pair(TUNNEL_BYTES);
    let cookie = request.connection()?.migrate_prepare_tunnel(near, cookie, xml, options).await?;
    Ok((cookie, far))
}

fn destination(connect_uri: Option<String>, hypervisor_uri: Option<String>) -> MigrationDestination {
    let mut destination = MigrationDestination::default();
    destination.connect_uri = connect_uri;
    destination.hypervisor_uri = hypervisor_uri;
    destination
}

pub(crate) fn domain_migrate_perform3(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigratePerform3>()?;
        let mut options = old_options(args.flags, args.dname, args.resource, "virDomainMigratePerform3")?;
        options.destination_xml = args.xmlin;
        let destination = destination(args.dconnuri, args.uri);
        let cookie_out =
            domain(&request, args.dom)?.migrate_perform(&args.cookie_in, destination, options).await?;
        request.reply::<remote::DomainMigratePerform3>(&remote::DomainMigratePerform3Ret { cookie_out })
    })
}

pub(crate) fn domain_migrate_perform3_params(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigratePerform3Params>()?;
        let options = new_options(args.flags, &args.params, "virDomainMigratePerform3Params")?;
        let destination = destination(args.dconnuri, options.hypervisor_uri.clone());
        let cookie_out =
            domain(&request, args.dom)?.migrate_perform(&args.cookie_in, destination, options).await?;
        let ret = remote::DomainMigratePerform3ParamsRet { cookie_out };
        request.reply::<remote::DomainMigratePerform3Params>(&ret)
    })
}

/// The reply must have a domain: where there is none, the migration has failed.
fn arrived(found: Option<DomainRef>) -> Result<structs::Domain, Failure> {
    let none =
        || Error::new(ErrorKind::HypervisorError, "the migration was cancelled: no domain has arrived");
    Ok(found.ok_or_else(none)?.into_wire()?)
}

pub(crate) fn domain_migrate_finish3(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigrateFinish3>()?;
        let options = old_options(args.flags, Some(args.dname.clone()), 0, "virDomainMigrateFinish3")?;
        let outcome = FromWire::from_wire(args.cancelled)?;
        let connection = request.connection()?;
        let finished = connection.migrate_finish(&args.dname, &args.cookie_in, outcome, options).await?;
        let ret =
            remote::DomainMigrateFinish3Ret { dom: arrived(finished.domain)?, cookie_out: finished.cookie };
        request.reply::<remote::DomainMigrateFinish3>(&ret)
    })
}

pub(crate) fn domain_migrate_finish3_params(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigrateFinish3Params>()?;
        let options = new_options(args.flags, &args.params, "virDomainMigrateFinish3Params")?;
        let outcome = FromWire::from_wire(args.cancelled)?;
        let connection = request.connection()?;
        let finished = connection.migrate_finish(&name(&options), &args.cookie_in, outcome, options).await?;
        let ret = remote::DomainMigrateFinish3ParamsRet {
            dom: arrived(finished.domain)?,
            cookie_out: finished.cookie,
        };
        request.reply::<remote::DomainMigrateFinish3Params>(&ret)
    })
}

pub(crate) fn domain_migrate_confirm3(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigrateConfirm3>()?;
        let options = old_options(args.flags, None, 0, "virDomainMigrateConfirm3")?;
        let outcome = FromWire::from_wire(args.cancelled)?;
        domain(&request, args.dom)?.migrate_confirm(&args.cookie_in, outcome, options).await?;
        request.reply::<remote::DomainMigrateConfirm3>(&())
    })
}

pub(crate) fn domain_migrate_confirm3_params(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMigrateConfirm3Params>()?;
        let options = new_options(args.flags, &args.params, "virDomainMigrateConfirm3Params")?;
        let outcome = FromWire::from_wire(args.cancelled)?;
        domain(&request, args.dom)?.migrate_confirm(&args.cookie_in, outcome, options).await?;
        request.reply::<remote::DomainMigrateConfirm3Params>(&())
    })
}
