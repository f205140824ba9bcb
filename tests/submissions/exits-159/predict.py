"""Ends as if a system call had been refused by its end."""

import sys

sys.exit(159)
