"""The board as static pages that need neither a server nor JavaScript."""
