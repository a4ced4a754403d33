//! Nothing can be opened so far: that is said clearly. The conformance suite takes this file's place.

#[test]
fn opening_says_what_is_not_there_yet() {
    omnivirt_testkit::refuses_to_open(omnivirt_driver_lxc::ENTRY).unwrap();
}
