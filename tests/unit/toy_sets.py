"""Antibodies made by hand, and small prepared sets of them in a cache."""

from dataclasses import replace

from polyreact.datasets.catalog import Annotation, load_dataset
from polyreact.datasets.layout import annotations_path, inputs_path, labels_path, provenance_path
from polyreact.datasets.tables import ID_COLUMN, INPUT_COLUMNS, LABEL_COLUMNS, render_csv
from polyreact.files import sha256_bytes
from polyreact.sequences import Antibody, SequenceId

#: 120 residues, of which 97 to 109 are the H-CDR3, of 13.
BEFORE = "EVQLVESGGGLVQPGGSLRLSCAASGFTFSSYAMSWVRQAPGKGLEWVSAISGSGGSTYYADSVKGRFTISRDNSKNTLYLQMNSLRAEDTAVYYC"
H_CDR3 = "AKDRGYSSGYFDY"
VH = f"{BEFORE}{H_CDR3}WGQGTLVTVSS"


def change(sequence, *places):
    """The sequence with another residue at each place, one that scores badly against the old."""
    letters = list(sequence)
    for place in places:
        letters[place] = "P" if letters[place] == "W" else "W"
    return "".join(letters)


def antibodies(name, *sequences):
    """Antibodies with the ids `<name>-1` and so on."""
    return tuple(
        Antibody(SequenceId(f"{name}-{number}"), sequence) for number, sequence in enumerate(sequences, start=1)
    )


def toy_dataset(settings, name, rows, labels, revision=1, source="toy", assay=None):
    """A dataset of its own source, prepared in the cache of `settings`; `assay` are texts, "" for no value."""
    inputs = render_csv(INPUT_COLUMNS, [(row.sequence_id, row.sequence, "") for row in rows])
    table = render_csv(
        LABEL_COLUMNS, [(row.sequence_id, str(label), "-") for row, label in zip(rows, labels, strict=True)]
    )
    values = zip([row.sequence_id for row in rows], assay or [], strict=assay is not None)
    annotations = render_csv((ID_COLUMN, "binding"), list(values))
    dataset = replace(
        load_dataset("demo"),
        id=name,
        source=source,
        revision=revision,
        inputs_sha256=sha256_bytes(inputs),
        labels_sha256=sha256_bytes(table),
        annotations=() if assay is None else (Annotation("binding", "made up"),),
        annotations_sha256="" if assay is None else sha256_bytes(annotations),
        assay_column="" if assay is None else "binding",
        group_column="",
        training_columns=(),
        training_sha256="",
    )
    contents = {
        inputs_path(dataset, settings): inputs,
        labels_path(dataset, settings): table,
        provenance_path(dataset, settings): b"{}",
    }
    if assay is not None:
        contents[annotations_path(dataset, settings)] = annotations
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return dataset
