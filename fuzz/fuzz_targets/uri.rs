//! A URI that is taken is read back from its text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omnivirt_model::ConnectUri;

fuzz_target!(|text: &str| {
    if let Ok(uri) = text.parse::<ConnectUri>() {
        assert_eq!(uri.to_string().parse(), Ok(uri));
    }
});
