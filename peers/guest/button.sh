#!/bin/sh
# What the power button does.
exec /sbin/shutdown -P
