"""Sends datagrams to other machines and to everybody."""

import socket

from answer import answer, refused

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    for address in (("192.0.2.1", 9), ("255.255.255.255", 9), ("224.0.0.1", 9)):
        refused(f"udp {address}", sender.sendto, b"hello", address)
answer()
