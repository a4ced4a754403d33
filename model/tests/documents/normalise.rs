//! Defining and printing without a driver: what is asked for, and what is there already.

use omnivirt_model::normalise::{Request, drivers, normalise};

/// Objects of each kind that have a name and a UUID of their own, the UUID left out.
const OBJECTS: [(&str, &str, &str); 4] = [
    (
        "domain",
        "test",
        "<domain type='test'><name>a</name>UUID<memory>1</memory><os><type>hvm</type></os></domain>",
    ),
    ("network", "test", "<network><name>a</name>UUID</network>"),
    ("nwfilter", "nwfilter", "<filter name='a'>UUID</filter>"),
    ("pool", "test", "<pool type='dir'><name>a</name>UUID<target><path>/a</path></target></pool>"),
];

#[test]
fn a_driver_that_a_kind_has_no_rules_of_is_refused() {
    for kind in [
        "domain",
        "device",
        "snapshot",
        "network",
        "nwfilter",
        "pool",
        "vol",
        "secret",
        "interface",
        "nodedev",
    ] {
        let refusal = normalise(&Request::new(kind, "parsec"), b"<x/>").unwrap_err();
        assert_eq!(refusal.code, 8, "{kind}: {refusal}");
        assert!(drivers(kind).iter().all(|driver| refusal.message.contains(driver)), "{kind}: {refusal}");
    }
    assert_eq!(normalise(&Request::new("parsec", "test"), b"<x/>").unwrap_err().code, 8);
}

#[test]
fn a_name_and_a_uuid_go_together() {
    let with = |xml: &str, digit: char| {
        let uuid = String::from(digit).repeat(32);
        xml.replace("UUID", &format!("<uuid>{uuid}</uuid>"))
    };
    for (kind, driver, xml) in OBJECTS {
        let mut request = Request::new(kind, driver);
        request.preload = vec![with(xml, '1')];
        let code = |xml: &str| normalise(&request, xml.as_bytes()).map_err(|refusal| refusal.code).err();
        assert_eq!(code(&with(xml, '1')), None, "{kind}: the same again");
        assert_eq!(code(&with(xml, '2')), Some(9), "{kind}: its name");
        let renamed = xml.replace(">a<", ">b<").replace("'a'", "'b'");
        assert_eq!(code(&with(&renamed, '1')), Some(9), "{kind}: its UUID");
        assert_eq!(code(&with(&renamed, '2')), None, "{kind}: another");
    }
}
