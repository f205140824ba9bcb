"""Binds a socket in place of the table."""

import os
import socket

listener = socket.socket(socket.AF_UNIX)
listener.bind(os.environ["OUTPUT"])
listener.listen()
