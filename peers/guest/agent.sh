#!/bin/sh
# Starts and stops the guest agent, where its port is there.
port=/dev/virtio-ports/org.qemu.guest_agent.0
case $1 in
start) [ ! -e $port ] || qemu-ga --method=virtio-serial --path=$port </dev/null >/var/log/agent 2>&1 & ;;
stop) killall qemu-ga ;;
esac
