"""Whether a deployment of the benchmark is as it must be: its clone, this host, and its settings on GitHub."""
