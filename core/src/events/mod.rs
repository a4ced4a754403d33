//! Events: one bus, several ways of delivery, nothing lost in silence.
//!
//! A driver owns an [`EventBus`] and emits into it. A program registers with an [`EventFilter`] and a [`Policy`], and
//! chooses how it is told:
//!
//! | how | with |
//! |---|---|
//! | an async stream, on any executor | [`EventBus::subscribe`] |
//! | a callback on a thread of the bus | [`EventBus::register`] |
//! | a callback when the program calls for it, and never else | [`EventBus::inbox`], [`Inbox::deliver_pending`] |
//! | the same, told by a file descriptor when to call | [`Inbox::descriptor`] |
//!
//! What every registration can rely on, whatever delivers:
//!
//! * The numbers of what it receives rise. Nothing is received twice.
//! * What it cannot be told because it reads too slowly, it is told of: the next delivery is a [`Gap`].
//! * No two calls of its callback run at the same time; after [`EventBus::deregister`] none runs or will start.
//! * A callback that panics is reported and deregistered; all others go on.
//! * Waiting events take bounded memory, unless [`Policy::unbounded`] was asked for by name.
//! * When the connection closes it receives what waits, then `ConnectionClosed`, then nothing.

mod barrier;
mod bus;
mod delivery;
mod descriptor;
mod dispatcher;
mod expression;
mod filter;
mod inbox;
mod lane;
mod policy;
mod queue;
mod registration;
mod snapshot;
mod stream;
mod sync;
mod table;

pub use bus::{BusStats, EventBus};
pub use delivery::{Delivery, Gap, RegistrationId, RegistrationStats};
pub use descriptor::Descriptor;
pub use filter::EventFilter;
pub use inbox::Inbox;
pub use policy::Policy;
pub use registration::Callback;
pub use snapshot::{Contained, SnapshotThenStream};
pub use stream::EventStream;
