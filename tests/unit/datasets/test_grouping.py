from collections import Counter

from polyreact.datasets.prepare.grouping import assign_folds, name_clones


def test_clones_are_named_in_the_order_of_the_rows():
    assert name_clones(["EVQLVESGGG", "QQQQQQQQQQ", "EVQLVESGGG"]) == ("clone-0001", "clone-0002", "clone-0001")


def test_folds_keep_groups_together_and_spread_the_classes():
    groups = [f"g{number // 3}" for number in range(60)]
    labels = [number // 3 % 2 for number in range(60)]
    folds = assign_folds(groups, labels, 5)
    assert len(set(zip(groups, folds, strict=True))) == 20
    assert set(Counter(zip(folds, labels, strict=True)).values()) == {6}


def test_folds_larger_groups_are_placed_first():
    groups = ["small", *["big"] * 8, "other"]
    assert assign_folds(groups, [0] * 10, 2) == (2, *[1] * 8, 2)


def test_folds_are_the_same_every_time_and_every_one_is_used():
    groups = [str(number) for number in range(40)]
    labels = [number % 2 for number in range(40)]
    assert assign_folds(groups, labels, 10) == assign_folds(groups, labels, 10)
    assert Counter(assign_folds(groups, labels, 10)) == dict.fromkeys(range(1, 11), 4)
