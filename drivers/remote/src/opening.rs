//! From a URI to an open link: what is said before the first call, in the order in which libvirt's own client says it.

use crate::client::{Feature, ask_feature, has_feature, request};
use crate::error::{Layer, PROTOCOL_DOMAINS};
use crate::link::{Ended, Link, Listener};
use crate::transport;
use crate::uri::{Auth, Target};
use omnivirt_core::event::CloseReason;
use omnivirt_core::{Error, ErrorKind, Result};
use omnivirt_wire::remote;
use std::collections::HashMap;
use std::sync::Arc;

/// The number of the question that only an omnivirtd answers: how many unanswered calls it takes from a client. It spells
/// "omni".
const UNANSWERED_CALLS_QUESTION: i32 = 0x6f6d_6e69;

/// More than this is not needed to keep a daemon busy.
const MOST_UNANSWERED: usize = 256;

/// Refuses every call that changes something.
const READ_ONLY: u32 = 1;

/// Nobody is asked who they are.
const AUTH_NONE: i32 = 0;
const AUTH_SASL: i32 = 1;
const AUTH_POLKIT: i32 = 2;

/// Is told what is tried from now on.
pub(crate) type Trying<'a> = &'a (dyn Fn(Layer) + Sync);

/// A link on which calls can be made.
pub(crate) struct Opened {
    pub(crate) link: Arc<Link>,
    /// What is known of the daemon already.
    pub(crate) features: HashMap<Feature, bool>,
}

/// Reaches the daemon and has it open the hypervisor.
///
/// # Errors
///
/// They have the context `layer`, which says how far it came, and a hint where there is something to do. Whoever stops waiting
/// knows it from `trying`.
pub(crate) async fn open(
    target: &Target,
    read_only: bool,
    listener: Arc<dyn Listener>,
    trying: Trying<'_>,
) -> Result<Opened> {
    trying(Layer::Transport);
    let carrier = transport::connect(&target.route).await?;
    let link = Link::start(carrier, listener);
    // Given up half-way, it must not be left behind.
    let mut guard = EndOnDrop(Some(link));
    let Some(link) = &guard.0 else { unreachable!("it was put there just now") };
    let features = greet(link, target, read_only, trying).await?;
    Ok(Opened { link: guard.0.take().expect("nobody else takes it"), features })
}

struct EndOnDrop(Option<Arc<Link>>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            link.end(Ended::new(CloseReason::Client, "the connection was not opened"));
        }
    }
}

async fn greet(
    link: &Arc<Link>,
    target: &Target,
    read_only: bool,
    trying: Trying<'_>,
) -> Result<HashMap<Feature, bool>> {
    trying(Layer::Greeting);
    authenticate(link, target.auth, trying).await?;
    trying(Layer::Open);
    let flags = if read_only { READ_ONLY } else { 0 };
    let open = remote::ConnectOpenArgs { name: Some(target.name.clone()), flags };
    // The two do not depend on each other, so they go together.
    let (keepalive, opened) = tokio::join!(
        has_feature(link, Feature::Keepalive),
        request::<remote::ConnectOpen>(link, &open, None)
    );
    let keepalive = keepalive.map_err(|error| Layer::Greeting.place(error))?;
    if let (true, Some(times)) = (keepalive, target.keepalive) {
        link.keep_alive(times);
    }
    opened.map_err(|error| not_opened(error, target))?;
    let lost = |error| Layer::Open.place(error);
    let (callbacks, close_callback, unanswered) = tokio::join!(
        has_feature(link, Feature::EventCallbacks),
        has_feature(link, Feature::CloseCallback),
        ask_feature(link, UNANSWERED_CALLS_QUESTION),
    );
    let close_callback = close_callback.map_err(lost)?;
    // Answers other than a number of calls come from daemons that do not know the question.
    if let Some(most) = usize::try_from(unanswered.map_err(lost)?).ok().filter(|most| *most > 1) {
        link.allow_unanswered(most.min(MOST_UNANSWERED));
    }
    if close_callback {
        // Nothing depends on the answer.
        let link = link.clone();
        tokio::spawn(async move {
            let asked = request::<remote::ConnectRegisterCloseCallback>(&link, &(), None).await;
            if let Err(error) = asked {
                tracing::debug!(%error, "the daemon will not tell when it loses the hypervisor");
            }
        });
    }
    Ok(HashMap::from([
        (Feature::Keepalive, keepalive),
        (Feature::EventCallbacks, callbacks.map_err(lost)?),
        (Feature::CloseCallback, close_callback),
    ]))
}

async fn authenticate(link: &Arc<Link>, wanted: Option<Auth>, trying: Trying<'_>) -> Result<()> {
    let offered = match request::<remote::AuthList>(link, &(), None).await {
        Ok(list) => list.types,
        // Daemons from before there was a choice.
        Err(error) if error.kind() == ErrorKind::Unsupported => Vec::new(),
        Err(error) => return Err(no_greeting(error)),
    };
    trying(Layer::Auth);
    let method = match wanted {
        None => offered.first().copied().unwrap_or(AUTH_NONE),
        Some(wanted) => {
            let number = if wanted == Auth::Polkit { AUTH_POLKIT } else { AUTH_SASL };
            if !offered.contains(&number) {
                return Err(Layer::Auth.place(
                    Error::new(
                        ErrorKind::AuthFailed,
                        "the daemon does not offer the authentication that the URI asks for",
                    )
                    .with_hint("leave the parameter 'auth' out of the URI"),
                ));
            }
            number
        }
    };
    match method {
        AUTH_NONE => Ok(()),
        AUTH_POLKIT => match request::<remote::AuthPolkit>(link, &(), None).await {
            Ok(answer) if answer.complete != 0 => Ok(()),
            Ok(_) => Err(refused(Error::new(ErrorKind::AuthFailed, "polkit did not let this user in"))),
            Err(error) => Err(refused(error)),
        },
        AUTH_SASL => Err(Layer::Auth.place(
            Error::new(ErrorKind::Unsupported, "the daemon asks for SASL, which is not there yet")
                .with_hint("use a socket without it: set auth_unix_rw to \"none\" or \"polkit\" in the daemon's configuration"),
        )),
        other => Err(Layer::Auth.place(Error::new(
            ErrorKind::Unsupported,
            format!("the daemon asks for the authentication {other}, which is not known here"),
        ))),
    }
}

fn refused(error: Error) -> Error {
    let error = if error.hint().is_none() {
        error.with_hint("let the user in by a polkit rule for org.libvirt.unix.manage, start a polkit agent, or join the group of the socket")
    } else {
        error
    };
    Layer::Auth.place(error)
}

fn no_greeting(error: Error) -> Error {
    let hint = match error.kind() {
        ErrorKind::ConnectionClosed => {
            "something is there but does not speak: the daemon may have all the clients that it takes (max_clients), or is stopping"
        }
        ErrorKind::ProtocolError => {
            "what answers does not speak libvirt's protocol: check the socket or the command"
        }
        ErrorKind::AuthFailed => {
            return Layer::Auth.place(error.with_hint(
                "the daemon does not let this user in: see auth.allow_users and auth.allow_groups in its configuration",
            ));
        }
        _ => return Layer::Greeting.place(error),
    };
    Layer::Greeting.place(error.with_hint(hint))
}

fn not_opened(error: Error, target: &Target) -> Error {
    let Some(domain) = error.libvirt().map(|libvirt| libvirt.domain) else {
        return Layer::Open.place(error);
    };
    let layer =
        if PROTOCOL_DOMAINS.contains(&domain) || domain == 0 { Layer::Open } else { Layer::Hypervisor };
    let error = layer.place(error).with_context("name", &target.name);
    match (layer, error.hint()) {
        (Layer::Open, None) => error.with_hint(
            "the daemon is there but has no driver for this name: check the URI's scheme and path",
        ),
        (Layer::Hypervisor, None) => error
            .with_hint("the daemon is there but its driver cannot open the hypervisor: see the daemon's log"),
        _ => error,
    }
}
