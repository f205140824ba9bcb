"""Intervals, paired comparisons and ranks from arrays; pure, and knowing no files."""
