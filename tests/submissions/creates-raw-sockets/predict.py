"""Makes raw, packet and netlink sockets, and others of rare kinds."""

import socket

from answer import answer, refused

refused("raw ip", socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)
for family in (16, 17, 15, 29, 31, 38, 44):  # netlink, packet, key, CAN, Bluetooth, kernel crypto, XDP
    refused(f"family {family}", socket.socket, family, socket.SOCK_RAW)
answer()
