"""Without the extra `cluster` everything else works, and what needs it names it."""

import json
import subprocess
import sys

import pytest

from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import LocalProfile
from polyreact.execution.resources import Resources

#: As if nothing of the extra were installed.
WITHOUT = """
import json, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"dask", "distributed", "dask_jobqueue", "cryptography"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
"""
LOCAL = """
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import LocalProfile
from polyreact.execution.resources import Resources
with open_pool(LocalProfile(Resources(1, 1))) as pool:
    print(json.dumps(pool.submit(sum, [1, 2], resources=Resources(1, 1), key="sum").result()))
"""
DASK_LOCAL = 'kind = "dask-local"\nworkers = 1\ncpus = 1\nmemory = "1 GiB"'
DASK = """
kind = "dask"
address = "tcp://127.0.0.1:1"
[[workers]]
name = "a"
cpus = 1
memory = "1 GiB"
maximum = 1
"""
CALL = """
from polyreact.cli.main import main
main(sys.argv[1:])
"""


def run(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + program, *map(str, arguments)], check=False, capture_output=True, text=True
    )


def test_pool_of_this_machine_needs_no_extra():
    assert json.loads(run(LOCAL).stdout) == 3


@pytest.mark.parametrize("text", [DASK_LOCAL, DASK], ids=["dask-local", "dask"])
def test_profile_that_needs_the_extra_names_it(tmp_path, text):
    (tmp_path / "p.toml").write_text(text)
    ended = run(CALL, "cluster", "check", "--on", tmp_path / "p.toml")
    assert ended.returncode == 2
    assert ended.stderr.startswith("E104  this profile needs da")
    assert "pip install 'polyreact[cluster]'" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("cluster", "--help"), ("track", "list"), ("dataset", "list"), ("evaluate", "--help")],
)
def test_everything_else_works_without_the_extra(arguments):
    ended = run(CALL, *arguments)
    assert ended.returncode == 0, ended.stderr


def test_pool_of_this_machine_imports_nothing_of_the_extra():
    program = LOCAL + "assert not {'dask', 'distributed', 'cryptography'} & set(sys.modules)\n"
    ended = subprocess.run(
        [sys.executable, "-c", f"import json, sys\n{program}"], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


def test_local_profile_opens_a_pool_with_its_budget():
    with open_pool(LocalProfile(Resources(3, 5))) as pool:
        assert pool.state().workers[0].has == Resources(3, 5)
