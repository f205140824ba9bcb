"""Stand-ins that tests share: an engine in memory, a docker daemon of our own."""
