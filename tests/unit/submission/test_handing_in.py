"""What is told to somebody who hands in, and the manifest with its image filled in."""

import subprocess

import pytest

from polyreact.errors import InvalidManifest, UnfinishedManifest, UnreadableArgument
from polyreact.images import ImageReference
from polyreact.submission.checkout import parse_repository, read_checkout
from polyreact.submission.handing_in import (
    git_commands,
    pin_image,
    pull_request_command,
    pull_request_page,
    push_commands,
    validate_finished,
)
from polyreact.submission.manifest import parse_manifest, read_manifest
from polyreact.submission.scaffold import write_scaffold

PINNED = ImageReference("ghcr.io", "lab/model", "1.0", f"sha256:{'a' * 64}")
FORK, UPSTREAM = "https://github.com/lab/polyreact.git", "git@github.com:bench/polyreact.git"


def scaffold(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model")
    return tmp_path / "entry" / "submission.yaml"


def test_manifest_of_a_new_submission_is_unfinished_in_everything_that_is_to_be_replaced(tmp_path):
    manifest, _ = read_manifest(scaffold(tmp_path))
    with pytest.raises(UnfinishedManifest) as caught:
        validate_finished(manifest)
    assert [finding.where for finding in caught.value.findings] == ["authors", "contact", "description"]


def test_manifest_that_is_filled_in_is_finished(tmp_path):
    text = scaffold(tmp_path).read_text()
    for old, new in (("Your Name", "A. Body"), ("you@example.org", "a@lab.org"), ("Say here in a few", "It has")):
        assert old in text
        text = text.replace(old, new)
    text = text.replace("sentences what your model is.", "no more.")
    validate_finished(parse_manifest(text.encode(), source="x"))


def test_pinned_manifest_differs_in_its_image_alone(tmp_path):
    path = scaffold(tmp_path)
    before, after = path.read_text().splitlines(), pin_image(path.read_bytes(), PINNED).decode().splitlines()
    ((old, new),) = ((old, new) for old, new in zip(before, after, strict=True) if old != new)
    assert old.startswith("image: ghcr.io/lab/model  # ")
    assert new == old.replace("ghcr.io/lab/model", str(PINNED), 1)
    assert parse_manifest("\n".join(after).encode(), source="x").image_reference == PINNED


@pytest.mark.parametrize("image", ['"ghcr.io/lab/model:0.9"', "'ghcr.io/lab/model'", "ghcr.io/lab/model # why"])
def test_image_is_replaced_however_it_is_written(tmp_path, image):
    content = f"# é image: no\nname: lab-model\nimage: {image}\n# the end\n".encode()
    expected = f"# é image: no\nname: lab-model\nimage: {PINNED}{' # why' if '#' in image else ''}\n# the end\n"
    assert pin_image(content, PINNED).decode() == expected


def test_image_on_two_lines_is_refused_and_never_half_replaced():
    with pytest.raises(InvalidManifest, match="filled in"):
        pin_image(b"image: >-\n  ghcr.io/lab/model\nname: lab-model\n", PINNED)


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://github.com/lab/polyreact", "https://github.com/lab/polyreact"),
        ("https://github.com/lab/polyreact.git", "https://github.com/lab/polyreact"),
        ("git@github.com:lab/polyreact.git", "https://github.com/lab/polyreact"),
        ("ssh://git@github.com/lab/poly.react.git", "https://github.com/lab/poly.react"),
        ("/srv/git/polyreact.git", None),
        ("https://user:secret@github.com/lab/polyreact", None),
        ("https://github.com/lab/poly react", None),
        ("https://github.com/lab/$(id)", None),
    ],
)
def test_repository_is_read_from_every_form_of_address(address, page):
    repository = parse_repository(address)
    assert (repository and repository.page) == page


def new_checkout(folder, **remotes):
    (folder / "submissions").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    for remote, address in remotes.items():
        subprocess.run(["git", "-C", folder, "remote", "add", remote, address], check=True)
    return folder


def test_checkout_knows_its_fork_and_the_benchmark(tmp_path):
    checkout = read_checkout(new_checkout(tmp_path / "my clone", origin=FORK, upstream=UPSTREAM) / "submissions")
    assert checkout.folder == tmp_path / "my clone"
    assert (checkout.fork.name, checkout.upstream.name) == ("lab/polyreact", "bench/polyreact")


def test_commands_start_at_the_benchmarks_main_and_name_both_repositories(tmp_path):
    checkout = read_checkout(new_checkout(tmp_path / "my clone", origin=FORK, upstream=UPSTREAM))
    assert git_commands("lab-model", checkout) == (
        f"cd '{tmp_path}/my clone'",
        "git fetch upstream",
        "git switch --create lab-model --no-track upstream/main",
        "git add submissions/lab-model.yaml",
        "git commit --message 'Submit lab-model'",
        "git push --set-upstream origin lab-model",
    )
    assert "--repo bench/polyreact --head lab:lab-model" in pull_request_command("lab-model", checkout)
    page = "https://github.com/bench/polyreact/compare/main...lab:lab-model?expand=1"
    assert pull_request_page("lab-model", checkout) == page


def test_commands_of_a_clone_that_knows_its_fork_alone_leave_the_benchmark_to_the_forge(tmp_path):
    checkout = read_checkout(new_checkout(tmp_path / "clone", origin=FORK))
    assert "git fetch origin" in git_commands("lab-model", checkout)
    assert pull_request_command("lab-model", checkout) == "gh pr create --fill"
    assert pull_request_page("lab-model", checkout) == "https://github.com/lab/polyreact/pull/new/lab-model"


def test_clone_of_a_folder_has_no_page(tmp_path):
    checkout = read_checkout(new_checkout(tmp_path / "clone", origin="/srv/git/polyreact.git"))
    assert pull_request_page("lab-model", checkout) is None


def test_folder_that_is_no_checkout_of_the_benchmark_is_refused(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path / "other"], check=True)
    for folder in (tmp_path / "other", tmp_path / "nowhere"):
        with pytest.raises(UnreadableArgument, match="no clone of the benchmark"):
            read_checkout(folder)


def test_push_commands_go_without_tls_to_this_host_alone():
    local, target = ImageReference("localhost", "lab/model", "abc"), ImageReference("ghcr.io", "lab/model", "1.0")
    assert push_commands("docker", local, target, plain=False) == (
        "docker login ghcr.io",
        "docker tag localhost/lab/model:abc ghcr.io/lab/model:1.0",
        "docker push ghcr.io/lab/model:1.0",
    )
    assert all("tls" not in line for line in push_commands("docker", local, target, plain=True))
    assert "--tls-verify=false" in push_commands("podman", local, target, plain=True)[2]
