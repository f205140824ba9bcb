"""Asks for the address of a name, by the library and by hand."""

import re
import socket
from pathlib import Path

from answer import answer, refused

refused("a name", socket.getaddrinfo, "polyreact.example", 443)
servers = ["192.0.2.53"]
if Path("/etc/resolv.conf").exists():
    servers += re.findall(r"^nameserver (\S+)", Path("/etc/resolv.conf").read_text(), re.MULTILINE)
question = b"\x01\x02\x01\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"
for server in servers:
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.5)
        try:
            asker.sendto(question, (server, 53))
        except OSError as error:
            print("refused:", server, error)
        else:  # a server named on the loopback takes the packet and must be nobody
            refused(server, asker.recv, 512)
answer()
