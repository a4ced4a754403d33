//! A domain's document that is taken can be read by type, changed and written back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omnivirt_model::domain::DomainConfig;

fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = DomainConfig::parse_bytes(bytes) else { return };
    let _ = (config.devices().count(), config.name().len(), config.uuid());
    let same = config.with(|_| ()).expect("nothing was changed");
    assert_eq!(same, config);
    let renamed = config.with(|domain| domain.id = Some(7)).expect("a number is taken");
    assert_eq!(renamed.domain().id, Some(7));
    let back = renamed.with(|domain| domain.id = config.domain().id).expect("what was taken is taken");
    assert_eq!(back.domain(), config.domain());
    if let Ok(attached) = config.attach("<rng><alias name='fuzz'/></rng>") {
        let detached = attached.detach("<rng><alias name='fuzz'/></rng>").expect("it was attached");
        assert_eq!(detached.domain(), config.domain());
    }
    if let Ok(kept) = config.with_metadata("urn:fuzz", "fuzz", "<a b='c'/>") {
        assert_eq!(kept.metadata("urn:fuzz").as_deref(), Some("<a b='c'/>"));
    }
});
