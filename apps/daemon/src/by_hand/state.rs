//! What domains are doing, and what is done to them.

use super::prelude::*;
use omnivirt_wire::convert::{moment, seconds_and_nanoseconds};

/// The reply has the domain as it is now: with its new id.
pub(crate) fn domain_create_with_flags(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainCreateWithFlags>()?;
        let options: StartOptions = flags(args.flags, "virDomainCreateWithFlags")?;
        let connection = to_start_with(&request, options.auto_destroy).await?;
        let domain = Domain::new(connection, FromWire::from_wire(args.dom)?);
        domain.start(options).await?;
        let dom = as_it_is_now(&domain).await?;
        request.reply::<remote::DomainCreateWithFlags>(&remote::DomainCreateWithFlagsRet { dom })
    })
}

pub(crate) fn domain_create_with_files(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainCreateWithFiles>()?;
        let options: StartOptions = flags(args.flags, "virDomainCreateWithFiles")?;
        let connection = to_start_with(&request, options.auto_destroy).await?;
        let domain = Domain::new(connection, FromWire::from_wire(args.dom)?);
        domain.start_with_files(std::mem::take(&mut request.files), options).await?;
        let dom = as_it_is_now(&domain).await?;
        request.reply::<remote::DomainCreateWithFiles>(&remote::DomainCreateWithFilesRet { dom })
    })
}

pub(crate) fn domain_create_xml(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainCreateXml>()?;
        let options: CreateOptions = flags(args.flags, "virDomainCreateXML")?;
        let connection = to_start_with(&request, options.auto_destroy).await?;
        let domain = connection.create(&args.xml_desc, options).await?;
        let dom = as_it_is_now(&domain).await?;
        request.reply::<remote::DomainCreateXml>(&remote::DomainCreateXmlRet { dom })
    })
}

pub(crate) fn domain_create_xml_with_files(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainCreateXmlWithFiles>()?;
        let options: CreateOptions = flags(args.flags, "virDomainCreateXMLWithFiles")?;
        let connection = to_start_with(&request, options.auto_destroy).await?;
        let files = std::mem::take(&mut request.files);
        let domain = connection.create_with_files(&args.xml_desc, files, options).await?;
        let dom = as_it_is_now(&domain).await?;
        request.reply::<remote::DomainCreateXmlWithFiles>(&remote::DomainCreateXmlWithFilesRet { dom })
    })
}

/// The connection to start a domain with. One that is to end with its client is bound to a connection that does, too.
async fn to_start_with(request: &Request, ends_with_client: bool) -> Result<Connection, Failure> {
    match ends_with_client {
        true => request.session.own_connection().await?.ok_or_else(Failure::not_open),
        false => request.connection(),
    }
}

/// A domain that has just been started.
async fn as_it_is_now(domain: &Domain) -> Result<structs::Domain, Failure> {
    let now = domain.connection().domain_by_uuid(domain.reference().uuid).await?;
    Ok(now.reference().into_wire()?)
}

pub(crate) fn domain_rename(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainRename>()?;
        no_flags(args.flags, "virDomainRename")?;
        let name: String = FromWire::from_wire(args.new_name)?;
        domain(&request, args.dom)?.rename(&name).await?;
        request.reply::<remote::DomainRename>(&remote::DomainRenameRet { retcode: 0 })
    })
}

/// What a reason's number means depends on the state.
pub(crate) fn domain_get_state(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetState>()?;
        no_flags(args.flags, "virDomainGetState")?;
        let found = domain(&request, args.dom)?.state().await?;
        request.reply::<remote::DomainGetState>(&found.into_wire()?)
    })
}

pub(crate) fn domain_get_time(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetTime>()?;
        no_flags(args.flags, "virDomainGetTime")?;
        let (seconds, nseconds) = seconds_and_nanoseconds(domain(&request, args.dom)?.time().await?);
        request.reply::<remote::DomainGetTime>(&remote::DomainGetTimeRet { seconds, nseconds })
    })
}

/// libvirt's flag for "as the host's clock says".
const TIME_OF_HOST: u32 = 1;

pub(crate) fn domain_set_time(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainSetTime>()?;
        no_flags(args.flags & !TIME_OF_HOST, "virDomainSetTime")?;
        let time = match args.flags & TIME_OF_HOST {
            0 => Some(moment(args.seconds, args.nseconds)?),
            _ => None,
        };
        domain(&request, args.dom)?.set_time(time).await?;
        request.reply::<remote::DomainSetTime>(&())
    })
}

pub(crate) fn domain_agent_set_response_timeout(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainAgentSetResponseTimeout>()?;
        no_flags(args.flags, "virDomainAgentSetResponseTimeout")?;
        domain(&request, args.dom)?.set_agent_timeout(agent_timeout(args.timeout)?).await?;
        let ret = remote::DomainAgentSetResponseTimeoutRet { result: 0 };
        request.reply::<remote::DomainAgentSetResponseTimeout>(&ret)
    })
}

pub(crate) fn domain_agent_command(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<omnivirt_wire::qemu::DomainAgentCommand>()?;
        no_flags(args.flags, "virDomainQemuAgentCommand")?;
        let timeout = agent_timeout(args.timeout)?;
        let result = domain(&request, args.dom)?.qemu_agent_command(&args.cmd, timeout).await?;
        request.reply::<omnivirt_wire::qemu::DomainAgentCommand>(
            &omnivirt_wire::qemu::DomainAgentCommandRet { result },
        )
    })
}

/// Seconds, or one of libvirt's numbers for how to wait.
fn agent_timeout(number: i32) -> Result<AgentTimeout, Failure> {
    let timeout = AgentTimeout::default();
    Ok(match u32::try_from(number) {
        Ok(seconds) if seconds > 0 => timeout.seconds(seconds),
        _ => timeout.wait(FromWire::from_wire(number)?),
    })
}

pub(crate) fn domain_has_current_snapshot(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainHasCurrentSnapshot>()?;
        no_flags(args.flags, "virDomainHasCurrentSnapshot")?;
        let found = domain(&request, args.dom)?.current_snapshot().await?;
        let ret = remote::DomainHasCurrentSnapshotRet { result: found.is_some().into() };
        request.reply::<remote::DomainHasCurrentSnapshot>(&ret)
    })
}

/// The label of a domain's only process, or of its first.
pub(crate) fn domain_get_security_label(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetSecurityLabel>()?;
        let labels = domain(&request, args.dom)?.security_labels().await?;
        let label = labels.into_iter().next().unwrap_or_default();
        let ret = remote::DomainGetSecurityLabelRet {
            label: label.label.into_wire()?,
            enforcing: label.enforcing.into(),
        };
        request.reply::<remote::DomainGetSecurityLabel>(&ret)
    })
}

pub(crate) fn domain_get_block_job_info(mut request: Request) -> Answering {
    Box::pin(async move {
        /// libvirt's flag for a bandwidth in bytes; else it is in MiB, per second.
        const BANDWIDTH_IN_BYTES: u32 = 1;
        let args = request.args::<remote::DomainGetBlockJobInfo>()?;
        no_flags(args.flags & !BANDWIDTH_IN_BYTES, "virDomainGetBlockJobInfo")?;
        let found = domain(&request, args.dom)?.block_job_info(&args.path).await?;
        let ret = match found {
            None => remote::DomainGetBlockJobInfoRet::default(),
            Some(job) => remote::DomainGetBlockJobInfoRet {
                found: 1,
                r#type: job.kind.number(),
                bandwidth: match args.flags & BANDWIDTH_IN_BYTES {
                    0 => job.bandwidth_bytes_per_s >> 20,
                    _ => job.bandwidth_bytes_per_s,
                },
                cur: job.current,
                end: job.end,
            },
        };
        request.reply::<remote::DomainGetBlockJobInfo>(&ret)
    })
}
