#!/bin/busybox sh
# The first program of the Linux guest: says READY on the first serial port, and obeys the lines that it reads there.
/bin/busybox --install -s /bin
export PATH=/bin:/sbin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/null >/dev/ttyS0 2>&1
for module in /modules/*; do
    insmod "$module" || echo "no $module"
done
# Ports of virtio are called by their names, as udev does it elsewhere.
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
    [ -e "$port/name" ] && ln -s "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done
ip link set lo up
mkdir -p /root
echo root:x:0:0:root:/root:/bin/sh >/etc/passwd
echo root:x:0: >/etc/group
# It ends where it cannot write a log.
acpid -d >/var/log/acpid 2>&1 &
agent start
stty -F /dev/ttyS0 -echo
echo READY
# The terminal is the shell's, and opened anew when it is hung up.
while true; do
    setsid -c sh </dev/ttyS0
done
