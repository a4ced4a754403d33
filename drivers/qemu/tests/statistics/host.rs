//! This host's memory and CPUs.

use crate::guests::Guests;
use omnivirt_core::*;

#[tokio::test]
async fn the_host_is_told_as_the_kernel_tells_it() {
    let guests = Guests::new().await;
    let connection = guests.connection();
    let map = connection.node_cpu_map().await.unwrap();
    assert!(map.cpus as usize >= map.online.len() && map.online.contains(0), "{map:?}");
    let all = connection.node_cpu_stats(None).await.unwrap();
    let one = connection.node_cpu_stats(Some(0)).await.unwrap();
    assert!(all.user_ns.unwrap() >= one.user_ns.unwrap() && one.idle_ns.is_some(), "{all:?} {one:?}");
    let refused = connection.node_cpu_stats(Some(16_000)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);

    let memory = connection.node_memory_stats(None).await.unwrap();
    let free = connection.free_memory().await.unwrap();
    assert!(
        memory.total_kib.unwrap() > memory.free_kib.unwrap() && memory.cached_kib.is_some(),
        "{memory:?}"
    );
    assert!(free.total_bytes > 0 && free.total_bytes < memory.total_kib.unwrap() * 1024, "{free:?}");
    let pages = connection.free_pages(&[4], NumaNodeRange::default()).await.unwrap();
    assert!(pages[0].count > 0, "{pages:?}");
    let refused = connection.free_pages(&[3], NumaNodeRange::default()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
    let refused = connection.node_memory_stats(Some(4_000)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
}
