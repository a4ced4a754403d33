//! The test driver through the conformance suite.

use omnivirt_driver_test::ENTRY;
use omnivirt_testkit::UriFixture;

omnivirt_testkit::main!(
    UriFixture::new(ENTRY, "test:///default?time=virtual")
        .shared_by("test:///default?time=virtual&host=")
        .slow("test:///default?time=virtual&latency_ms=100"),
    include_str!("../conformance.toml")
);
