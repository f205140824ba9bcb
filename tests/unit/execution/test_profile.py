from dataclasses import replace
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest

from polyreact.errors import BadProfile
from polyreact.execution.profile import (
    DaskLocalProfile,
    DaskProfile,
    LocalProfile,
    SlurmKind,
    SlurmProfile,
    TlsFiles,
    WorkerKind,
    parse_profile,
)
from polyreact.execution.resources import Resources

GIB = 1 << 30
SLURM = """
kind = "slurm"
interface = "ib0"

[tls]
authority = "keys/authority.pem"
certificate = "keys/node.pem"
key = "/etc/node-key.pem"

[[workers]]
name = "cpu"
partition = "long"
cpus = 4
memory = "7.5 GiB"
walltime = "1-02:03:04"
maximum = 20
options = ["--account=lab"]

[[workers]]
name = "gpu"
partition = "gpu"
cpus = 8
memory = "1TiB"
gpus = 2
walltime = "08:00:00"
minimum = 1
maximum = 2
"""


def findings(text):
    with pytest.raises(BadProfile) as caught:
        parse_profile(text.encode(), "p.toml")
    assert caught.value.consequence == "Nothing was started."
    return {finding.where: finding.message for finding in caught.value.findings}


def test_local_profile_is_a_budget():
    profile = parse_profile(b'kind = "local"\ncpus = 8\nmemory = "24 GiB"\ngpus = 1', "p.toml")
    assert profile == LocalProfile(Resources(8, 24 * GIB, 1))


def test_dask_on_this_machine_has_no_pages_unless_asked_for():
    text = 'kind = "dask-local"\nworkers = 3\ncpus = 2\nmemory = "512 MiB"\n'
    assert parse_profile(text.encode(), "p.toml") == DaskLocalProfile(3, Resources(2, GIB // 2), dashboard=False)
    assert parse_profile(f"{text}dashboard = true".encode(), "p.toml").dashboard


def test_address_with_certificates():
    text = """
kind = "dask"
address = "tls://head.example:8786"
[tls]
authority = "a.pem"
certificate = "c.pem"
key = "k.pem"
[[workers]]
name = "any"
cpus = 2
memory = "4 GiB"
maximum = 10
"""
    tls = TlsFiles(Path("/lab/a.pem"), Path("/lab/c.pem"), Path("/lab/k.pem"))
    kinds = (WorkerKind("any", Resources(2, 4 * GIB), 10),)
    assert parse_profile(text.encode(), "/lab/p.toml") == DaskProfile("tls://head.example:8786", tls, kinds)


def test_slurm_has_a_block_for_each_kind_of_resource():
    profile = parse_profile(SLURM.encode(), "/lab/p.toml")
    tls = TlsFiles(Path("/lab/keys/authority.pem"), Path("/lab/keys/node.pem"), Path("/etc/node-key.pem"))
    day_and_more = 93_784
    assert profile == SlurmProfile(
        tls=tls,
        kinds=(
            SlurmKind(
                WorkerKind("cpu", Resources(4, 15 * GIB // 2, 0, day_and_more), 20), "long", 0, ("--account=lab",)
            ),
            SlurmKind(WorkerKind("gpu", Resources(8, 1024 * GIB, 2, 8 * 3600), 2), "gpu", 1),
        ),
        folder=Path("/lab/slurm-workers"),
        interface="ib0",
    )
    elsewhere = parse_profile(SLURM.replace("[tls]", 'folder = "/scratch/me"\n[tls]', 1).encode(), "/lab/p.toml")
    assert elsewhere == replace(profile, folder=Path("/scratch/me"))


def test_every_defect_is_told_at_once():
    text = 'kind = "dask-local"\nworkers = 0\ncpus = true\nmemory = "much"\ncolour = "red"\ndashboard = 1\n'
    assert findings(text).keys() == {"workers", "cpus", "memory", "colour", "dashboard"}


@pytest.mark.parametrize("text", ["", 'kind = "kubernetes"', "kind = 3"])
def test_unknown_kind_is_told_with_those_that_there_are(text):
    assert findings(text)["kind"] == "must be one of: local, dask-local, dask, slurm"


@pytest.mark.parametrize("text", ["kind =", "\xff", 'kind = "local"\nkind = "local"'])
def test_what_is_no_toml_is_told_so(text):
    with pytest.raises(BadProfile, match=r"p\.toml is not TOML"):
        parse_profile(text.encode("latin-1"), "p.toml")


def test_tls_address_without_certificates_is_refused_and_the_other_way_round():
    worker = '[[workers]]\nname = "a"\ncpus = 1\nmemory = "1 GiB"\nmaximum = 1\n'
    certificates = '[tls]\nauthority = "a"\ncertificate = "c"\nkey = "k"\n'
    assert "tls" in findings(f'kind = "dask"\naddress = "tls://h:1"\n{worker}')
    assert "address" in findings(f'kind = "dask"\naddress = "tcp://h:1"\n{certificates}{worker}')
    assert "address" in findings(f'kind = "dask"\naddress = "tcp://h:70000"\n{worker}')
    assert "address" in findings(f'kind = "dask"\naddress = "http://h:1"\n{worker}')


def test_slurm_defects_are_told_by_block():
    found = findings(SLURM.replace("minimum = 1", "minimum = 3").replace('walltime = "1-02', 'walltime = "1:02'))
    assert found.keys() == {"workers[0].walltime", "workers.gpu"}
    assert findings(SLURM.replace('name = "gpu"', 'name = "cpu"'))["workers"] == "has more than one of the name cpu"
    assert "workers[0].options" in findings(SLURM.replace("--account=lab", "a\\nb"))
    assert "workers" in findings('kind = "slurm"')


@hypothesis.given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_a_profile_or_defects(content):
    with pytest.raises(BadProfile):
        parse_profile(content, "p.toml")


_VALUES = st.recursive(
    st.one_of(st.integers(-2, 9), st.booleans(), st.sampled_from(["1 GiB", "a", "tls://h:1", "01:00:00", ""])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=4,
)
_KEYS = ("workers", "cpus", "memory", "gpus", "tls", "address", "interface", "dashboard", "other")


@hypothesis.given(
    st.sampled_from(["local", "dask-local", "dask", "slurm"]), st.dictionaries(st.sampled_from(_KEYS), _VALUES)
)
def test_any_values_are_a_profile_or_defects(kind, values):
    text = f'kind = "{kind}"\n' + "".join(f"{key} = {_render(value)}\n" for key, value in values.items())
    try:
        parse_profile(text.encode(), "p.toml")
    except BadProfile as error:
        assert error.findings  # noqa: PT017


def _render(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_render(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_render, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
