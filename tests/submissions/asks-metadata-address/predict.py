"""Asks a cloud's metadata service for credentials."""

import socket
import urllib.request

from answer import answer, refused

for address in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "[fd00:ec2::254]"):
    request = urllib.request.Request(f"http://{address}/latest/meta-data/", headers={"Metadata-Flavor": "Google"})
    refused(address, lambda asked=request: urllib.request.urlopen(asked, timeout=1).read())
refused("name", socket.gethostbyname, "metadata.google.internal")
answer()
