"""Engines run one image once, in a sandbox, and tell how it ended."""
