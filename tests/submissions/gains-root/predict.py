"""Asks to be root, and starts a set-user-id program of its image."""

import os
import subprocess

from answer import answer, escaped, refused

refused("setuid", os.setuid, 0)
refused("setresuid", os.setresuid, 0, 0, 0)
refused("setgid", os.setgid, 0)
refused("setgroups", os.setgroups, [0])
if os.path.exists("/corpus/set-user-id"):
    said = subprocess.run(["/corpus/set-user-id", "id", "-u"], capture_output=True, text=True, check=False).stdout
    if said.strip() == "0":
        escaped("a set-user-id program is root")
with open("/tmp/program", "wb") as target, open("/bin/sh", "rb") as source:
    target.write(source.read())
os.chmod("/tmp/program", 0o6755)
refused("a program in /tmp", subprocess.run, ["/tmp/program", "-c", "true"])
answer()
