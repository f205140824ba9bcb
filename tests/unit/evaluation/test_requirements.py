"""What of a submission's requirements reaches pip on this host."""

import pytest

from polyreact.errors import BuildFailed
from polyreact.evaluation.requirements import fetch_wheels, place_wheels

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
        fetch_wheels(requirements(tmp_path, text), tmp_path / "cache")
    assert sentence in caught.value.render()
    assert not (tmp_path / "cache").exists()


def test_requirements_as_uv_writes_them_are_taken(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "polyreact.evaluation.requirements._download", lambda clean, folder: seen.append(clean.read_text())
    )
    text = f"# made by uv\nnumpy==2.4.6 ; python_version < '3.12' \\\n    {HASH} \\\n    {HASH}\n    # via x\n\n"

    folder = fetch_wheels(requirements(tmp_path, text), tmp_path / "cache")

    assert seen == [f"numpy==2.4.6 ; python_version < '3.12' {HASH} {HASH}\n"]
    assert fetch_wheels(requirements(tmp_path, text), tmp_path / "cache") == folder
    assert len(seen) == 1


def test_wheels_are_never_placed_through_a_link(tmp_path):
    """A link called wheels in the submitter's folder led our writing to any place of the host."""
    outside, context, wheels = tmp_path / "outside", tmp_path / "context", tmp_path / "wheels"
    for folder in (outside, context, wheels):
        folder.mkdir()
    (wheels / "a.whl").write_text("wheel")
    (context / "wheels").symlink_to(outside)

    place_wheels(wheels, context)

    assert list(outside.iterdir()) == []
    assert (context / "wheels" / "a.whl").read_text() == "wheel"
