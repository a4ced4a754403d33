//! Images that name other files, and a QEMU that never stops talking.

use crate::guests::{Guests, disk, number, run, start, status, stop, until};
use omnivirt_core::{Connection, Domain, DumpxmlOptions, ErrorKind};
use std::path::{Path, PathBuf};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Makes an image on top of another that QEMU does not look at.
fn on_top(guests: &Guests, name: &str, below: &str, format: &str) -> PathBuf {
    let path = guests.path(name);
    run("qemu-img", &["create", "-q", "-f", "qcow2", "-u", "-b", below, "-F", format, text(&path), "1M"]);
    path
}

/// The files that a process has open.
fn open_files(process: i32) -> Vec<PathBuf> {
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok()).collect()
}

async fn refused(connection: &Connection, guests: &Guests, name: &str, image: &Path, format: &str) -> String {
    let error = start(connection, &guests.xml(name, "", &disk(image, format, "vda", ""))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigUnsupported, "{error}");
    println!("{}\n  hint: {}", error.message(), error.hint().unwrap());
    error.message().to_owned()
}

#[tokio::test]
async fn an_image_that_names_files_of_the_host_is_refused() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let cases = [
        ("absolute", "/etc/shadow", "outside of its folder"),
        ("relative", "../../../etc/shadow", "outside of its folder"),
        ("json", "json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}", "no path of a file"),
        ("server", "nbd://127.0.0.1:1/x", "no path of a file"),
        ("missing", "no-such-image", "cannot be found"),
    ];
    for (name, below, why) in cases {
        let image = on_top(&guests, name, below, "raw");
        let message = refused(&connection, &guests, name, &image, "qcow2").await;
        assert!(message.contains(why), "{message}");
    }
    // A link in the same folder is where it leads to.
    std::os::unix::fs::symlink("/etc/shadow", guests.path("link")).unwrap();
    let image = on_top(&guests, "linked", "link", "raw");
    let message = refused(&connection, &guests, "linked", &image, "qcow2").await;
    assert!(message.contains("outside of its folder"), "{message}");
    // One that is below itself.
    let image = on_top(&guests, "circle", "circle", "qcow2");
    let message = refused(&connection, &guests, "circle", &image, "qcow2").await;
    assert!(message.contains("more than 200"), "{message}");
    // One that has its data elsewhere.
    let (image, data) = (guests.path("data"), guests.path("elsewhere"));
    let option = format!("data_file={},data_file_raw=on", text(&data));
    run("qemu-img", &["create", "-q", "-f", "qcow2", "-o", &option, text(&image), "1M"]);
    let message = refused(&connection, &guests, "data", &image, "qcow2").await;
    assert!(message.contains("data in another file"), "{message}");
    let flat = guests.file(
        "flat.vmdk",
        b"# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 2048 FLAT \"/etc/shadow\" 0\n",
    );
    let message = refused(&connection, &guests, "vmdk", &flat, "vmdk").await;
    assert!(message.contains("data in other files"), "{message}");
    let damaged = guests.file("damaged", b"QFI\xfb\0\0\0\x03\xff\xff\xff\xff\xff\xff\xff\xff\0\0\xff\xff");
    let message = refused(&connection, &guests, "damaged", &damaged, "qcow2").await;
    assert!(message.contains("damaged"), "{message}");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn an_image_below_in_the_same_folder_is_found_and_told() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let bottom = guests.disk("bottom.img");
    on_top(&guests, "middle.qcow2", "bottom.img", "raw");
    let top = on_top(&guests, "top.qcow2", "middle.qcow2", "qcow2");
    let xml = guests.xml("a", "", &disk(&top, "qcow2", "vda", ""));
    let domain = start(&connection, &xml).await.unwrap();
    let files = open_files(guests.process(number(&domain).await));
    assert!(files.contains(&bottom), "{files:?}");
    let xml = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert_eq!(xml.matches("<backingStore").count(), 2, "{xml}");
    assert!(xml.contains(text(&bottom)), "{xml}");
    stop(&domain).await;
    // A document that says that nothing is below has the last word.
    let image = on_top(&guests, "ended", "/etc/shadow", "raw");
    let xml = guests.xml("ended", "", &disk(&image, "qcow2", "vda", "<backingStore/>"));
    let domain = start(&connection, &xml).await.unwrap();
    let files = open_files(guests.process(number(&domain).await));
    assert!(files.contains(&image) && !files.contains(&"/etc/shadow".into()), "{files:?}");
    stop(&domain).await;
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_is_declared_raw_stays_raw() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let image = on_top(&guests, "raw.img", "/etc/shadow", "raw");
    let xml = guests.xml("a", "", &disk(&image, "raw", "vda", ""));
    let domain = start(&connection, &xml).await.unwrap();
    let nodes = monitor(&domain, "{\"execute\":\"query-named-block-nodes\"}").await;
    assert!(nodes.contains("\"drv\":\"raw\"") && !nodes.contains("qcow2"), "{nodes}");
    let files = open_files(guests.process(number(&domain).await));
    assert!(files.contains(&image) && !files.contains(&"/etc/shadow".into()), "{files:?}");
    stop(&domain).await;
    connection.close().await.unwrap();
}

async fn monitor(domain: &Domain, command: &str) -> String {
    let answer = domain.qemu_monitor_command(command, Default::default()).await.unwrap();
    answer.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// KiB of this process that are in memory.
fn resident() -> u64 {
    status("self", "VmRSS").trim_end_matches(" kB").trim().parse().unwrap()
}

/// Ticks of the CPU that a process has used.
fn ticks(process: i32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[tokio::test]
async fn a_log_that_floods_stays_bounded_and_holds_up_nobody() {
    const MOST: u64 = (2 << 20) + 4096;
    let guests = Guests::new();
    let connection = guests.open("").await;
    let flood = "<qemu:commandline><qemu:arg value='-d'/><qemu:arg value='exec,nochain'/></qemu:commandline></domain>";
    let xml = guests.xml("a", "", "").replace("</domain>", flood);
    let domain = start(&connection, &xml).await.unwrap();
    let process = guests.process(number(&domain).await);
    let before = resident();
    let (log, old) = (guests.log("a.log"), guests.log("a.log.0"));
    until("the log is begun anew", || old.exists()).await;
    let begun_anew = old.metadata().unwrap().modified().unwrap();
    until("it is begun anew again", || old.metadata().unwrap().modified().unwrap() > begun_anew).await;
    for path in [&log, &old] {
        let size = path.metadata().map_or(0, |facts| facts.len());
        assert!(size <= MOST, "{}: {size}", path.display());
    }
    let grown = resident().saturating_sub(before);
    println!("this process has grown by {grown} KiB");
    assert!(grown < 20 << 10, "{grown} KiB");
    assert!(domain.state().await.is_ok());
    drop(domain);
    connection.close().await.unwrap();
    drop(connection);
    // Nobody reads what it says now, and it runs on.
    let then = ticks(process);
    until("it goes on", || ticks(process) > then + 50).await;
    let connection = guests.open("").await;
    let domain = connection.domain_by_name("a").await.unwrap();
    stop(&domain).await;
    connection.close().await.unwrap();
}
