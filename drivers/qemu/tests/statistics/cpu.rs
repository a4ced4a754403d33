//! The CPU that `host-model` stands for.

use crate::guests::Guests;
use omnivirt_core::*;

/// What a document says of the CPU.
fn cpu_in(xml: &str) -> &str {
    let begin = xml.find("<cpu mode").unwrap();
    &xml[begin..xml[begin..].find("</cpu>").unwrap() + begin]
}

#[tokio::test]
async fn host_model_is_named_for_a_run_and_stays_what_it_was_when_that_is_restored() {
    let guests = Guests::new().await;
    let asked = "<cpu mode='host-model'><feature policy='disable' name='avx'/></cpu>";
    let domain = guests.start("named", asked, "").await;
    let live = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    let cpu = cpu_in(&live);
    assert!(cpu.contains("mode='custom' match='exact' check='full'"), "{cpu}");
    assert!(cpu.contains("name='avx'") && cpu.matches("name='avx'").count() == 1, "{cpu}");
    // It is what the host's capabilities say.
    let capabilities = guests
        .connection()
        .domain_capabilities(
            EmulatorChoice::default().domain_type("qemu"),
            DomainCapabilitiesOptions::default(),
        )
        .await
        .unwrap();
    let told = capabilities.split("<mode name='host-model'").nth(1).unwrap();
    let model = told.split("<model fallback='forbid'>").nth(1).unwrap().split('<').next().unwrap();
    assert!(cpu.contains(&format!("<model fallback='forbid'>{model}</model>")), "{model}: {cpu}");
    domain.managed_save(ManagedSaveOptions::default()).await.unwrap();
    domain.start(StartOptions::default()).await.unwrap();
    let restored = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert_eq!(cpu_in(&restored), cpu);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    let kept = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert!(cpu_in(&kept).contains("host-model"), "the definition is as it was: {kept}");
    let line = guests.connection().domxml_to_native("qemu-argv", &kept).await.unwrap();
    assert!(line.contains(&format!("-cpu '{model},")), "{line}");
}

#[tokio::test]
async fn features_that_the_guest_would_lack_are_named_where_they_are_checked() {
    let guests = Guests::new().await;
    let cpu = |check: &str, policy: &str| {
        format!(
            "<cpu mode='custom' check='{check}'><model>qemu64</model><feature policy='{policy}' name='vmx'/></cpu>"
        )
    };
    // An emulated CPU has no virtualisation of Intel's.
    let domain = guests.define("checked", &cpu("full", "require"), "").await;
    let error = domain.start(StartOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigUnsupported, "{error}");
    assert!(error.message().contains("'vmx'"), "{error}");
    assert_eq!(domain.state().await.unwrap().state, DomainState::Shutoff);
    for (name, cpu) in [("left-out", cpu("full", "disable")), ("unchecked", cpu("none", "require"))] {
        let domain = guests.start(name, &cpu, "").await;
        domain.destroy(DestroyOptions::default()).await.unwrap();
    }
}
