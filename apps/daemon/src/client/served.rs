//! The procedures that the daemon serves itself: who the client is, what it opens, what it wants to be told.

use super::Client;
use super::registering::{Wanted, Watching};
use crate::failure::{Failure, code, domain};
use crate::hosts::Opened;
use crate::request::Answer;
use crate::session::Session;
use omnivirt::{Connection, ErrorKind};
use omnivirt_wire::packet::{Header, Packet, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::xdr::Xdr;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Asks for a connection that changes nothing.
const OPEN_READ_ONLY: u32 = 1;
/// Asks for a stream with holes.
const SPARSE: u32 = 1;

/// How long a client that closes waits at most for the end of the domains that were to live no longer than it is here.
const ENDS_PATIENCE: Duration = Duration::from_secs(3);

/// Features that every driver has through the daemon: file descriptors, strings among typed parameters, keepalive, both sorts
/// of callbacks, and the right order of two arguments.
const FEATURES: [i32; 6] = [8, 9, 10, 14, 15, 16];
const KEEPALIVE: i32 = 10;
/// Omnivirt's own question, "omni": how many calls may be unanswered. libvirt says 0 to it.
const CALLS_AT_ONCE: i32 = 0x6f6d_6e69;
/// Features of migration, for drivers that migrate.
const MIGRATION_FEATURES: [i32; 7] = [3, 4, 6, 7, 11, 12, 13];

/// Something that everything after it has to wait for.
pub(super) struct Stepping {
    header: Header,
    future: Pin<Box<dyn Future<Output = Step> + Send>>,
}

/// What it brought.
pub(super) enum Step {
    Opened(Result<(Arc<Opened>, Connection, bool), Failure>),
    Watching(Result<Watching, Failure>),
    Closed,
}

/// Whether the call of a stream that can have holes asks for them: its flags are its last argument.
pub(super) fn asks_for_holes(payload: &[u8]) -> bool {
    payload.last_chunk().is_some_and(|flags| u32::from_be_bytes(*flags) & SPARSE != 0)
}

impl Client {
    /// Serves a call if it is one of the daemon's own.
    pub(super) fn serve_itself(&mut self, packet: &Packet<OwnedFd>, task: &mut Context<'_>) -> bool {
        let header = packet.header;
        let wanted = match Wanted::of(&header, &packet.payload) {
            Some(Ok(wanted)) => Some(wanted),
            Some(Err(failure)) => {
                self.fail(&header, failure);
                return true;
            }
            None => None,
        };
        if let Some(wanted) = wanted {
            self.change_registrations(header, wanted, task);
            return true;
        }
        if header.program != AuthList::PROGRAM.number {
            return false;
        }
        let result = match header.procedure {
            number if number == AuthList::PROCEDURE.number => self.auth_list(&header),
            number if (67..=70).contains(&number) => Err(Failure::new(
                code::AUTH_FAILED,
                domain::RPC,
                "authentication failed: authentication failed",
            )),
            number if number == ConnectOpen::PROCEDURE.number => {
                match self.open(&packet.payload) {
                    Ok(future) => self.begin_step(Stepping { header, future }, task),
                    Err(failure) => self.fail(&header, failure),
                }
                return true;
            }
            number if number == ConnectClose::PROCEDURE.number => {
                let ends = self.session.close();
                let step = Stepping::new(header, async move {
                    if let Some(ends) = ends {
                        // One that takes longer is ended all the same, and says itself if that fails.
                        let _ = tokio::time::timeout(ENDS_PATIENCE, ends).await;
                    }
                    Step::Closed
                });
                self.begin_step(step, task);
                return true;
            }
            number if number == ConnectGetUri::PROCEDURE.number => self.uri(&header),
            number if number == ConnectSupportsFeature::PROCEDURE.number => {
                self.feature(&header, &packet.payload)
            }
            number if number == ConnectSetIdentity::PROCEDURE.number => {
                Err(Failure::new(88, domain::RPC, "access denied: a client is who the system says it is"))
            }
            _ => return false,
        };
        match result {
            Ok(answer) => self.out.push(answer.packet, answer.files),
            Err(failure) => self.fail(&header, failure),
        }
        true
    }

    /// Which way a client has to show who it is: none, for the system has said so already.
    fn auth_list(&mut self, header: &Header) -> Result<Answer, Failure> {
        if !self.is_let_in {
            tracing::warn!(
                client = self.session.number,
                user = self.peer.user_id,
                process = self.peer.process_id,
                "a user who is on no list was not let in"
            );
            let message = format!("authentication failed: user {} is not let in", self.peer.user_id);
            self.is_closing = true;
            return Err(Failure::new(code::AUTH_FAILED, domain::RPC, message));
        }
        reply::<AuthList>(header, &AuthListRet { types: vec![0] })
    }

    fn open(&self, payload: &[u8]) -> Result<Pin<Box<dyn Future<Output = Step> + Send>>, Failure> {
        let args = ConnectOpenArgs::from_bytes(payload)?;
        if self.session.connection().is_some() {
            return Err(Failure::internal("connection already open"));
        }
        let server = self.server.clone();
        let read_only = self.read_only_socket || args.flags & OPEN_READ_ONLY != 0;
        Ok(Box::pin(async move {
            let uri = match args.name.as_deref() {
                None | Some("") => match &server.config.default_uri {
                    Some(uri) => uri.as_str(),
                    None => server.hosts.qemu().own(),
                },
                Some(uri) => uri,
            };
            let opened = server.hosts.open(uri).await;
            Step::Opened(match opened {
                Ok((opened, connection)) => Ok((opened, connection, read_only)),
                Err(error) if error.kind() == ErrorKind::NoDriver => {
                    let message = format!("no connection driver available for {uri}");
                    Err(Failure::new(code::NO_CONNECT, domain::NONE, message))
                }
                // libvirt's error of what is not supported has no place for what that is.
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    let message = format!("no connection driver available for {uri}: {}", error.message());
                    Err(Failure::new(code::NO_CONNECT, domain::NONE, message))
                }
                Err(error) => Err(Failure::with_hint(error)),
            })
        }))
    }

    fn uri(&self, header: &Header) -> Result<Answer, Failure> {
        let uri = self.session.uri().ok_or_else(Failure::not_open)?;
        reply::<ConnectGetUri>(header, &ConnectGetUriRet { uri })
    }

    fn feature(&mut self, header: &Header, payload: &[u8]) -> Result<Answer, Failure> {
        let feature = ConnectSupportsFeatureArgs::from_bytes(payload)?.feature;
        if feature == KEEPALIVE {
            // Asking is saying that one can be asked.
            self.keepalive.begin();
            return reply::<ConnectSupportsFeature>(header, &ConnectSupportsFeatureRet { supported: 1 });
        }
        if feature == CALLS_AT_ONCE {
            let most = self.server.config.limits.max_client_requests.count();
            let supported = i32::try_from(most).unwrap_or(i32::MAX);
            return reply::<ConnectSupportsFeature>(header, &ConnectSupportsFeatureRet { supported });
        }
        let connection = self.session.connection().ok_or_else(Failure::not_open)?;
        let migrates = connection.driver_name() == "qemu" && MIGRATION_FEATURES.contains(&feature);
        let supported = i32::from(migrates || FEATURES.contains(&feature));
        reply::<ConnectSupportsFeature>(header, &ConnectSupportsFeatureRet { supported })
    }

    /// Begins what everything after has to wait for; mostly it ends at once.
    pub(super) fn begin_step(&mut self, step: Stepping, task: &mut Context<'_>) {
        self.step = Some(step);
        self.finish_step(task);
    }

    pub(super) fn finish_step(&mut self, task: &mut Context<'_>) -> bool {
        let Some(step) = &mut self.step else { return false };
        let Poll::Ready(brought) = step.future.as_mut().poll(task) else { return false };
        let header = step.header;
        self.step = None;
        match brought {
            Step::Opened(Ok((opened, connection, read_only))) => {
                tracing::debug!(
                    client = self.session.number,
                    user = self.peer.user_id,
                    process = self.peer.process_id,
                    uri = opened.uri(&connection),
                    read_only,
                    "opened"
                );
                self.session.open(opened, &connection, read_only);
                self.send_reply::<ConnectOpen>(&header, &());
            }
            Step::Watching(Ok(watching)) => self.watch(&header, watching),
            Step::Closed => {
                self.is_closing = true;
                self.send_reply::<ConnectClose>(&header, &());
            }
            Step::Opened(Err(failure)) | Step::Watching(Err(failure)) => self.fail(&header, failure),
        }
        true
    }

    pub(super) fn send_reply<C: Call>(&mut self, header: &Header, ret: &C::Ret) {
        match reply::<C>(header, ret) {
            Ok(answer) => self.out.push(answer.packet, Vec::new()),
            Err(failure) => self.fail(header, failure),
        }
    }

    /// Whose client it is, for a step.
    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }
}

impl Stepping {
    pub(super) fn new(header: Header, future: impl Future<Output = Step> + Send + 'static) -> Self {
        Self { header, future: Box::pin(future) }
    }
}

fn reply<C: Call>(header: &Header, ret: &C::Ret) -> Result<Answer, Failure> {
    let mut packet = Vec::with_capacity(64);
    let header = header.answer(PacketType::Reply, Status::Ok);
    header.write(None, ret, &mut packet).map_err(Failure::unsendable)?;
    Ok(Answer { packet, files: Vec::new(), stream: None })
}
