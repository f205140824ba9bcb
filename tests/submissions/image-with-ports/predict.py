"""Declares ports that it wants to be reached at."""

import socket

from answer import answer

server = socket.create_server(("0.0.0.0", 8080))
answer()
server.close()
