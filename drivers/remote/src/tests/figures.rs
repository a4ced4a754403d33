//! How fast calls are, against the daemon whose socket `OMNIVIRT_LIBVIRTD_SOCKET` names. Run them in a release build.

use super::{cx, open};
use omnivirt_wire::remote;
use std::time::Instant;

fn socket() -> Option<String> {
    std::env::var("OMNIVIRT_LIBVIRTD_SOCKET").ok()
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
