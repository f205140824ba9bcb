"""Ends as if it had read from a wrong address."""

import sys

sys.exit(139)
