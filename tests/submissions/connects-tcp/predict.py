"""Opens TCP connections to public and private addresses."""

import socket

from answer import answer, refused

for address in (("192.0.2.1", 443), ("198.51.100.7", 80), ("10.0.0.1", 80), ("172.17.0.1", 2375)):
    refused(f"tcp {address}", socket.create_connection, address, 1)
answer()
