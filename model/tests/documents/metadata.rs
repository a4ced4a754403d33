//! What other programs keep in a domain's document.

use omnivirt_model::domain::DomainConfig;

fn config() -> DomainConfig {
    DomainConfig::parse("<domain type='test'>\n  <name>x</name>\n  <memory>1</memory>\n  <os><type>hvm</type></os>\n</domain>").unwrap()
}

#[test]
fn what_is_kept_comes_back_as_it_was_given() {
    let given =
        "<app level='1'>\n  <deep a='b'>text &amp; more</deep>\n  <other:thing xmlns:other='o'/>\n</app>";
    let kept = config().with_metadata("http://example.org/app", "app1", given).unwrap();
    let namespaced = "<app1:app level='1' xmlns:app1='http://example.org/app'>";
    assert!(
        kept.as_str().contains(&format!("</name>\n  <metadata>\n    {namespaced}\n      <app1:deep a='b'>")),
        "{kept}"
    );
    let shown = kept.metadata("http://example.org/app").unwrap();
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&shown), squeezed(given));
    assert_eq!(kept.metadata("http://example.org/other"), None);
}

#[test]
fn each_namespace_has_one_element() {
    let one = config().with_metadata("urn:a", "a", "<x/>").unwrap();
    let two = one.with_metadata("urn:b", "b", "<y/>").unwrap();
    let changed = two.with_metadata("urn:a", "z", "<w>1</w>").unwrap();
    let metadata = "<metadata>\n    <z:w xmlns:z='urn:a'>1</z:w>\n    <b:y xmlns:b='urn:b'/>\n  </metadata>";
    assert!(changed.as_str().contains(metadata), "{changed}");
    assert_eq!(
        (changed.metadata("urn:a").as_deref(), changed.metadata("urn:b").as_deref()),
        (Some("<w>1</w>"), Some("<y/>"))
    );
    let without = changed.without_metadata("urn:a").unwrap().unwrap();
    assert!(without.as_str().contains("<metadata>\n    <b:y xmlns:b='urn:b'/>\n  </metadata>"), "{without}");
    assert_eq!(without.without_metadata("urn:a").unwrap(), None);
}

#[test]
fn namespaces_may_be_declared_anywhere_around() {
    let text = "<domain type='test' xmlns:q='urn:q'>\n<name>x</name><memory>1</memory><os><type>hvm</type></os>\n<metadata><q:a><q:b/></q:a><c xmlns='urn:c'><d/></c></metadata></domain>";
    let config = DomainConfig::parse(text).unwrap();
    assert_eq!(config.metadata("urn:q").as_deref(), Some("<a><b/></a>"));
    assert_eq!(config.metadata("urn:c").as_deref(), Some("<c><d/></c>"));
}

#[test]
fn what_is_no_element_or_no_prefix_is_refused() {
    for (prefix, xml) in [
        ("a", "text"),
        ("a", "<x/><y/>"),
        ("a", "<x>"),
        ("a b", "<x/>"),
        ("", "<x/>"),
        ("a:b", "<x/>"),
        ("1", "<x/>"),
    ] {
        assert!(config().with_metadata("urn:a", prefix, xml).is_err(), "{prefix} {xml}");
    }
    let quoted = config().with_metadata("urn:'\"<&", "a", "<x/>").unwrap();
    assert_eq!(quoted.metadata("urn:'\"<&").as_deref(), Some("<x/>"));
}
