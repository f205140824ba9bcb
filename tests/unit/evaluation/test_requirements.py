"""What of a submission's requirements reaches pip on this host."""

import pytest

from polyreact.errors import BuildFailed
from polyreact.evaluation.requirements import REVIEWED_SOURCES, fetch_packages, place_packages

HASH = "--hash=sha256:" + "ab" * 32


def requirements(tmp_path, text):
    path = tmp_path / "requirements.txt"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"--no-binary :all:\nevil==1.0 {HASH}", "is an option"),
        (f"--find-links dist\nevil==1.0 {HASH}", "is an option"),
        (f"-e ./evil {HASH}", "is an option"),
        (f"evil @ https://evil.example/evil.tar.gz {HASH}", "is not pinned"),
        (f"./dist/evil-1.0.tar.gz {HASH}", "is not `name==version`"),
        (f"evil>=1.0 {HASH}", "is not pinned"),
        (f"evil==1.* {HASH}", "is not pinned"),
        ("evil==1.0", "has no --hash"),
        (f"evil==1.0 --global-option=x {HASH}", "is not `name==version`"),
    ],
)
def test_requirements_with_anything_but_pins_and_hashes_are_refused(tmp_path, text, sentence):
    """Symptom: options in the file made pip build a source archive on the host, as root, and the check passed.

    Cause: the file was handed to pip as it was, and its options overrule those of the command line.
    """
    with pytest.raises(BuildFailed) as caught:
        fetch_packages([requirements(tmp_path, text)], tmp_path / "cache")
    assert sentence in caught.value.render()
    assert not (tmp_path / "cache").exists()


def test_requirements_as_uv_writes_them_are_taken(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "polyreact.evaluation.requirements._download",
        lambda clean, _folder, form: seen.append((form, clean.read_text())),
    )
    text = f"# made by uv\nnumpy==2.4.6 ; python_version < '3.12' \\\n    {HASH} \\\n    {HASH}\n    # via x\n\n"

    folder = fetch_packages([requirements(tmp_path, text)], tmp_path / "cache")

    assert seen == [("--only-binary", f"numpy==2.4.6 ; python_version < '3.12' {HASH} {HASH}\n")]
    assert fetch_packages([requirements(tmp_path, text)], tmp_path / "cache") == folder
    assert len(seen) == 1


def test_only_reviewed_source_releases_are_downloaded_as_such_and_only_with_their_hash(tmp_path, monkeypatch):
    """Reading the metadata of a source release runs its setup.py here, so a submitter's own never gets that far."""
    seen = []
    monkeypatch.setattr(
        "polyreact.evaluation.requirements._download",
        lambda clean, _folder, form: seen.append((form, clean.read_text())),
    )
    (reviewed,) = REVIEWED_SOURCES
    other = f"{reviewed.partition(' ')[0]} {HASH}"
    fetch_packages([requirements(tmp_path, f"{reviewed}\n{other}\nevil==1.0 {HASH}\n")], tmp_path / "cache")
    assert seen == [("--no-binary", f"{reviewed}\n"), ("--only-binary", f"{other}\nevil==1.0 {HASH}\n")]


def test_several_files_are_one_download_of_each_package(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "polyreact.evaluation.requirements._download", lambda clean, _folder, _form: seen.append(clean.read_text())
    )
    first, second = requirements(tmp_path, f"numpy==2.4.6 {HASH}\n"), tmp_path / "requirements-build.txt"
    second.write_text(f"numpy==2.4.6 {HASH}\nonnx==1.23.2 {HASH}\n")
    fetch_packages([first, second], tmp_path / "cache")
    assert seen == [f"numpy==2.4.6 {HASH}\nonnx==1.23.2 {HASH}\n"]


def test_wheels_are_never_placed_through_a_link(tmp_path):
    """A link called wheels in the submitter's folder led our writing to any place of the host."""
    outside, context, wheels = tmp_path / "outside", tmp_path / "context", tmp_path / "wheels"
    for folder in (outside, context, wheels):
        folder.mkdir()
    (wheels / "a.whl").write_text("wheel")
    (context / "wheels").symlink_to(outside)

    place_packages(wheels, context)

    assert list(outside.iterdir()) == []
    assert (context / "wheels" / "a.whl").read_text() == "wheel"
