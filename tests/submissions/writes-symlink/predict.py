"""A link to a file of the host in place of the table."""

import os

os.symlink("/etc/passwd", os.environ["OUTPUT"])
