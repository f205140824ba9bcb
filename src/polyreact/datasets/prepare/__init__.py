"""From raw files to rows: one module per source, all of them functions `prepare(files) -> Preparation`."""
