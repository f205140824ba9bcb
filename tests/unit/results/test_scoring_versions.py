"""The catalogue of scoring versions."""

import pytest

from architecture.sources import REPOSITORY
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.results.scoring_versions import SCORING_VERSIONS


def test_newest_version_is_the_one_that_scores():
    assert max(SCORING_VERSIONS) == SCORING_VERSION
    assert sorted(SCORING_VERSIONS) == list(range(1, SCORING_VERSION + 1))


@pytest.mark.parametrize("version", SCORING_VERSIONS)
def test_version_stands_in_the_changelog_and_has_one_line(version):
    assert f"\n- **scoring** version {version}: " in (REPOSITORY / "CHANGELOG.md").read_text()
    assert SCORING_VERSIONS[version].endswith(".")
    assert "\n" not in SCORING_VERSIONS[version]
