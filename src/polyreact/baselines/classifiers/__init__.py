"""From vectors to scores: one interface, one module per way of keeping what was fitted."""
