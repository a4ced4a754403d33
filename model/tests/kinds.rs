//! What holds for every kind of document, whatever its types have in them.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

use omnivirt_model::kinds::DocumentKind;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each value comes back from XML and from JSON; each document can be changed into each other; what is written is laid out
    /// well and knows all of itself.
    #[test]
    fn what_is_made_up_comes_back(bytes in vec(any::<u8>(), 0..4096)) {
        for kind in DocumentKind::ALL {
            if let Err(problem) = kind.round_trip(&bytes) {
                return Err(TestCaseError::fail(format!("{}: {problem}", kind.name)));
            }
        }
    }
}
