"""Evaluation: what is to do (plan), one container run (run), how it ended (outcome), what it is worth (score).

Only `score` reads labels, and nothing that runs containers can reach it; `evaluate` puts the parts together.
"""
