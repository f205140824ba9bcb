"""Looks for sockets of engines and of the host, by path and by abstract name."""

import os
import socket
import stat

from answer import answer, escaped, refused

paths = [
    "/var/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/dbus/system_bus_socket",
]
for top, _, names in os.walk("/"):
    if not top.startswith(("/proc", "/sys")):
        found = [os.path.join(top, name) for name in names]
        paths += [path for path in found if os.path.lexists(path) and stat.S_ISSOCK(os.lstat(path).st_mode)]
for path in paths:
    with socket.socket(socket.AF_UNIX) as client:
        refused(path, client.connect, path)
with open("/proc/net/unix") as listed:
    others = [line for line in listed.read().splitlines()[1:] if "@" in line]
if others:
    escaped(f"abstract sockets can be seen: {others}")
answer()
