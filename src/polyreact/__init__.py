"""The Antibody Polyreactivity Benchmark."""

__version__ = "0.1.0"
