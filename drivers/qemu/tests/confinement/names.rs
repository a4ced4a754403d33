//! Names that mean something to whoever reads them carelessly, and documents that are larger than anybody needs.

use crate::guests::{Guests, define, disk, document, escaped, number, start, stop};
use omnivirt_core::{DomainState, ErrorKind};
use std::fmt::Write as _;
use std::time::Instant;

/// A comma, a second option, JSON, quotes, a new line, text in another script.
const NAMES: &[&str] = &[
    "a,readonly=on,,b",
    "a=b;c&d|e`f`$(g)",
    "{\"driver\":\"null-co\"}",
    "json:{}",
    "nbd:unix:x",
    "a'b\"c\\d%s",
    "two\nlines\tand more",
    "-S",
    "für Gäste",
];

#[tokio::test]
async fn names_are_taken_as_they_are() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    for (index, name) in NAMES.iter().enumerate() {
        let folder = guests.path(&format!("files {index}"));
        std::fs::create_dir(&folder).unwrap();
        let (image, kernel, output) =
            (folder.join(name), folder.join(format!("{name}.elf")), folder.join(format!("{name}.out")));
        std::fs::write(&image, vec![0; 1 << 20]).unwrap();
        std::fs::copy(&guests.kernel, &kernel).unwrap();
        let serial =
            format!("<serial type='file'><source path='{}'/></serial>", escaped(output.to_str().unwrap()));
        let xml = document(&format!("n{index}"), &kernel, "", &(disk(&image, "raw", "vda", "") + &serial));
        let domain = start(&connection, &xml).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let process = guests.process(number(&domain).await);
        let mut open = std::fs::read_dir(format!("/proc/{process}/fd"))
            .unwrap()
            .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        assert!(open.any(|file| file == image), "{name}");
        crate::guests::until(name, || std::fs::read(&output).is_ok_and(|said| said.starts_with(b"READY")))
            .await;
        stop(&domain).await;
    }
    // The domain's own name is on the command line too.
    let domain = start(&connection, &guests.xml("a,debug-threads=off,process=x", "", "")).await.unwrap();
    let process = guests.process(number(&domain).await);
    let words = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap();
    assert!(words.contains("guest=a,,debug-threads=off,,process=x,debug-threads=on\0"), "{words}");
    stop(&domain).await;
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_no_name_can_have_is_refused() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let nul = guests
        .xml("a", "", "")
        .replace("</devices>", "<serial type='file'><source path='/tmp/a&#0;b'/></serial></devices>");
    for xml in [nul, guests.xml("a/../../b", "", ""), guests.xml("two\nlines", "", "")] {
        let error = define(&connection, &xml).await.unwrap_err();
        println!("{}", error.message());
        assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    }
    connection.close().await.unwrap();
}

/// KiB that a process has in memory at most.
fn peak(process: &str) -> String {
    crate::guests::status(process, "VmHWM")
}

#[tokio::test]
async fn a_document_of_a_thousand_devices_is_done_with_in_time() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    for (name, device) in [
        (
            "disks",
            "<controller type='scsi' index='X' model='virtio-scsi'/><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='IMAGE'/><target dev='sdX' bus='scsi'/><readonly/></disk>",
        ),
        ("channels", "<channel type='null'><target type='virtio' name='cX'/></channel>"),
        ("interfaces", "<interface type='user'><model type='virtio'/></interface>"),
    ] {
        let image = guests.disk("shared.img");
        let mut devices = String::new();
        for index in 0..1000 {
            let target = device.replace("sdX", &letters(index)).replace("cX", &format!("c{index}"));
            let target = match index < 150 {
                true => target.replace("index='X'", &format!("index='{index}'")),
                false => target.replace("<controller type='scsi' index='X' model='virtio-scsi'/>", ""),
            };
            write!(devices, "{}", target.replace("IMAGE", image.to_str().unwrap())).unwrap();
        }
        let begun = Instant::now();
        let defined = define(&connection, &guests.xml(name, "", &devices)).await;
        let in_ms = begun.elapsed().as_millis();
        let outcome = match &defined {
            Ok(domain) => domain.start(Default::default()).await,
            Err(error) => Err(omnivirt_core::Error::new(error.kind(), error.message().to_owned())),
        };
        let took = begun.elapsed();
        match outcome {
            Ok(()) => {
                let domain = defined.unwrap();
                assert_eq!(domain.state().await.unwrap().state, DomainState::Running);
                let process = guests.process(number(&domain).await).to_string();
                println!(
                    "1000 {name}: defined in {in_ms} ms, started in {} ms, QEMU has {}",
                    took.as_millis(),
                    peak(&process)
                );
                stop(&domain).await;
            }
            Err(error) => {
                let said: String = error.message().chars().take(300).collect();
                println!("1000 {name}: refused in {} ms: {said}", took.as_millis());
            }
        }
        println!("  this process has at most {}", peak("self"));
        assert!(took.as_secs() < 60, "{took:?}");
    }
    connection.close().await.unwrap();
}

/// The name of a disk by its number: `sda`, `sdb`, …, `sdaa`, ….
fn letters(index: usize) -> String {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
    let (mut name, mut rest) = (letter(index).to_string(), index / 26);
    while rest > 0 {
        name.insert(0, letter(rest - 1));
        rest = (rest - 1) / 26;
    }
    format!("sd{name}")
}

#[tokio::test]
async fn ten_megabytes_of_metadata_are_kept_or_refused() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let filler = "x".repeat(10 << 20);
    let metadata = format!("<metadata><a:a xmlns:a='urn:a'>{filler}</a:a></metadata>");
    let begun = Instant::now();
    match start(&connection, &guests.xml("a", &metadata, "")).await {
        Ok(domain) => {
            println!("started in {} ms", begun.elapsed().as_millis());
            let xml = domain.dumpxml(Default::default()).await.unwrap();
            assert!(xml.len() > filler.len());
            stop(&domain).await;
        }
        Err(error) => {
            println!("refused in {} ms: {}", begun.elapsed().as_millis(), error.message());
            assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
        }
    }
    println!("this process has at most {}", peak("self"));
    assert!(begun.elapsed().as_secs() < 30);
    connection.close().await.unwrap();
}
