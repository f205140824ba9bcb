"""Where functions run: on this machine, or on a cluster. It knows no track, no record and no label."""
