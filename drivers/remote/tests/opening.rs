//! What cannot be opened is told clearly.

use omnivirt_core::{ConnectOptions, ErrorKind, Registry};

#[tokio::test]
async fn what_fails_is_told_with_its_layer_and_a_hint() {
    let registry = Registry::of([omnivirt_driver_remote::ENTRY]);
    for (uri, kind, layer) in [
        ("qemu+tls://host/system", ErrorKind::Unsupported, "transport"),
        ("qemu+unix:///system?socket=/nowhere/at-all", ErrorKind::ConnectFailed, "transport"),
        ("qemu+ext:///system?command=/nowhere/at-all", ErrorKind::ConnectFailed, "transport"),
        ("qemu+ext:///system?command=/bin/true", ErrorKind::ConnectionClosed, "greeting"),
    ] {
        let error = registry.open(uri, ConnectOptions::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.context("layer")), (kind, Some(layer)), "{uri}: {error}");
        assert!(error.hint().is_some(), "{uri}: {error}");
    }
}
