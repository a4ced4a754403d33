//! Against a real libvirtd, where `OMNIVIRT_LIBVIRTD_SOCKET` names the socket of one.

use super::{cx, open};
use omnivirt_core::ErrorKind;
use omnivirt_wire::remote;
use std::time::Instant;

fn socket() -> Option<String> {
    std::env::var("OMNIVIRT_LIBVIRTD_SOCKET").ok()
}

#[tokio::test]
async fn calls_are_answered() {
    let Some(socket) = socket() else { return };
    let client = open(&format!("test+unix:///default?socket={socket}")).await.unwrap();
    let host = client.call::<remote::ConnectGetHostname>(&cx(), &()).await.unwrap().hostname;
    println!("{host} {client:?}");
    let missing = remote::DomainLookupByNameArgs { name: "nobody".into() };
    let error = client.call::<remote::DomainLookupByName>(&cx(), &missing).await.unwrap_err();
    assert_eq!((error.kind(), error.libvirt_code()), (ErrorKind::NotFound, 42), "{error}");
    println!("{error} {error:?}");
    let feature = crate::client::ask_feature(&client.link(), 0x6f6d_6e69).await;
    println!("own question: {feature:?}");
    client.close().await.unwrap();
    println!(
        "{:?}",
        open(&format!("nope+unix:///default?socket={socket}")).await.map(|_| ()).unwrap_err().to_string()
    );
}

fn figures(flavour: &str, runtime: &tokio::runtime::Runtime) {
    let Some(socket) = socket() else { return };
    let uri = format!("test+unix:///default?socket={socket}");
    runtime.block_on(async {
        let client = open(&uri).await.unwrap();
        let cx = cx();
        let mut times = Vec::new();
        for _ in 0..10_000 {
            let start = Instant::now();
            client.call::<remote::ConnectGetLibVersion>(&cx, &()).await.unwrap();
            times.push(start.elapsed());
        }
        times.sort();
        println!("{flavour}: round trip p50 {:?} p99 {:?}", times[5000], times[9900]);
        let start = Instant::now();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    let cx = super::cx();
                    for _ in 0..5_000 {
                        client.call::<remote::ConnectGetLibVersion>(&cx, &()).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        println!("{flavour}: 8 callers {:.0}/s", 40_000.0 / start.elapsed().as_secs_f64());
        let start = Instant::now();
        for _ in 0..200 {
            open(&uri).await.unwrap().close().await.unwrap();
        }
        println!("{flavour}: open and close {:?}", start.elapsed() / 200);
    });
}

#[test]
#[ignore = "takes time; run it by name"]
fn figures_of_one_thread() {
    figures("one thread", &tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
}

#[test]
#[ignore = "takes time; run it by name"]
fn figures_of_threads() {
    figures("threads", &tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap());
}
