"""Sets the contract's own variables to other places."""

from answer import answer

answer()
