"""Does the people kernel compare different people only, each with the same weight, and without bias?"""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics import different_people, people_kernel
from emobench.metrics.kernel_distance import squared_mmd
from emobench.metrics.people_kernel import (
    kernel_matrix,
    mean_kernels,
    mean_kernels_of_labels,
    people_pairs,
    same_person,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Scene = tuple[Array, Integers, Integers, Integers]
SEEDS = st.integers(0, 2**32 - 1)
PEOPLE, CELLS, BLOCKS, WIDTH = 5, 3, 3, 1.7


def a_scene(seed: int, rows: int = 14) -> Scene:
    """Rows of people in cells, some empty, in no order; and the people in blocks of one and of several."""
    generator = np.random.default_rng(seed)
    person, cell = generator.integers(0, PEOPLE, rows), generator.integers(0, CELLS, rows)
    features = generator.normal(size=(rows, 3)) + cell[:, None] + generator.normal(size=(PEOPLE, 3))[person]
    return features, person, cell, np.array([0, 2, 1, 2, 2])


def naive_kernel(one: Array, other: Array) -> float:
    """Number by number."""
    squared = 0.0
    for a, b in zip(one, other, strict=True):
        squared += (a - b) ** 2
    return float(np.exp(-squared / (2 * WIDTH**2)))


def naive_between(scene: Scene, g: int, a: int, h: int, c: int) -> float:
    """Mean kernel between the rows of one person in a cell and of another in a cell; a row is not met with itself."""
    features, person, cell, _ = scene
    ones, others = (np.flatnonzero((person == who) & (cell == what)) for who, what in ((g, a), (h, c)))
    values = [naive_kernel(features[i], features[j]) for i in ones for j in others if i != j]
    return float(np.mean(values)) if values else np.nan


def naive_mean(values: list[float]) -> float:
    """The mean of what is defined."""
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else np.nan


def mmd(means: Array, a: int = 0, c: int = 1) -> float:
    """Squared MMD between two cells."""
    return float(means[a, a] + means[c, c] - 2 * means[a, c])


@given(SEEDS)
def test_sums_are_those_of_loops(seed: int) -> None:
    """Every sum is that of four loops over people and rows, and a person without rows in a cell is not there."""
    scene = a_scene(seed)
    pairs = people_pairs(*scene, cells=CELLS, bandwidth=WIDTH)
    block_of = scene[3]
    sums, within = np.zeros((2, BLOCKS, CELLS, CELLS))
    for a, c in np.ndindex(CELLS, CELLS):
        for g, h in np.ndindex(PEOPLE, PEOPLE):
            value = naive_between(scene, g, a, h, c)
            if g != h and not np.isnan(value):
                sums[block_of[g], a, c] += value
                within[block_of[g], a, c] += value * (block_of[g] == block_of[h])
    assert pairs.sums == pytest.approx(sums, abs=1e-12)
    assert pairs.within == pytest.approx(within, abs=1e-12)
    for g, a in np.ndindex(PEOPLE, CELLS):
        assert pairs.present[g, a] == ((scene[1] == g) & (scene[2] == a)).any()
        assert pairs.same[g, a] == pytest.approx(naive_between(scene, g, a, g, a), abs=1e-12, nan_ok=True)


@given(SEEDS)
def test_means_are_over_pairs_of_different_people(seed: int) -> None:
    """C is the mean over ordered pairs of different people, S the mean over people of their own different rows."""
    scene = a_scene(seed)
    pairs = people_pairs(*scene, cells=CELLS, bandwidth=WIDTH)
    found, same = mean_kernels(pairs), same_person(pairs)
    for a, c in np.ndindex(CELLS, CELLS):
        values = [naive_between(scene, g, a, h, c) for g, h in np.ndindex(PEOPLE, PEOPLE) if g != h]
        assert found[a, c] == pytest.approx(naive_mean(values), abs=1e-12, nan_ok=True)
    for a in range(CELLS):
        own = [naive_between(scene, g, a, g, a) for g in range(PEOPLE)]
        assert same[a] == pytest.approx(naive_mean(own), abs=1e-12, nan_ok=True)


@given(SEEDS, st.integers(0, BLOCKS - 1))
def test_without_a_block_is_without_its_rows(seed: int, block: int) -> None:
    """Leaving a block of people out of the sums gives what its rows' absence gives."""
    features, person, cell, block_of = a_scene(seed, rows=24)
    pairs = people_pairs(features, person, cell, block_of, CELLS, WIDTH)
    stay = block_of[person] != block
    rest = people_pairs(features[stay], person[stay], cell[stay], block_of, CELLS, WIDTH)
    assert mean_kernels(pairs, block) == pytest.approx(mean_kernels(rest), abs=1e-12, nan_ok=True)
    assert same_person(pairs, block) == pytest.approx(same_person(rest), abs=1e-12, nan_ok=True)


@given(SEEDS)
def test_relabelling_is_labelling(seed: int) -> None:
    """The means of a relabelling are those of rows that have these cells, even where cells come to be empty."""
    features, person, _, block_of = a_scene(seed)
    labels = np.random.default_rng(seed).integers(0, CELLS, (4, len(features)))
    found = mean_kernels_of_labels(features, person, labels, CELLS, WIDTH)
    for row, means in zip(labels, found, strict=True):
        pairs = people_pairs(features, person, row, block_of, CELLS, WIDTH)
        assert means == pytest.approx(mean_kernels(pairs), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(("pairs", "weights"), [(1, 1), (100, 250), (10**6, 10**6)])
def test_memory_changes_nothing(monkeypatch: pytest.MonkeyPatch, pairs: int, weights: int) -> None:
    """However little is in memory at once, all means are the same."""
    features, person, cell, block_of = a_scene(3, rows=40)
    labels = np.random.default_rng(0).integers(0, CELLS, (9, 40))
    means = mean_kernels(people_pairs(features, person, cell, block_of, CELLS, WIDTH), without=0)
    relabelled = mean_kernels_of_labels(features, person, labels, CELLS, WIDTH)
    monkeypatch.setattr(different_people, "PAIRS", pairs)
    monkeypatch.setattr(people_kernel, "WEIGHTS", weights)
    again = mean_kernels(people_pairs(features, person, cell, block_of, CELLS, WIDTH), without=0)
    assert again == pytest.approx(means, abs=1e-13)
    again = mean_kernels_of_labels(features, person, labels, CELLS, WIDTH)
    assert again == pytest.approx(relabelled, abs=1e-13)


@given(SEEDS, st.integers(2, 5))
def test_more_clips_are_not_more_weight(seed: int, copies: int) -> None:
    """A person whose every clip is there several times counts no more than before."""
    features, person, cell, block_of = a_scene(seed)
    expected = mean_kernels(people_pairs(features, person, cell, block_of, CELLS, WIDTH))
    times = np.where(person == 1, copies, 1)
    more = np.repeat(np.arange(len(person)), times)
    again = people_pairs(features[more], person[more], cell[more], block_of, CELLS, WIDTH)
    assert mean_kernels(again) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("shared", [True, False])
def test_people_do_not_pass_for_a_difference(shared: bool) -> None:
    """Two cells of one distribution are at 0 on average, with the same people or others; by clips they are not.

    Persons differ strongly from one another, so that which people there are is most of what a few clips tell.
    """
    generator = np.random.default_rng(7)
    people, clips, runs = 4, 3, 600
    person = np.repeat(np.arange(2 * people), clips)
    cell = person // people
    person = person % people if shared else person
    values = []
    for _ in range(runs):
        features = 3 * generator.normal(size=(2 * people, 2))[person] + generator.normal(size=(len(person), 2))
        pairs = people_pairs(features, person, cell, np.arange(2 * people), 2, bandwidth=2.0)
        values.append((mmd(mean_kernels(pairs)), squared_mmd(features[cell == 0], features[cell == 1], 2.0)))
    mean, error = np.mean(values, axis=0), np.std(values, axis=0) / runs**0.5
    assert abs(mean[0]) < 3 * error[0]
    assert mean[1] * (-1 if shared else 1) > 10 * error[1]


def test_the_mean_over_all_half_splits_is_closed() -> None:
    """Signal minus floor, averaged over every way to halve the people, is C_aa + C_bb - 2 C_ab for equal clips."""
    generator = np.random.default_rng(2)
    people, clips = 6, 3
    person, cell = np.tile(np.repeat(np.arange(people), clips), 2), np.repeat([0, 1], people * clips)
    features = generator.normal(size=(len(person), 3)) + cell[:, None] + generator.normal(size=(people, 3))[person]

    def distance(domain: int, half: Integers, other_domain: int, other_half: Integers) -> float:
        one = features[(cell == domain) & np.isin(person, half)]
        return squared_mmd(one, features[(cell == other_domain) & np.isin(person, other_half)], WIDTH)

    differences = []
    for chosen in combinations(range(people), people // 2):
        first = np.array(chosen)
        second = np.setdiff1d(np.arange(people), first)
        floor = (distance(0, first, 0, second) + distance(1, first, 1, second)) / 2
        differences.append(distance(0, first, 1, second) - floor)
    found = mmd(mean_kernels(people_pairs(features, person, cell, np.arange(people), 2, WIDTH)))
    assert found == pytest.approx(np.mean(differences), abs=1e-13)
    assert found > 0.01


def test_a_person_alone_has_nobody_to_differ_from() -> None:
    """Where no two different people meet C is nan, and where nobody has two clips S is, both without a warning."""
    features, person, cell = np.arange(4.0)[:, None], np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])
    pairs = people_pairs(features, person, cell, np.arange(3), 3, WIDTH)
    assert np.isnan(mean_kernels(pairs)).tolist() == [[True, False, True], [False, False, True], [True, True, True]]
    assert np.isnan(same_person(pairs)).tolist() == [False, True, True]
    assert np.isnan(mean_kernels(pairs, without=0)).sum() == 8
    assert np.isnan(same_person(pairs, without=0)).all()


@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_the_kernel_is_that_of_each_pair(seed: int, size: int, others: int) -> None:
    """The matrix holds the kernel of each row with each other one, for a single row and far from the origin too."""
    generator = np.random.default_rng(seed)
    some, rows = generator.normal(size=(size, 3)), generator.normal(size=(others, 3))
    expected = np.array([[naive_kernel(one, other) for other in rows] for one in some])
    assert kernel_matrix(some, rows, WIDTH) == pytest.approx(expected, abs=1e-12)
    assert kernel_matrix(some + 1e6, rows + 1e6, WIDTH) == pytest.approx(expected, abs=1e-8)
    assert (kernel_matrix(np.repeat(some, 2, axis=0), some[:1], WIDTH)[:2] == 1).all()


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, np.nan, np.inf])
def test_a_bandwidth_is_above_zero(bandwidth: float) -> None:
    """A bandwidth that makes no kernel is refused by everything that takes one."""
    features, person, cell, block_of = a_scene(0)
    with pytest.raises(ValueError, match="above 0 and finite"):
        people_pairs(features, person, cell, block_of, CELLS, bandwidth)
    with pytest.raises(ValueError, match="above 0 and finite"):
        mean_kernels_of_labels(features, person, cell[None], CELLS, bandwidth)
    with pytest.raises(ValueError, match="above 0 and finite"):
        kernel_matrix(features, features, bandwidth)


@pytest.mark.parametrize(("place", "number", "match"), [
    (0, np.nan, "finite"), (1, -1, "persons from 0 to 4"), (1, PEOPLE, "persons from 0 to 4"),
    (2, -1, "cells from 0 to 2"), (2, CELLS, "cells from 0 to 2"), (3, -1, "blocks are numbered from 0"),
])  # fmt: skip
def test_numbers_out_of_range_are_refused(place: int, number: float, match: str) -> None:
    """A feature that is not finite, or a person, cell or block out of range, is an error that names it."""
    scene = a_scene(0)
    scene[place][0] = number
    with pytest.raises(ValueError, match=match):
        people_pairs(*scene, cells=CELLS, bandwidth=WIDTH)


def test_other_shapes_are_refused() -> None:
    """Labels of other rows, no labels, rows of two widths, and a block that is not there, are errors."""
    features, person, cell, block_of = a_scene(0)
    for labels in (cell[None, :-1], cell[None] - 9, cell, np.zeros((0, len(cell)), int)):
        with pytest.raises(ValueError, match="cells from 0 to 2"):
            mean_kernels_of_labels(features, person, labels, CELLS, WIDTH)
    with pytest.raises(ValueError, match="persons"):
        people_pairs(features, person[1:], cell, block_of, CELLS, WIDTH)
    with pytest.raises(ValueError, match="one width"):
        kernel_matrix(features, features[:, 1:], WIDTH)
    for without in (-1, BLOCKS):
        with pytest.raises(ValueError, match="blocks 0 to 2"):
            mean_kernels(people_pairs(features, person, cell, block_of, CELLS, WIDTH), without)
