//! Guests that run as another user than the driver.

use crate::guests::{Guests, define, disk, is_root, number, owner, start, status, stop};
use omnivirt_core::ErrorKind;
use rustix::process::{Pid, Signal};

const NOBODY: &str = "&user=nobody&group=nogroup";
const NUMBER: u32 = 65534;

#[tokio::test]
async fn what_a_guest_needs_is_given_to_its_user_and_given_back() {
    if !is_root() {
        return;
    }
    let guests = Guests::new();
    let (image, output) = (guests.disk("a.img"), guests.path("serial.out"));
    let serial = format!("<serial type='file'><source path='{}'/></serial>", output.display());
    let connection = guests.open(NOBODY).await;
    let devices = disk(&image, "raw", "vda", "") + &serial;
    let domain = start(&connection, &guests.xml("a", "", &devices)).await.unwrap();
    let run = number(&domain).await;
    let process = guests.process(run).to_string();
    assert_eq!(owner(&image), NUMBER);
    assert_eq!(owner(&output), NUMBER);
    assert_eq!(owner(&guests.kernel), 0, "everybody can read it");
    assert_eq!(status(&process, "Uid"), "65534\t65534\t65534\t65534");
    assert_eq!(status(&process, "Gid"), "65534\t65534\t65534\t65534");
    assert_eq!(status(&process, "Groups"), "");
    assert_eq!(status(&process, "CapEff"), "0000000000000000");
    assert_eq!(status(&process, "NoNewPrivs"), "1");
    assert_eq!(status(&process, "Umask"), "0077");
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core")).unwrap();
    assert!(core.contains(" 0 "), "{core}");
    // The record is believed, and so no guest can write it.
    assert_eq!(owner(&guests.path("root").join(format!("run/{run}.kept"))), 0);
    stop(&domain).await;
    assert_eq!(owner(&image), 0);
    assert_eq!(owner(&output), 0);
    assert!(!guests.path("root").join(format!("run/{run}.kept")).exists());
    connection.close().await.unwrap();
}

#[tokio::test]
async fn whoever_looks_after_the_guest_next_gives_back_too() {
    if !is_root() {
        return;
    }
    let guests = Guests::new();
    let (ends, stays) = (guests.disk("ends.img"), guests.disk("stays.img"));
    let connection = guests.open(NOBODY).await;
    let first = start(&connection, &guests.xml("ends", "", &disk(&ends, "raw", "vda", ""))).await.unwrap();
    let second = start(&connection, &guests.xml("stays", "", &disk(&stays, "raw", "vda", ""))).await.unwrap();
    let process = Pid::from_raw(guests.process(number(&first).await)).unwrap();
    drop((first, second));
    connection.close().await.unwrap();
    drop(connection);
    assert_eq!(owner(&ends), NUMBER);
    rustix::process::kill_process(process, Signal::KILL).unwrap();
    let connection = guests.open(NOBODY).await;
    assert_eq!(owner(&ends), 0);
    assert_eq!(owner(&stays), NUMBER);
    let second = connection.domain_by_name("stays").await.unwrap();
    stop(&second).await;
    assert_eq!(owner(&stays), 0);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_given_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    if !is_root() {
        return;
    }
    let guests = Guests::new();
    let connection = guests.open(NOBODY).await;
    let closed = guests.path("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    let fine = guests.disk("fine.img");
    let hidden = guests.disk("closed/a.img");
    let linked = guests.disk("linked.img");
    std::fs::hard_link(&linked, guests.path("other-name.img")).unwrap();
    let link = guests.path("shadow.img");
    std::os::unix::fs::symlink("/etc/shadow", &link).unwrap();
    let records = guests.path("root/etc/a0.xml");
    let cases = [
        (&hidden, "is closed to them"),
        (&linked, "has other names"),
        (&link, "what is in /etc is the host's"),
        (&records, "the driver's own"),
    ];
    for (number, (path, why)) in cases.into_iter().enumerate() {
        let was = if path.exists() { owner(path) } else { 0 };
        let devices = disk(&fine, "raw", "vda", "") + &disk(path, "raw", "vdb", "");
        let domain = define(&connection, &guests.xml(&format!("a{number}"), "", &devices)).await.unwrap();
        let error = domain.start(Default::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}");
        let message = error.message();
        assert!(
            message.contains(why) && message.contains("'vdb'") && message.contains("'nobody'"),
            "{message}"
        );
        println!("{message}\n  hint: {}", error.hint().unwrap());
        assert_eq!(owner(path), was, "{}", path.display());
        assert_eq!(owner(&fine), 0);
    }
    assert_eq!(owner("/etc/shadow".as_ref()), 0);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn an_image_that_another_domain_writes_is_refused() {
    let guests = Guests::new();
    let parameters = if is_root() { NOBODY } else { "" };
    let connection = guests.open(parameters).await;
    let (image, shared) = (guests.disk("a.img"), guests.disk("shared.img"));
    let mine = disk(&image, "raw", "vda", "") + &disk(&shared, "raw", "vdb", "<shareable/>");
    let first = start(&connection, &guests.xml("first", "", &mine)).await.unwrap();
    // By another name, and only to read it.
    let link = guests.path("link.img");
    std::os::unix::fs::symlink(&image, &link).unwrap();
    let devices = disk(&link, "raw", "vda", "<readonly/>");
    let error = start(&connection, &guests.xml("second", "", &devices)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceBusy, "{error}");
    assert!(error.message().contains("'first'"), "{error}");
    let devices = disk(&shared, "raw", "vda", "<shareable/>");
    let third = start(&connection, &guests.xml("third", "", &devices)).await.unwrap();
    stop(&first).await;
    if is_root() {
        assert_eq!(owner(&image), 0);
        assert_eq!(owner(&shared), NUMBER, "the third has it still");
    }
    stop(&third).await;
    assert_ne!(owner(&shared), NUMBER);
    let second = connection.domain_by_name("second").await.unwrap();
    second.start(Default::default()).await.unwrap();
    stop(&second).await;
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_label_asks_for_the_guests_user_or_is_refused() {
    if !is_root() {
        return;
    }
    let guests = Guests::new();
    let connection = guests.open(NOBODY).await;
    let image = guests.disk("a.img");
    let whole = |relabel: &str, label: &str| {
        let attributes = format!("type='static' model='dac'{relabel}");
        format!("<seclabel {attributes}><label>{label}</label></seclabel>")
    };
    let of_disk = |inner: &str| {
        disk(&image, "raw", "vda", "").replace("/><target", &format!(">{inner}</source><target"))
    };
    let plain = of_disk("");
    let output = guests.path("serial.out");
    std::fs::write(&output, "").unwrap();
    let serial = format!(
        "<serial type='file'><source path='{}'><seclabel model='dac' relabel='no'/></source></serial>",
        output.display()
    );
    let kept = "<seclabel model='dac' relabel='no'/>";
    let cases = [
        (whole(" relabel='yes'", "nobody:nogroup"), plain.clone(), None),
        (whole(" relabel='yes'", "+65534:+65534"), plain.clone(), None),
        ("<seclabel type='dynamic' model='dac' relabel='yes'/>".to_owned(), plain.clone(), None),
        (whole(" relabel='yes'", "+107:+107"), plain.clone(), Some("it asks for '+107:+107'")),
        (whole("", "nobody:nobody-of-that-name"), plain.clone(), Some("no group 'nobody-of-that-name'")),
        (whole("", "nobody:nogroup"), plain.clone(), Some("by its <seclabel> it stays whose it is")),
        ("<seclabel type='none' model='dac'/>".to_owned(), plain.clone(), Some("by its <seclabel> it stays")),
        (String::new(), of_disk(kept), Some("by its <seclabel> it stays")),
        (String::new(), plain.clone() + &serial, Some("<serial type='file'>")),
        (
            String::new(),
            of_disk("<seclabel model='dac'><label>root:root</label></seclabel>"),
            Some("<seclabel> of <disk> 'vda': it asks for 'root:root'"),
        ),
        (
            String::new(),
            of_disk("<seclabel model='selinux'><label>a:b:c</label></seclabel>"),
            Some("there is no security driver 'selinux'"),
        ),
    ];
    for (number, (labels, devices, why)) in cases.into_iter().enumerate() {
        let xml = guests.xml(&format!("a{number}"), "", &devices).replace("</devices>", "</devices>LABELS");
        let domain = define(&connection, &xml.replace("LABELS", &labels)).await.unwrap();
        let started = domain.start(Default::default()).await;
        match why {
            None => {
                started.unwrap();
                assert_eq!(owner(&image), NUMBER);
                stop(&domain).await;
            }
            Some(why) => {
                let error = started.unwrap_err();
                assert!(error.message().contains(why), "{number}: {error}");
            }
        }
        assert_eq!(owner(&image), 0, "{number}");
    }
    connection.close().await.unwrap();
}
