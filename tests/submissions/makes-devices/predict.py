"""Makes devices and pipes wherever it may write."""

import os
import stat

from answer import answer, refused

for folder in ("/tmp", "/output", "/dev/shm"):
    refused("null", os.mknod, f"{folder}/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    refused("memory", os.mknod, f"{folder}/mem", 0o666 | stat.S_IFCHR, os.makedev(1, 1))
    refused("disk", os.mknod, f"{folder}/disk", 0o666 | stat.S_IFBLK, os.makedev(254, 0))
    refused("pipe", os.mkfifo, f"{folder}/pipe")
answer()
