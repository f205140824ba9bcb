"""Asks to be root, and starts a set-user-id program of its image."""

import os
import shutil
import subprocess
import sys

from answer import answer, escaped, refused

refused("setuid", os.setuid, 0)
refused("setresuid", os.setresuid, 0, 0, 0)
refused("setgid", os.setgid, 0)
refused("setgroups", os.setgroups, [0])

python = os.path.realpath(sys.executable)
program = os.path.join(os.path.dirname(python), "set-user-id")
if os.stat(program).st_mode & 0o6000 != 0o6000:
    escaped("the image lost the mark of its program, so nothing was tried")
asked = [program, "-I", "-c", "import os; print(os.geteuid(), os.getegid())"]
said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
if said != ["61001", "61001"]:
    escaped(f"a set-user-id program is {said}")

shutil.copy("/bin/sh", "/tmp/program")
os.chmod("/tmp/program", 0o6755)
refused("a program in /tmp", subprocess.run, ["/tmp/program", "-c", "true"])
answer()
