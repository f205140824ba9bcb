import csv
import io
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from Bio import SeqIO

from polyreact.datasets.export import Format, render_export
from polyreact.errors import MissingExtra
from polyreact.sequences import Antibody, SequenceId

PAIRED = Antibody(SequenceId("x-0001"), "EVQL" * 31, "DIQM" * 15)
ALONE = Antibody(SequenceId("x-0002"), "QVQL")
BOTH = [PAIRED, ALONE]


def known(**columns):
    """What is known of the two antibodies: two values for each column."""
    return {
        antibody.sequence_id: {name: values[place] for name, values in columns.items()}
        for place, antibody in enumerate(BOTH)
    }


def read_parquet(**columns):
    return pq.read_table(io.BytesIO(render_export(BOTH, known(**columns), Format.PARQUET)))


def test_csv_has_the_inputs_and_nothing_else():
    rows = list(csv.DictReader(io.StringIO(render_export(BOTH, None, Format.CSV).decode())))
    assert rows == [
        {"sequence_id": "x-0001", "sequence": PAIRED.sequence, "light_sequence": PAIRED.light_sequence},
        {"sequence_id": "x-0002", "sequence": "QVQL", "light_sequence": ""},
    ]


def test_csv_with_labels_has_label_and_annotations_as_they_are_kept():
    content = render_export([ALONE], known(label="01", flags=("5", "007"), note=("", 'a, "b"')), Format.CSV)
    assert content == (b'sequence_id,sequence,light_sequence,label,flags,note\nx-0002,QVQL,,1,007,"a, ""b"""\n')


def test_fasta_has_a_record_for_each_chain_as_biopython_reads_it():
    content = render_export(BOTH, None, Format.FASTA).decode()
    records = {record.id: str(record.seq) for record in SeqIO.parse(io.StringIO(content), "fasta")}
    assert records == {
        "x-0001|VH": PAIRED.sequence,
        "x-0001|VL": PAIRED.light_sequence,
        "x-0002|VH": "QVQL",
    }
    assert [len(line) for line in content.splitlines() if not line.startswith(">")] == [60, 60, 4, 60, 4]
    assert content.endswith("\n")


def test_fasta_with_labels_tells_them_after_the_name():
    columns = {"label": "10", "flags_from": ("yes or no", "count"), "panel": ("", "7"), "said": ('"x"', "a=b")}
    lines = render_export(BOTH, known(**columns), Format.FASTA).decode().splitlines()
    assert [line for line in lines if line.startswith(">")] == [
        '>x-0001|VH label=1 flags_from="yes or no" said="\\"x\\""',
        '>x-0001|VL label=1 flags_from="yes or no" said="\\"x\\""',
        ">x-0002|VH label=0 flags_from=count panel=7 said=a=b",
    ]


def test_parquet_has_the_values_of_the_csv():
    table = pq.read_table(io.BytesIO(render_export(BOTH, None, Format.PARQUET)))
    assert table.schema.names == ["sequence_id", "sequence", "light_sequence"]
    assert set(table.schema.types) == {pa.string()}
    assert table.to_pylist()[1] == {"sequence_id": "x-0002", "sequence": "QVQL", "light_sequence": ""}


def test_parquet_label_is_a_small_number():
    table = read_parquet(label="10")
    assert table.schema.field("label").type == pa.int8()
    assert table["label"].to_pylist() == [1, 0]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (("5", "-3"), pa.int64(), [5, -3]),
        (("5", ""), pa.int64(), [5, None]),
        (("0.25", "3"), pa.float64(), [0.25, 3.0]),
        (("1e-05", ""), pa.float64(), [1e-05, None]),
        (("9" * 30, "1"), pa.float64(), [1e30, 1.0]),
        (("007", "1"), pa.string(), ["007", "1"]),
        (("nan", "1.0"), pa.string(), ["nan", "1.0"]),
        (("inf", "1"), pa.string(), ["inf", "1"]),
        (("1_0", "1"), pa.string(), ["1_0", "1"]),
        (("1 ", "1"), pa.string(), ["1 ", "1"]),
        (("٣", "1"), pa.string(), ["٣", "1"]),
        (("mouse", ""), pa.string(), ["mouse", None]),
        (("", ""), pa.string(), [None, None]),
    ],
)
def test_parquet_annotation_is_a_number_where_every_value_is_written_as_one(cells, kind, values):
    column = read_parquet(label="10", extra=cells)["extra"]
    assert column.type == kind
    assert column.to_pylist() == values


@pytest.mark.parametrize("form", [Format.CSV, Format.PARQUET])
def test_no_antibody_is_a_table_without_rows(form):
    assert render_export([], {}, form)


def test_parquet_without_pyarrow_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra) as caught:
        render_export(BOTH, None, Format.PARQUET)
    assert 'pip install "polyreact[parquet]"' in caught.value.render()
    assert render_export(BOTH, None, Format.CSV)


def test_antibody_of_which_nothing_is_known_raises():
    with pytest.raises(KeyError, match="x-0002"):
        render_export(BOTH, {PAIRED.sequence_id: {"label": "1"}}, Format.CSV)
