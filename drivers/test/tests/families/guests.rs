use super::*;
use omnivirt_core::event::Initiator;

#[tokio::test]
async fn the_agent_comes_with_the_guest() {
    let connection = open().await;
    let domain = defined(&connection, RICH).await;
    let mut events = watch(&connection).await;
    assert_eq!(kind(domain.guest_info(GuestInfoGroups::default()).await), ErrorKind::InvalidState);
    domain.start(StartOptions::default().paused(true)).await.unwrap();
    let begun = words(&mut events);
    assert!(
        begun.contains(&"AgentDisconnected".into()) && !begun.contains(&"AgentConnected".into()),
        "{begun:?}"
    );
    domain.resume().await.unwrap();
    let booted: Vec<_> =
        told(&mut events).into_iter().filter(|event| event.cause.initiator == Initiator::Guest).collect();
    assert_eq!(
        booted.iter().map(|event| word(&event.body)).collect::<Vec<_>>(),
        ["AgentConnected", "ChannelConnected"]
    );
    let other = connection.domain_by_name("test").await.unwrap();
    assert_eq!(kind(other.guest_info(GuestInfoGroups::default()).await), ErrorKind::AgentUnresponsive);
}

#[tokio::test]
async fn the_guest_describes_itself() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let info = domain.guest_info(GuestInfoGroups::default()).await.unwrap();
    assert_eq!(info.hostname.as_deref(), Some("rich"));
    assert_eq!(info.filesystems, domain.fs_info().await.unwrap());
    assert_eq!(
        info.filesystems.iter().map(|fs| fs.mountpoint.as_str()).collect::<Vec<_>>(),
        ["/", "/mnt/vdb"]
    );
    assert_eq!(info.interfaces.len(), 2);
    assert_eq!(info.disks.iter().filter(|disk| !disk.partition).count(), 2);
    assert_eq!(info.os.unwrap().machine.as_deref(), Some("x86_64"));
    let only = domain.guest_info(GuestInfoGroups::default().timezone(true)).await.unwrap();
    assert!(only.os.is_none() && only.timezone.is_some());
    assert_eq!(domain.hostname(HostnameOptions::default().lease(true)).await.unwrap(), "rich");
    let leases = domain.interface_addresses(AddressSource::Lease).await.unwrap();
    let seen = domain.interface_addresses(AddressSource::Agent).await.unwrap();
    assert_eq!(leases[0].addresses, seen[1].addresses);
    assert_eq!((leases[0].name.as_str(), seen[1].name.as_str()), ("vnet7", "eth0"));
}

#[tokio::test]
async fn the_guests_clock_is_set_and_goes_on() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    domain.set_time(Some(Timestamp::from_seconds(1_000_000_000))).await.unwrap();
    assert_eq!(words(&mut events), ["RtcChange"]);
    connection.advance_time(5_000).await.unwrap();
    assert_eq!(domain.time().await.unwrap(), Timestamp::from_seconds(1_000_000_005));
    domain.set_time(None).await.unwrap();
    assert_eq!(told(&mut events), []);
}

#[tokio::test]
async fn file_systems_are_frozen_and_thawed() {
    let connection = open().await;
    let domain = rich(&connection).await;
    assert_eq!(domain.fs_freeze(&["/mnt/vdb".into()]).await.unwrap(), 1);
    assert_eq!(kind(domain.fs_info().await), ErrorKind::AgentError);
    assert_eq!(kind(domain.fs_freeze(&[]).await), ErrorKind::AgentError);
    let status = domain
        .qemu_agent_command(r#"{"execute": "guest-fsfreeze-status"}"#, AgentTimeout::default())
        .await
        .unwrap();
    assert_eq!(status.as_deref(), Some(r#"{"return":"frozen"}"#));
    assert_eq!(domain.fs_thaw(&[]).await.unwrap(), 1);
    assert_eq!(domain.fs_freeze(&[]).await.unwrap(), 2);
    domain.reset().await.unwrap();
    assert_eq!(domain.fs_info().await.unwrap().len(), 2);
    assert_eq!(kind(domain.fs_trim(Some("/nowhere"), 0).await), ErrorKind::AgentError);
    domain.fs_trim(None, 0).await.unwrap();
}

#[tokio::test]
async fn keys_and_passwords_are_kept_from_run_to_run() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let set = |keys: &[&str], options| {
        let (domain, keys) = (domain.clone(), keys.iter().map(|key| key.to_string()).collect::<Vec<_>>());
        async move { domain.set_user_ssh_keys("root", &keys, options).await.unwrap() }
    };
    set(&["a", "b"], UserSshKeysOptions::default()).await;
    set(&["c"], UserSshKeysOptions::default().append(true)).await;
    set(&["a"], UserSshKeysOptions::default().remove(true)).await;
    domain.destroy(DestroyOptions::default()).await.unwrap();
    domain.start(StartOptions::default()).await.unwrap();
    assert_eq!(domain.user_ssh_keys("root").await.unwrap(), ["b", "c"]);
    assert_eq!(kind(domain.user_ssh_keys("nobody").await), ErrorKind::AgentError);
    assert_eq!(
        kind(domain.set_user_password("nobody", "x", UserPasswordOptions::default()).await),
        ErrorKind::AgentError
    );
}

#[tokio::test]
async fn the_agent_and_the_monitor_answer_in_their_own_words() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let agent = |command: &'static str| {
        let domain = domain.clone();
        async move { domain.qemu_agent_command(command, AgentTimeout::default()).await }
    };
    assert_eq!(agent(r#"{"execute": "guest-ping"}"#).await.unwrap().as_deref(), Some(r#"{"return":{}}"#));
    assert_eq!(kind(agent(r#"{"execute": "guest-dance"}"#).await), ErrorKind::AgentError);
    assert_eq!(kind(agent("ping").await), ErrorKind::InvalidArgument);
    let monitor = |command: &'static str, hmp| {
        let domain = domain.clone();
        async move {
            domain.qemu_monitor_command(command, MonitorCommandOptions::default().hmp(hmp)).await.unwrap()
        }
    };
    assert_eq!(
        monitor(r#"{"execute": "query-status"}"#, false).await,
        r#"{"return":{"running":true,"status":"running"}}"#
    );
    assert!(monitor(r#"{"execute": "dance"}"#, false).await.contains("CommandNotFound"));
    let mut events = watch(&connection).await;
    monitor("stop", true).await;
    assert_eq!(words(&mut events), ["MonitorEvent", "Suspended(Paused)"]);
    assert_eq!(monitor("info status", true).await, "VM status: paused\r\n");
    assert_eq!(domain.state().await.unwrap().state, DomainState::Paused);
    monitor(r#"{"execute": "cont"}"#, false).await;
    agent(r#"{"execute": "guest-shutdown"}"#).await.unwrap();
    assert_eq!(domain.state().await.unwrap().state, DomainState::Shutoff);
    assert_eq!(kind(connection.qemu_attach(1).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn labels_and_encrypted_memory_are_those_of_the_run() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let labels = domain.security_labels().await.unwrap();
    assert_eq!(
        labels[0].label,
        format!("domain-{}", connection.domain_by_name("rich").await.unwrap().id().unwrap())
    );
    assert_eq!(kind(domain.launch_security_info().await), ErrorKind::OperationUnsupported);
    let sev = RICH
        .replace("rich", "sev")
        .replace("3fa0", "3fa1")
        .replace("<devices>", "<launchSecurity type='sev'><policy>0x0003</policy></launchSecurity><devices>");
    let sev = defined(&connection, &sev).await;
    assert_eq!(kind(sev.launch_security_info().await), ErrorKind::InvalidState);
    assert_eq!(sev.security_labels().await.unwrap()[0].label, "");
    sev.start(StartOptions::default().paused(true)).await.unwrap();
    assert_eq!(sev.launch_security_info().await.unwrap().sev_policy, Some(3));
    let state = LaunchSecurityState::default().sev_secret_header("AAAA").sev_secret("BBBB");
    sev.set_launch_security_state(&state.clone()).await.unwrap();
    assert_eq!(
        kind(sev.set_launch_security_state(&state.clone().sev_secret("*")).await),
        ErrorKind::InvalidArgument
    );
    sev.resume().await.unwrap();
    assert_eq!(kind(sev.set_launch_security_state(&state).await), ErrorKind::InvalidState);
}

#[tokio::test]
async fn only_containers_have_namespaces() {
    let connection = open().await;
    let domain = rich(&connection).await;
    assert_eq!(kind(domain.lxc_open_namespaces().await), ErrorKind::InvalidState);
    let container = RICH.replace("rich", "box").replace("3fa0", "3fa2").replace(">hvm<", ">exe<");
    let container = defined(&connection, &container).await;
    container.start(StartOptions::default()).await.unwrap();
    assert_eq!(container.lxc_open_namespaces().await.unwrap().len(), 5);
}

#[tokio::test]
async fn signals_keys_and_interrupts_reach_the_guest() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.send_key(KeycodeSet::Linux, &[29, 56, 111], 0).await.unwrap();
    assert_eq!(kind(domain.send_key(KeycodeSet::Linux, &[], 0).await), ErrorKind::InvalidArgument);
    assert_eq!(kind(domain.send_key(KeycodeSet::Linux, &[1; 17], 0).await), ErrorKind::InvalidArgument);
    domain.inject_nmi().await.unwrap();
    domain.send_process_signal(1, ProcessSignal::Nop).await.unwrap();
    assert_eq!(kind(domain.send_process_signal(7, ProcessSignal::Nop).await), ErrorKind::InvalidArgument);
    let mut events = watch(&connection).await;
    domain.send_process_signal(1, ProcessSignal::Term).await.unwrap();
    assert_eq!(words(&mut events), ["Stopped(Shutdown)"]);
    assert_eq!(kind(domain.inject_nmi().await), ErrorKind::InvalidState);
    assert_eq!(kind(domain.send_key(KeycodeSet::Linux, &[1], 0).await), ErrorKind::InvalidState);
}
