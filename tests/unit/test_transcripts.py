"""A transcript that is wrong is found to be wrong."""

import pytest

from transcripts import Step, find_difference, read_steps


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (["a", "b"], ["a", "b"]),
        (["...", "b"], ["x", "y", "b"]),
        (["a", "..."], ["a", "x"]),
        (["a ... d"], ["a b c d"]),
        (["took 0.1 s, 8 MiB"], ["took 12.5 s, 90 MiB"]),
        (["model  0.62     0.1"], ["model  0.62     0.3"]),
    ],
)
def test_what_is_shown_is_found(shown, printed):
    assert find_difference(Step("x", tuple(shown)), printed) is None


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (["a"], ["b"]),
        (["a"], ["a", "b"]),
        (["b"], ["a", "b"]),
        (["a", "..."], ["b"]),
        (["...", "c"], ["a", "b"]),
        (["AUROC 0.62"], ["AUROC 0.63"]),
        ([], ["a warning"]),
    ],
)
def test_what_was_not_printed_is_told(shown, printed):
    assert find_difference(Step("x", tuple(shown)), printed) is not None


def test_steps_are_read_from_console_blocks_only(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```console\n$ one\n1\n\n2\n$ two \\\n    more\n```\n\n```sh\n$ three\n```\n")
    assert read_steps(page) == [Step("one", ("1", "", "2")), Step("two \\\n    more", ())]
