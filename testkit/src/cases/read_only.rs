//! Read-only connections: what changes something or shows secrets is refused, the rest answers.

use super::rules;
use crate::case::{Case, Need};
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::probe::{PROBES, Probe, Subjects};
use crate::rig::Rig;
use omnivirt_core::call::Access;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    let probes = PROBES.iter().map(|probe| {
        let rule = match probe.call.access {
            Access::Read => format!("{} answers on a read-only connection as on any other", probe.call.title),
            Access::Write => {
                format!("{} changes something, and is refused on a read-only connection", probe.call.title)
            }
            Access::Secret => {
                format!("{} shows secrets, and is refused on a read-only connection", probe.call.title)
            }
        };
        Case::new("read_only", probe.call.title, rule, [probe.call], move |rig| check(rig, probe))
    });
    let secrets = rules!["read_only":
        secrets_in_xml_are_refused [CONNECTION_DEFINE, DOMAIN_DUMPXML]
            "an option that shows secrets makes a reading call refused",
    ];
    let shared = rules!["read_only":
        nothing_is_changed [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_UNDEFINE]
            "a call that was refused has changed nothing",
    ];
    probes.chain(secrets).chain(shared.into_iter().map(|case| case.and(Need::SharedHost))).collect()
}

async fn read_only(rig: &Rig) -> Result<Connection> {
    rig.open_another(ConnectOptions::default().read_only(true)).await
}

async fn check(rig: Arc<Rig>, probe: &'static Probe) -> Outcome {
    let connection = read_only(&rig).await?;
    let cx = CallCx::new(probe.call, connection.driver_name(), CallSettings::default().into());
    let subjects = Subjects { domain: rig.fresh(), ..Subjects::default() };
    let answer = rig.drive((probe.run)(connection.driver(), &cx, &subjects)).await;
    if probe.call.access != Access::Read {
        return refused(answer, ErrorKind::ReadOnly, "the call");
    }
    let kind = answer.err().map(|error| error.kind());
    ensure!(kind != Some(ErrorKind::ReadOnly), "a call that only reads is refused");
    Ok(())
}

async fn secrets_in_xml_are_refused(rig: Arc<Rig>) -> Outcome {
    let connection = read_only(&rig).await?;
    let domain = Domain::new(connection, rig.fresh());
    refused(
        domain.dumpxml(DumpxmlOptions::default().secure(true)).await,
        ErrorKind::ReadOnly,
        "XML with secrets",
    )
}

async fn nothing_is_changed(rig: Arc<Rig>) -> Outcome {
    let (writer, reader) = rig.open_pair(ConnectOptions::default().read_only(true)).await?;
    let domain = writer.define(&rig.xml(&rig.fresh()), DefineOptions::default()).await?;
    let seen = Domain::new(reader, domain.reference().clone());
    refused(seen.start(StartOptions::default()).await, ErrorKind::ReadOnly, "starting a domain")?;
    refused(seen.undefine(UndefineOptions::default()).await, ErrorKind::ReadOnly, "undefining a domain")?;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state of the domain");
    Ok(())
}
