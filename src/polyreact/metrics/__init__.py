"""Numbers from (truth, prediction) arrays; pure, and knowing no files."""
