"""A folder in place of the table."""

import os

os.mkdir(os.environ["OUTPUT"])
