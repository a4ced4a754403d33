//! Handlers of procedures whose shape differs too much from their call's for the generator: `api/procedures.toml` lists them.

mod block;
mod cpus;
mod host;
mod lists;
mod migration;
mod state;
mod statistics;

pub(crate) use block::*;
pub(crate) use cpus::*;
pub(crate) use host::*;
pub(crate) use lists::*;
pub(crate) use migration::*;
pub(crate) use state::*;
pub(crate) use statistics::*;

/// What the handlers are made of.
mod prelude {
    pub(super) use crate::failure::Failure;
    pub(super) use crate::request::{Answering, Request};
    pub(super) use omnivirt::*;
    pub(super) use omnivirt_wire::convert::{Flags, FromWire, IntoWire, Parameters};
    pub(super) use omnivirt_wire::remote;
    pub(super) use omnivirt_wire::structs;

    /// The domain that a call is about.
    pub(super) fn domain(request: &Request, domain: structs::Domain) -> Result<Domain, Failure> {
        Ok(Domain::new(request.connection()?, FromWire::from_wire(domain)?))
    }

    /// Bits of options that must have no others beside them.
    pub(super) fn flags<F: Flags>(bits: u32, function: &'static str) -> Result<F, Failure> {
        let mut options = F::default();
        let mut flags = omnivirt_wire::convert::FlagBits::new(bits);
        flags.take(&mut options);
        flags.finish(function)?;
        Ok(options)
    }

    /// There are no flags.
    pub(super) fn no_flags(bits: u32, function: &'static str) -> Result<(), Failure> {
        Ok(omnivirt_wire::convert::FlagBits::new(bits).finish(function)?)
    }
}
