# Runs libvirtd in its own namespaces, with all its state below $1, until it is killed.
set -eu
PATH=$PATH:/usr/sbin:/sbin
own=$1
mkdir -p "$own/etc" "$own/run" "$own/lib" "$own/cache" "$own/log" "$own/lock"
cat >"$own/etc/libvirtd.conf" <<END
unix_sock_dir = "$own"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:file:$own/log/libvirtd.log"
END
cat >"$own/etc/qemu.conf" <<END
security_driver = "none"
user = "root"
group = "root"
remember_owner = 0
cgroup_controllers = []
namespaces = []
END
printf 'security_driver = "none"\n' >"$own/etc/lxc.conf"
touch "$own/etc/virtlogd.conf" "$own/etc/libvirt.conf"
private() {
    mkdir -p "$2"
    mount --bind "$own/$1" "$2"
}
private etc /etc/libvirt
private run /run/libvirt
private lib /var/lib/libvirt
private cache /var/cache/libvirt
private log /var/log/libvirt
# A lock of a terminal outlives a libvirtd that is killed.
private lock /var/lock
# libvirt's containers want the older cgroups alone, where there are both.
umount /sys/fs/cgroup/unified 2>/dev/null || true
virtlogd -f /etc/libvirt/virtlogd.conf --pid-file "$own/virtlogd.pid" &
libvirtd -f /etc/libvirt/libvirtd.conf --pid-file "$own/libvirtd.pid" &
# The first program of a namespace also takes leave of those that nobody else waits for; `wait` does.
wait
