//! One async API for every hypervisor.
//!
//! A program opens a URI, gets a [`Connection`], controls domains and receives typed events. The driver behind the
//! URI is a crate of its own; each feature of this crate (`test`, `qemu`, `lxc`, `xen`, `remote`, all on by default)
//! links one. `test` is a host in memory; `remote` manages what a libvirtd or an omnivirtd has, at URIs with a transport such
//! as `qemu+unix:///system`, in this process and without libvirt's C library, and needs a tokio runtime with time and I/O; `qemu`,
//! `lxc` and `xen` register their URIs and say what is not there yet.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> omnivirt::Result<()> {
//! let connection = omnivirt::connect("test:///default").await?;
//! let domain = connection.domain_by_name("test").await?;
//! println!("{} has {} KiB", domain.name(), domain.info().await?.memory_kib);
//! connection.close().await?;
//! # Ok(())
//! # }
//! ```

pub use omnivirt_core::*;

// A driver that is only a dependency is not linked, and registers nothing: each must be named.
#[cfg(feature = "lxc")]
extern crate omnivirt_driver_lxc as _;
#[cfg(feature = "qemu")]
extern crate omnivirt_driver_qemu as _;
#[cfg(feature = "remote")]
extern crate omnivirt_driver_remote as _;
#[cfg(feature = "test")]
extern crate omnivirt_driver_test as _;
#[cfg(feature = "xen")]
extern crate omnivirt_driver_xen as _;

/// The pages of the book and the README, so that their examples are compiled and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}
    #[doc = include_str!("../docs/src/connecting.md")]
    mod connecting {}
    #[doc = include_str!("../docs/src/documents.md")]
    mod documents {}
    #[doc = include_str!("../docs/src/errors.md")]
    mod errors {}
    #[doc = include_str!("../docs/src/events.md")]
    mod events {}
}
