"""Ends with the status that shells have for a file that is no program."""

import sys

sys.exit(126)
