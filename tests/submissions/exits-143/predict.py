"""Ends as if it had been told to end."""

import sys

sys.exit(143)
