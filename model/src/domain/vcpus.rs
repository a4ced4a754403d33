//! Virtual CPUs and threads for input and output.

use crate::CpuMap;
use crate::document::text::words;
use crate::document::{YesNo, mapped};

/// Virtual CPUs.
#[mapped]
pub struct Vcpu {
    /// Where they run.
    #[attribute("placement")]
    pub placement: Option<VcpuPlacement>,
    /// The host's CPUs on which they run; absent for all.
    #[attribute("cpuset")]
    pub cpuset: Option<CpuMap>,
    /// How many are there at boot; absent for all.
    #[attribute("current")]
    pub current: Option<u32>,
    /// The most that there can be.
    #[text]
    pub max: u32,
}

words! {
    /// How virtual CPUs are placed on the host.
    pub enum VcpuPlacement("placement of virtual CPUs", Invalid) {
        /// As the document says.
        Static = "static",
        /// As a daemon of the host advises.
        Auto = "auto",
    }
}

/// One virtual CPU.
#[mapped]
pub struct VcpuState {
    /// Its number.
    #[attribute("id")]
    pub id: u32,
    /// Whether it is there at boot.
    #[attribute("enabled")]
    pub enabled: YesNo,
    /// Whether it can be plugged in and out.
    #[attribute("hotpluggable")]
    pub hotpluggable: Option<YesNo>,
    /// Its place in the order in which they are added.
    #[attribute("order")]
    pub order: Option<u32>,
}

/// A thread for input and output.
#[mapped]
pub struct IoThread {
    /// Its number, from 1 on.
    #[attribute("id")]
    pub id: u32,
    /// The least helpers that it keeps.
    #[attribute("thread_pool_min")]
    pub thread_pool_minimum: Option<u32>,
    /// The most helpers that it starts.
    #[attribute("thread_pool_max")]
    pub thread_pool_maximum: Option<u32>,
}

/// The thread for input and output of devices that have none of their own.
#[mapped(omit_empty)]
pub struct DefaultIoThread {
    /// The least helpers that it keeps.
    #[attribute("thread_pool_min")]
    pub thread_pool_minimum: Option<u32>,
    /// The most helpers that it starts.
    #[attribute("thread_pool_max")]
    pub thread_pool_maximum: Option<u32>,
}
