//! What reading, writing and keeping documents costs: time, memory, and that of documents made to do harm.
//!
//! `cargo bench -p omnivirt-model --bench documents`

#![allow(unsafe_code, reason = "an allocator that counts is the only way to tell what is allocated")]
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use omnivirt_model::domain::DomainConfig;
use omnivirt_model::xml::Document;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: all memory is the system allocator's; the counters have no part in it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs it many times and tells the median time and the allocations of one run.
fn time<T>(what: &str, mut run: impl FnMut() -> T) {
    let calls = CALLS.load(Ordering::Relaxed);
    black_box(run());
    let calls = CALLS.load(Ordering::Relaxed) - calls;
    let mut times: Vec<Duration> = (0..2001)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{what:44} {:>9.2?} {calls:>6} allocations", times[times.len() / 2]);
}

/// Runs it once and tells its time and the most memory that it took.
fn refuse(what: &str, text: &str) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let start = Instant::now();
    let refused = DomainConfig::parse_bytes(text.as_bytes()).is_err();
    let (elapsed, peak) = (start.elapsed(), PEAK.load(Ordering::Relaxed) - before);
    println!(
        "{what:44} {elapsed:>9.2?} {:>7} KiB at most, {}",
        peak / 1024,
        if refused { "refused" } else { "taken" }
    );
}

fn documents(name: &str, text: &str) {
    let before = NOW.load(Ordering::Relaxed);
    let config = DomainConfig::parse(text).expect("the document is good");
    let kept = NOW.load(Ordering::Relaxed) - before;
    println!(
        "{name}: {} bytes of text, {} elements, {kept} bytes kept",
        text.len(),
        config.document().element_count()
    );
    time("  read the tree", || Document::parse(text));
    time("  read and check", || DomainConfig::parse(text));
    time("  read the typed part", || config.domain());
    time("  write", || config.as_str().to_owned());
    time("  change memory", || config.with(|domain| domain.memory = domain.current_memory.map(Into::into)));
    time("  change the name", || {
        config.with(|domain| domain.name = "other".to_owned().try_into().expect("a name"))
    });
    time("  set the id", || config.with(|domain| domain.id = Some(3)));
    time("  attach a disk", || {
        config.attach("<disk type='file'><source file='/a'/><target dev='vdz'/></disk>")
    });
}

fn main() {
    documents("2.7 KB from virt-install", include_str!("virt-install.xml"));
    documents("300 B", include_str!("small.xml"));
    let domain = |inner: &str| format!("<domain type='test'><name>x</name><x{inner}</domain>");
    refuse("100 MB of text", &domain(&format!(">{}</x>", "x".repeat(100 << 20))));
    refuse("16 MB of text", &domain(&format!(">{}</x>", "x".repeat((16 << 20) - 100))));
    refuse(
        "a million attributes",
        &domain(&format!("{}/>", (0..1_000_000).map(|i| format!(" a{i}=''")).collect::<String>())),
    );
    refuse("a million elements", &domain(&format!(">{}</x>", "<a/>".repeat(1_000_000))));
    refuse("100,000 deep", &domain(&format!(">{}", "<a>".repeat(100_000))));
    refuse("50,000 lines, not ended", &domain(&format!(">{}", "\n<a>b</a>".repeat(50_000))));
    refuse("a million references", &domain(&format!(">{}</x>", "&amp;".repeat(1_000_000))));
    let laughs = |fan: usize| -> String {
        (b'b'..=b'z')
            .map(|letter| {
                let reference = format!("&{};", char::from(letter - 1));
                format!("<!ENTITY {} '{}'>", char::from(letter), reference.repeat(fan))
            })
            .collect()
    };
    let defining = |definitions: &str, name: &str| {
        format!("<!DOCTYPE d [{definitions}]><domain type='test'><name>{name}</name></domain>")
    };
    refuse("a billion laughs", &defining(&format!("<!ENTITY a 'ha'>{}", laughs(10)), "&z;"));
    refuse("laughs in pairs", &defining(&format!("<!ENTITY a 'ha'>{}", laughs(2)), "&z;"));
    let large = format!("<!ENTITY a '{}'>", "A".repeat(50_000));
    refuse("50 KB, 2,000 times", &defining(&large, &"&a;".repeat(2_000)));
    let parameters: String =
        (0..100_000).map(|i| format!("<!ENTITY % p{i} '<!ENTITY e{i} \"x\">'>%p{i};")).collect();
    refuse("100,000 entities that define others", &defining(&parameters, "&zz;"));
    let attributes: String = (0..200_000).map(|i| format!(" a{i} CDATA ''")).collect();
    refuse("200,000 declared attributes", &defining(&format!("<!ATTLIST domain{attributes}>"), "&zz;"));
}
