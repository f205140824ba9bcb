"""What a licence lets a reader do, by its SPDX name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.leaderboard.licences import MEANINGS, Licence, classify_licence


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", Licence.ANY_USE),
        ("Apache-2.0", Licence.ANY_USE),
        ("BSD-3-Clause", Licence.ANY_USE),
        ("CC-BY-4.0", Licence.ANY_USE),
        ("CC0-1.0", Licence.ANY_USE),
        ("GPL-3.0-only", Licence.SHARE_ALIKE),
        ("LGPL-2.1-or-later", Licence.SHARE_ALIKE),
        ("AGPL-3.0-only", Licence.SHARE_ALIKE),
        ("CC-BY-SA-4.0", Licence.SHARE_ALIKE),
        ("GPL-2.0+", Licence.SHARE_ALIKE),
        ("CC-BY-NC-4.0", Licence.NOT_COMMERCIAL),
        ("CC-BY-NC-SA-4.0", Licence.NOT_COMMERCIAL),
        ("PolyForm-Noncommercial-1.0.0", Licence.NOT_COMMERCIAL),
        ("LicenseRef-Proprietary", Licence.OWN_TERMS),
        ("CC-BY-ND-4.0", Licence.OWN_TERMS),
        ("BUSL-1.1", Licence.OWN_TERMS),
        ("MIT OR GPL-3.0-only", Licence.ANY_USE),
        ("MIT AND GPL-3.0-only", Licence.SHARE_ALIKE),
        ("MIT AND (CC-BY-NC-4.0 OR Apache-2.0)", Licence.ANY_USE),
        ("MIT OR Apache-2.0 AND CC-BY-NC-4.0", Licence.ANY_USE),
        ("(MIT OR Apache-2.0) AND CC-BY-NC-4.0", Licence.NOT_COMMERCIAL),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Licence.SHARE_ALIKE),
        ("mit or apache-2.0", Licence.ANY_USE),
        ("", Licence.OWN_TERMS),
        ("MIT OR", Licence.OWN_TERMS),
        ("MIT MIT", Licence.OWN_TERMS),
        ("(MIT", Licence.OWN_TERMS),
        ("MIT)", Licence.OWN_TERMS),
        ("MIT WITH", Licence.OWN_TERMS),
        ("free as in beer", Licence.OWN_TERMS),
        ("(" * 5_000 + "MIT" + ")" * 5_000, Licence.OWN_TERMS),
    ],
)
def test_class_of_a_licence(expression, expected):
    assert classify_licence(expression) is expected


@given(st.text(alphabet="()+ MITORANDWHGPL-3.0") | st.text())
def test_any_text_has_a_class(text):
    assert classify_licence(text) in Licence


def test_every_class_is_explained():
    assert set(MEANINGS) == set(Licence)
