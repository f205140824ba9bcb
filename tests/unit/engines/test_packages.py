"""What an image says that it holds; whatever its files are, the answer is a list within bounds."""

from __future__ import annotations

import io
import tarfile
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.engines import packages
from polyreact.engines.packages import MOST_PACKAGES, MOST_TEXT, Package, Packages, read_packages

METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\nSummary: none\n\nName: forged\n"
DPKG = (
    "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u9\nDescription: x\n Package: forged\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
    "Package: zlib1g\nStatus: install ok installed\nVersion: 1:1.2.13\n"
)


def tar_of(*files: tuple[str, str | bytes], **options: object) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as tar:  # type: ignore[call-overload]
        for name, content in files:
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    buffer.seek(0)
    return buffer


def site(name: str) -> str:
    return f"usr/lib/python3/site-packages/{name}"


def test_python_packages_are_named_by_their_metadata() -> None:
    found = read_packages(
        tar_of(
            (site("numpy-2.3.0.dist-info/METADATA"), METADATA.format("numpy", "2.3.0")),
            (site("old-1.egg-info/PKG-INFO"), METADATA.format("Old.Name", "1")),
            (site("older-0.5.egg-info"), METADATA.format("older", "0.5")),
            ("opt/conda/conda-meta/scikit-learn-1.5.2-py311_0.json", "{not read"),
            (site("numpy/METADATA"), METADATA.format("forged", "1")),
        )
    )
    assert found.python == (
        Package("numpy", "2.3.0"),
        Package("old-name", "1"),
        Package("older", "0.5"),
        Package("scikit-learn", "1.5.2"),
    )
    assert found.is_complete


def test_package_under_two_names_of_one_file_is_told_once() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        first = tarfile.TarInfo("cache/Scikit_Learn-1.5.dist-info/METADATA")
        content = METADATA.format("scikit-learn", "1.5").encode()
        first.size = len(content)
        tar.addfile(first, io.BytesIO(content))
        second = tarfile.TarInfo(site("scikit_learn-1.5.dist-info/METADATA"))
        second.type, second.linkname = tarfile.LNKTYPE, first.name
        tar.addfile(second)
    buffer.seek(0)
    assert read_packages(buffer).python == (Package("scikit-learn", "1.5"),)


def test_packages_of_debian_are_those_that_are_installed() -> None:
    os_release = 'NAME="x"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
    found = read_packages(tar_of(("./var/lib/dpkg/status", DPKG), ("./usr/lib/os-release", os_release)))
    assert found == Packages(
        system=(Package("libc6", "2.36-9+deb12u9"), Package("zlib1g", "1:1.2.13")),
        system_kind="dpkg",
        distribution="Debian GNU/Linux 12 (bookworm)",
    )


def test_packages_of_distroless_alpine_and_rpm_images_are_told_as_far_as_they_are_read() -> None:
    status = tar_of(("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\n"))
    assert read_packages(status).system == (Package("base-files", "12"),)
    found = read_packages(tar_of(("lib/apk/db/installed", "C:Q1\nP:musl\nV:1.2.5-r0\n\nP:zlib\nV:1.3\n\n")))
    assert (found.system_kind, found.system) == ("apk", (Package("musl", "1.2.5-r0"), Package("zlib", "1.3")))
    found = read_packages(tar_of(("var/lib/rpm/rpmdb.sqlite", b"\0")))
    assert (found.system_kind, found.system) == ("rpm", ())


def test_links_and_folders_in_the_place_of_metadata_tell_nothing() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo(site("x-1.dist-info/METADATA"))
            member.type, member.linkname = kind, "/etc/shadow"
            tar.addfile(member)
    buffer.seek(0)
    assert read_packages(buffer) == Packages()


def test_names_that_would_act_on_a_terminal_are_made_visible_and_short() -> None:
    found = read_packages(
        tar_of(
            (site("a.dist-info/METADATA"), METADATA.format("\x1b[31mred\u202e", "1" * 5000)),
            ("etc/os-release", "PRETTY_NAME=\x1b]0;title\x07" + "x" * 5000),
        )
    )
    (package,) = found.python
    for text in (package.name, package.version, found.distribution or ""):
        assert text.isprintable()
        assert len(text) <= MOST_TEXT


def test_more_packages_than_anybody_has_are_cut_and_told_as_incomplete() -> None:
    files = [(f"{n}-1.dist-info/METADATA", METADATA.format(f"p{n}", "1")) for n in range(MOST_PACKAGES + 50)]
    found = read_packages(tar_of(*files))
    assert (len(found.python), found.is_complete) == (MOST_PACKAGES, False)


def test_database_that_is_too_large_is_not_read() -> None:
    found = read_packages(tar_of(("var/lib/dpkg/status", b"x" * ((32 << 20) + 1))))
    assert (found.system, found.is_complete) == ((), False)


def test_metadata_of_any_size_is_read_at_its_head_only() -> None:
    content = METADATA.format("large", "1").encode() + b"x" * (40 << 20)
    found = read_packages(tar_of(("large-1.dist-info/METADATA", content), ("b-2.dist-info/METADATA", "")))
    assert found.python == (Package("b", "2"), Package("large", "1"))
    assert found.is_complete


def test_name_of_many_bytes_is_not_taken_into_memory() -> None:
    stream = tar_of(("x" * (8 << 20), ""), format=tarfile.GNU_FORMAT)
    tracemalloc.start()
    found = read_packages(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not found.is_complete
    assert peak < 4 << 20


def test_many_files_are_not_kept_in_memory() -> None:
    stream = tar_of(*[(f"f{number}", "") for number in range(5_000)])
    tracemalloc.start()
    assert read_packages(stream).is_complete
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("kept", [1, 511, 512, 520])
def test_stream_that_breaks_off_is_incomplete(kept: int) -> None:
    content = tar_of((site("a-1.dist-info/METADATA"), METADATA.format("a", "1"))).getvalue()
    assert not read_packages(io.BytesIO(content[:kept])).is_complete


def test_time_that_is_over_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    later = iter(range(0, 10_000, 100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(later)))
    found = read_packages(tar_of(*[(f"f{number}", "") for number in range(50)]), seconds=1000)
    assert not found.is_complete


def test_chain_of_headers_without_end_is_no_crash() -> None:
    header = tarfile.TarInfo("x")
    header.type = tarfile.XHDTYPE
    assert not read_packages(io.BytesIO(header.tobuf(tarfile.USTAR_FORMAT) * 5000)).is_complete


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_an_answer(content: bytes) -> None:
    assert isinstance(read_packages(io.BytesIO(content)), Packages)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    site("a-1.dist-info/METADATA"),
                    "var/lib/dpkg/status",
                    "lib/apk/db/installed",
                    "etc/os-release",
                    "opt/conda-meta/-.json",
                    "x.egg-info",
                ]
            ),
            st.binary(max_size=300),
        ),
        max_size=5,
    )
)
def test_any_content_of_metadata_is_an_answer_fit_to_be_shown(files: list[tuple[str, bytes]]) -> None:
    found = read_packages(tar_of(*files))
    assert found.is_complete
    for package in (*found.python, *found.system):
        assert (package.name + package.version).isprintable()
        assert max(len(package.name), len(package.version)) <= packages.MOST_TEXT
