"""Tries to change, replace and remove what it was given."""

import os

from answer import answer, refused

path = os.environ["INPUT"]
refused("write", open, path, "a")
refused("chmod", os.chmod, path, 0o666)
refused("unlink", os.unlink, path)
refused("rename", os.rename, path, "/data/other.csv")
refused("a new file", open, "/data/train.csv", "w")
refused("a link", os.symlink, "/etc", "/data/link")
refused("the folder", os.chmod, "/data", 0o777)
answer()
