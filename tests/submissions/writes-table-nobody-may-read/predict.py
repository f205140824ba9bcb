"""Takes all permissions from its table."""

import os

from answer import answer

answer()
os.chmod(os.environ["OUTPUT"], 0)
os.chmod("/output", 0)
