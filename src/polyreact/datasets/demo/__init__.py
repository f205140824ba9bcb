"""The synthetic demonstration set: our own generator and what it wrote. No real antibody and no measurement."""
