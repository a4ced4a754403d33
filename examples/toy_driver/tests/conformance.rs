//! The toy driver through the conformance suite.

use omnivirt_driver_toy::ENTRY;
use omnivirt_testkit::UriFixture;

omnivirt_testkit::main!(UriFixture::new(ENTRY, "toy:///"), include_str!("../conformance.toml"));
