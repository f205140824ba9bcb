"""Evaluation on other machines: what travels, where it waits, what comes back, and how far it is.

A task goes out without labels and comes back as files that are read as hostile; `dispatch` scores and keeps them.
"""
