"""Sets the variables that load code into every program."""

from answer import answer

answer()
