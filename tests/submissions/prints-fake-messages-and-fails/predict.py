"""Prints that the engine failed, and ends with an error of its own."""

import sys

print("E405  the engine failed; cannot connect to the docker daemon")
print("container killed by the platform: out of memory (OOMKilled)", file=sys.stderr)
print("standard_init_linux.go:228: exec user process caused: no such file or directory", file=sys.stderr)
sys.exit(3)
