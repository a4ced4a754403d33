//! Debian's virsh says of our daemon what it says of libvirt's; where not, the difference is written down with its reason.

use omnivirt_peers::differences;

#[test]
fn virsh_says_what_is_written_down() {
    if let Err(problems) = differences::play().and_then(|parts| differences::check(&parts)) {
        panic!("{problems}");
    }
}
