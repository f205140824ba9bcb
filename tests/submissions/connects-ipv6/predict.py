"""Opens connections over IPv6, also to addresses of the link."""

import socket

from answer import answer, refused

for address in ("2001:db8::1", "fd00::1", "fe80::1%lo", "ff02::1%lo"):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        target = socket.getaddrinfo(address, 80, socket.AF_INET6, 0, 0, socket.AI_NUMERICHOST)[0][4]
        refused(f"ipv6 {address}", client.connect, target)
answer()
