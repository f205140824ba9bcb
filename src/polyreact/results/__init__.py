"""Records: what is kept of every run and score, as versioned JSON in git."""
