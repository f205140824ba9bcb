"""Clusters that tests start on this machine: a Slurm of two nodes, and two machines that are network namespaces."""
