"""Ends with the status that engines have for failures of their own."""

import sys

sys.exit(125)
