"""From sequences to vectors: one interface, one module per way."""
