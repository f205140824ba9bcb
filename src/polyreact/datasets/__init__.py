"""Datasets: raw files pinned by hash, prepared into inputs and labels, which are two files from the start."""
