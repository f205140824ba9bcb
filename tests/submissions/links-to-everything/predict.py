"""Fills /output with links to files of the host, and one back to its parent."""

import os

from answer import answer, refused

answer()
for number, target in enumerate(("/etc/shadow", "/proc/1/environ", "/", "..", "../../..", "/output")):
    os.symlink(target, f"/output/link-{number}")
refused("a hard link to the input", os.link, os.environ["INPUT"], "/output/input")
