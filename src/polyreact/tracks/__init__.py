"""Tracks: what is asked, of which dataset revision, under which limits, ranked or only shown."""
