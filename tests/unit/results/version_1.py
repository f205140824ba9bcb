"""Comparisons as they were written by schema version 1."""

HEADING = ("track", "dataset", "revision", "scoring_version", "labels_sha256", "interval_level", "group_column")


def as_version_1(record):
    """The document, with every pair by its names."""
    names = [entry.submission for entry in record.entries]
    return {
        "schema_version": 1,
        **{name: getattr(record, name) for name in HEADING},
        "entries": [
            {"submission": entry.submission, "predictions_sha256": entry.predictions_sha256}
            for entry in record.entries
        ],
        "pairs": [pair.model_dump(exclude={"agreement"}) for pair in record.read_pairs(names)],
    }
