"""Makes a VSOCK socket, which no network namespace confines; it is never connected."""

import socket

from answer import answer, refused

refused("vsock stream", socket.socket, 40, socket.SOCK_STREAM)
refused("vsock datagram", socket.socket, 40, socket.SOCK_DGRAM)
answer()
