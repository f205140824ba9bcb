import numpy as np
import pytest

from polyreact.similarity import cluster_sequences, find_nearest, measure_identity, score_substitution

VH = (
    "EVQLVESGGGLVQPGGSLRLSCAASGFTFSSYAMSWVRQAPGKGLEWVSAISGSGGSTYYADSVKGRFTISRDNSKNTLYLQMNSLRAEDTAVYYCAKDY"
    "WGQGTLVTVSS"
)


def change(sequence: str, *places: int) -> str:
    letters = list(sequence)
    for place in places:
        letters[place] = "W" if letters[place] != "W" else "P"
    return "".join(letters)


def test_identity_is_the_share_of_identical_columns():
    assert measure_identity(VH, VH) == 1.0
    assert measure_identity(VH, change(VH, 50)) == pytest.approx(1 - 1 / len(VH))
    assert measure_identity("ACDEFGHIKL", "ACDEFGHIK") == pytest.approx(9 / 10)  # a gap at the end is a column
    assert measure_identity("AAAA", "WWWW") == 0.0
    assert measure_identity("", VH) == 0.0


def test_identity_takes_the_optimal_alignment_with_the_most_identical_pairs():
    """`ACA` on `ACCCA`: the gap of two may stand in several places at the same score."""
    assert measure_identity("ACA", "ACCCA") == pytest.approx(3 / 5)
    assert measure_identity("ACCCA", "ACA") == pytest.approx(3 / 5)


def test_identity_takes_the_fewest_columns_where_identical_pairs_are_as_many():
    """Symptom: 5 / 15, the first that the aligner happened to name. Both score 3 and have five identical pairs.

    A--IYGSSPYYAMDY   AIYGSSPYYA-MDY
    ARGYYGN-----FDY   A----RGYYGNFDY
    """
    assert measure_identity("AIYGSSPYYAMDY", "ARGYYGNFDY") == pytest.approx(5 / 14)
    assert measure_identity("ARGYYGNFDY", "AIYGSSPYYAMDY") == pytest.approx(5 / 14)


def test_identity_unknown_residues_are_identical_to_each_other_only():
    assert measure_identity("ACDXEF", "ACDXEF") == 1.0
    assert measure_identity("ACDXEF", "ACDWEF") == pytest.approx(5 / 6)


def test_identity_refuses_what_is_too_long_for_its_tie_break():
    with pytest.raises(ValueError, match="more than 500"):
        measure_identity("A" * 501, "A")


def random_relatives(count: int, seed: int) -> list[str]:
    stream = np.random.default_rng(seed)
    letters = list("ACDEFGHIKLMNPQRSTVWY")
    made = []
    for _ in range(count):
        sequence = list(VH)
        for _ in range(stream.integers(0, 40)):
            place = int(stream.integers(len(sequence)))
            match stream.integers(3):
                case 0:
                    sequence[place] = str(stream.choice(letters))
                case 1:
                    sequence.insert(place, str(stream.choice(letters)))
                case _:
                    del sequence[place]
        made.append("".join(sequence))
    return made


def test_nearest_is_what_aligning_every_pair_gives():
    queries, references = random_relatives(12, seed=1), random_relatives(60, seed=2)
    for query, found in zip(queries, find_nearest(queries, references), strict=True):
        every = [measure_identity(query, reference) for reference in references]
        assert found.identity == max(every)
        assert found.index == every.index(max(every))


def test_nearest_is_the_same_for_any_number_of_threads():
    queries, references = random_relatives(300, seed=3), random_relatives(20, seed=4)
    assert find_nearest(queries, references, workers=1) == find_nearest(queries, references, workers=2)


def test_nearest_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing to compare"):
        find_nearest([VH], [])


def test_nearest_of_equals_is_the_first():
    assert find_nearest([VH], [change(VH, 3), VH, VH])[0].index == 1


def test_clusters_link_through_a_third():
    """The first and the last are 94 % identical and apart but for the one between them."""
    middle, far = change(VH, 1, 20, 40), change(VH, 1, 20, 40, 60, 80, 100)
    assert measure_identity(VH, far) < 0.95 <= measure_identity(middle, far)
    assert cluster_sequences([VH, far], 0.95) == (0, 1)
    assert cluster_sequences([VH, far, middle], 0.95) == (0, 0, 0)


def test_clusters_are_those_of_aligning_every_pair():
    sequences = random_relatives(60, seed=5)
    numbers = cluster_sequences(sequences, 0.9)
    linked = {i: {i} for i in range(60)}
    for i in range(60):
        for j in range(i):
            if measure_identity(sequences[i], sequences[j]) >= 0.9:
                union = linked[i] | linked[j]
                for member in union:
                    linked[member] = union
    assert {frozenset(group) for group in linked.values()} == {
        frozenset(i for i in range(60) if numbers[i] == number) for number in set(numbers)
    }
    assert 1 < len(set(numbers)) < 60


def test_clusters_are_numbered_as_they_appear():
    assert cluster_sequences(["ACDEFG", "WWWWWW", "ACDEFG"], 0.95) == (0, 1, 0)
    assert cluster_sequences([], 0.95) == ()


@pytest.mark.parametrize(
    ("pair", "score"), [("IV", 3), ("KR", 2), ("ST", 1), ("EK", 1), ("WW", 11), ("AA", 4), ("CW", -2), ("PF", -4)]
)
def test_substitution_has_the_score_of_the_published_matrix(pair, score):
    """As printed in Henikoff and Henikoff 1992 and distributed by NCBI; nothing of what the aligner adds to it."""
    measure_identity("ACD", "AED")  # makes the aligner, whose matrix is another
    assert score_substitution(*pair) == score_substitution(*reversed(pair)) == score


def test_substitution_of_a_letter_that_is_no_amino_acid_is_refused():
    with pytest.raises(IndexError):
        score_substitution("A", "?")
