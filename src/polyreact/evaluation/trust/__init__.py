"""Runs of which no score is made: whether an image answers alike when it is asked again in other ways."""
