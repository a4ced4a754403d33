//! Where this host keeps its control groups, and in which of them this process is.

use super::Controller;
use std::path::{Path, PathBuf};

/// The folder under which groups with a controller can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hierarchy {
    /// The folder of the group in which this process is.
    pub(super) own: PathBuf,
    /// Whether it is that of version 2, with all controllers in one.
    pub(super) is_unified: bool,
}

impl Hierarchy {
    /// That of a controller, on this host.
    pub(super) fn find(controller: Controller) -> Option<Self> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let old = Self::old(&mounts, &groups, controller);
        old.or_else(|| {
            let unified = Self::unified(&mounts, &groups)?;
            let there = std::fs::read_to_string(unified.own.join("cgroup.controllers")).ok()?;
            there.split_whitespace().any(|name| name == controller.name(true)).then_some(unified)
        })
    }

    /// That of version 1, which has one for each controller.
    fn old(mounts: &str, groups: &str, controller: Controller) -> Option<Self> {
        let has = |list: &str| list.split(',').any(|name| name == controller.name(false));
        let mount = mounts
            .lines()
            .filter_map(Mount::read)
            .find(|mount| mount.sort == "cgroup" && has(mount.options))?;
        let path = groups.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            fields.next().filter(|controllers| has(controllers))?;
            fields.next()
        })?;
        Some(Self { own: mount.folder_of(path), is_unified: false })
    }

    fn unified(mounts: &str, groups: &str) -> Option<Self> {
        let mount = mounts.lines().filter_map(Mount::read).find(|mount| mount.sort == "cgroup2")?;
        let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
        Some(Self { own: mount.folder_of(path), is_unified: true })
    }
}

/// A line of `/proc/self/mountinfo`, which proc(5) describes.
struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    sort: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let mut after = after.split(' ');
        Some(Self {
            root: before.next()?,
            point: before.next()?,
            sort: after.next()?,
            options: after.nth(1)?,
        })
    }

    /// The folder of a group, as it is seen through this mount.
    fn folder_of(&self, path: &str) -> PathBuf {
        let path = Path::new(path);
        let below = path.strip_prefix(self.root).unwrap_or(Path::new(""));
        Path::new(self.point).join(below.strip_prefix("/").unwrap_or(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
25 20 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
27 25 0:24 /box /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
28 25 0:25 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw,nsdelegate
";
    const GROUPS: &str =
        "3:memory:/box/inner\n2:cpu,cpuacct:/\n1:name=systemd:/a\n0::/system.slice/daemon.service\n";

    #[test]
    fn a_controller_of_version_1_has_a_mount_of_its_own() {
        let found = |controller| Hierarchy::old(MOUNTS, GROUPS, controller).map(|found| found.own);
        assert_eq!(found(Controller::Cpu), Some("/sys/fs/cgroup/cpu,cpuacct".into()));
        assert_eq!(found(Controller::Memory), Some("/sys/fs/cgroup/memory/inner".into()));
        assert_eq!(found(Controller::BlockIo), None);
    }

    #[test]
    fn version_2_has_one_for_all() {
        let found = Hierarchy::unified(MOUNTS, GROUPS).unwrap();
        assert_eq!(found.own, Path::new("/sys/fs/cgroup/unified/system.slice/daemon.service"));
    }
}
