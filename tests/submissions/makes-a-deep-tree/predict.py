"""Makes folders in folders, deeper than any path can name."""

import os

from answer import answer

answer()
for top in ("/output", "/tmp"):
    os.chdir(top)
    try:
        for _ in range(3000):
            os.mkdir("d" * 20)
            os.chdir("d" * 20)
    except OSError as error:
        print("stopped:", error.strerror)
os.chdir("/")
