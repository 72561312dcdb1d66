"""What would somebody compute from distances between emotions who never saw our code? One number a time, in loops."""

from functools import cache
from itertools import permutations
from math import isnan, sqrt

import numpy as np
from scipy import stats

NOTHING = (None, None, None, None)  # value, low, high, p


def unit(matrix):
    """The mean between different emotions."""
    off = [x for e, line in enumerate(matrix) for f, x in enumerate(line) if e != f]
    return sum(off) / len(off)


def relative(matrix):
    """Every cell over the mean of those off the diagonal; None where that is not above 0."""
    one = unit(matrix)
    return [[float(x) / one for x in line] for line in matrix] if one > 0 else None


def averaged(matrices):
    """The mean of the matrices that there are."""
    there = [one for one in matrices if one is not None]
    size = len(there[0])
    return [[sum(one[e][f] for one in there) / len(there) for f in range(size)] for e in range(size)]


def diagonal(matrix):
    return [matrix[e][e] for e in range(len(matrix))]


def nearer(matrix):
    size, found = len(matrix), []
    for e in range(size):
        others = [f for f in range(size) if f != e]
        across = sum(matrix[e][f] for f in others) / len(others)
        down = sum(matrix[f][e] for f in others) / len(others)
        found.append((across + down) / 2 - matrix[e][e])
    return found


def deviation(matrix):
    own = diagonal(matrix)
    return [x - sum(own) / len(own) for x in own]


def covariance(left_out, stratum):
    """Of two columns of left-out values."""
    total = 0.0
    for kind in sorted(set(stratum)):
        rows = [row for row, here in zip(left_out, stratum, strict=True) if here == kind]
        means = [sum(row[k] for row in rows) / len(rows) for k in (0, 1)]
        total += sum((row[0] - means[0]) * (row[1] - means[1]) for row in rows) * (len(rows) - 1) / len(rows)
    return total


def freedom(stratum):
    return len(stratum) - len(set(stratum))


def strata(d):
    """The stratum of every block; few people of one dataset only go with those of both, if these are not few."""
    people = [0, 0, 0]
    for block in d.block_of.tolist():
        people[d.stratum[block]] += 1
    own = d.stratum.tolist()
    return [0 if people[0] >= 8 and people[kind] < 8 else kind for kind in own]


def interval(d, value, left_out):
    """(value, low, high, p) of one estimate."""
    stratum = strata(d)
    se = sqrt(covariance([(x, x) for x in left_out], stratum))
    t = stats.t(freedom(stratum))
    return value, value - t.ppf(0.975) * se, value + t.ppf(0.975) * se, 2 * t.sf(abs(value) / se)


def holm(tests):
    """The tests with their p adjusted: times how many are left, never below the one before."""
    found, least = list(tests), 0.0
    order = sorted(range(len(tests)), key=lambda place: tests[place][3])
    for rank, place in enumerate(order):
        least = min(1.0, max(least, tests[place][3] * (len(tests) - rank)))
        found[place] = (*tests[place][:3], least)
    return found


def shift(d, whole, without):
    """What the jackknife takes away from one number, found ``whole`` and ``without`` each block."""
    total, stratum = 0.0, strata(d)
    for kind in sorted(set(stratum)):
        own = [value for value, here in zip(without, stratum, strict=True) if here == kind]
        total += (len(own) - 1) * (sum(own) / len(own) - whole)
    return total


def unbiased(d, geometry, stack):
    """A (1+B, E, E) stack, every cell shifted by what the jackknife knows of its bias, if it is aligned."""
    found, size = stack.tolist(), range(len(stack[0]))
    for e in size:
        for f in size:
            bias = 0.0 if geometry == "raw" else shift(d, stack[0][e][f], stack[1:, e, f].tolist())
            for one in found:
                one[e][f] -= bias
    return found


def used(d, geometry, layer):
    """The layer; for None those without a nan among all their distances."""
    names = d.layers if layer is None else (layer,)
    stacks = {name: d.arrays[name][f"{geometry}.mmd"].ravel().tolist() for name in names}
    return [name for name in names if layer is not None or not any(map(isnan, stacks[name]))]


@cache
def distances(d, geometry, layer):
    """(E, E) with everybody and without each block, of one layer; for None the mean of all that can be used."""
    stacks = [unbiased(d, geometry, d.arrays[name][f"{geometry}.mmd"]) for name in used(d, geometry, layer)]
    return [averaged(list(same)) for same in zip(*stacks, strict=True)]


def matrices(d, geometry, layer, left_out):
    """Distances relative to the mean between different emotions; None where these are not surely apart."""
    found = distances(d, geometry, layer)
    _, low, _, _ = interval(d, unit(found[0]), [unit(one) for one in found[1:]])
    return relative(found[left_out]) if low > 0 else None


def of_emotions(d, geometry, layer, statistic):
    """(value, low, high, p) of a statistic of every emotion."""
    whole = statistic(matrices(d, geometry, layer, 0))
    without = [statistic(matrices(d, geometry, layer, 1 + b)) for b in range(len(d.blocks))]
    return [interval(d, value, [row[e] for row in without]) for e, value in enumerate(whole)]


def noise(d, geometry, layer):
    """Mean of the variances of the emotions' own distances, less the mean of all covariances, over E - 1."""
    without = [diagonal(matrices(d, geometry, layer, 1 + b)) for b in range(len(d.blocks))]
    size, stratum = len(without[0]), strata(d)
    found = [[covariance([(row[e], row[f]) for row in without], stratum) for f in range(size)] for e in range(size)]
    return (sum(diagonal(found)) - sum(map(sum, found)) / size) / (size - 1), np.array(found)


def variance(values):
    mean = sum(values) / len(values)
    return sum((x - mean) ** 2 for x in values) / (len(values) - 1)


def bias(d, geometry, layer):
    """The emotion bias; None where alignment makes two emotions equally far."""
    if geometry == "aligned" and len(d.attribute.classes) == 2:
        return None
    value = variance(diagonal(matrices(d, geometry, layer, 0))) - noise(d, geometry, layer)[0]
    return sqrt(max(0, value))


def movable(d, side):
    """Share of a dataset's clips of people who have more than one emotion there."""
    clips = [[int(x) for x in person] for person in d.clips_of[side]]
    return sum(sum(one) for one in clips if sum(x > 0 for x in one) > 1) / sum(map(sum, clips))


def bias_by_chance(d, geometry, layer):
    """(value, None, None, p): how far emotions differ under permuted labels, and how often as much as was found."""
    if bias(d, geometry, layer) is None or min(movable(d, 0), movable(d, 1)) < 0.5:
        return NOTHING
    names = used(d, geometry, layer)
    arrays = [{name: d.arrays[layer][f"{geometry}.{name}"].tolist() for name in ("mmd", "null")} for layer in names]
    emotions = range(len(d.attribute.classes))
    seen = variance([sum(a["mmd"][0][e][e] for a in arrays) / len(names) for e in emotions])
    drawn = []
    for row in range(len(arrays[0]["null"])):
        drawn.append(variance([sum(a["null"][row][e] for a in arrays) / len(names) for e in emotions]))
    p = (1 + sum(one >= seen for one in drawn)) / (1 + len(drawn))
    return sqrt(sum(drawn) / len(drawn)) / unit(distances(d, geometry, layer)[0]), None, None, p


def correspondence(matrix):
    size = len(matrix)
    sums = [sum(matrix[e][pi[e]] for e in range(size)) for pi in permutations(range(size))]
    own = sum(diagonal(matrix))
    return own / size, sum(one <= own + 1e-9 for one in sums) / len(sums)


def nearest(matrix):
    size = len(matrix)
    chosen = [min(range(size), key=lambda f: matrix[e][f]) for e in range(size)]
    right = sum(chosen[e] == e for e in range(size))
    hits = [sum(chosen[e] == pi[e] for e in range(size)) for pi in permutations(range(size))]
    return right / size, sum(one >= right for one in hits) / len(hits)


def retrieval(d, geometry, layer, query):
    """Right answers of those asked, over layers, people and emotions."""
    names = d.layers if layer is None else (layer,)
    right = asked = 0
    for name in names:
        for person in range(len(d.people)):
            for emotion in range(len(d.attribute.classes)):
                said = d.arrays[name][f"{geometry}.retrieved"][query][person][emotion]
                asked += said != -1
                right += said == emotion
    return right / asked


def frechet(d, geometry, layer, quantity, view="arrays"):
    """A matrix of Frechet distances relative to its own emotions, averaged over layers for None."""
    names = d.layers if layer is None else (layer,)
    return averaged([relative(getattr(d, view)[name][f"{geometry}.{quantity}"].tolist()) for name in names])


def counts(d, cell):
    """Clips and people of a cell: (emotion of the first, emotion of the second), or all of them for None."""
    clips, people = 0, set()
    for side in (0, 1):
        for person in range(len(d.people)):
            for emotion in range(len(d.attribute.classes)):
                if (cell is None or cell[side] == emotion) and d.clips_of[side][person][emotion]:
                    clips += int(d.clips_of[side][person][emotion])
                    people.add(person)
    return clips, len(people)
