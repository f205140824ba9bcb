"""Ends with the status that shells have for a program that is not there."""

import sys

sys.exit(127)
