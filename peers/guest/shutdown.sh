#!/bin/sh
# What the agent runs to turn the guest off, with -P, -H or -r; and the power button, with -P.
case " $* " in
*" -r "*) reboot -f ;;
*" -H "*) halt -f ;;
*) poweroff -f ;;
esac
