"""What would somebody compute from a pair's predictions who never saw our code? One number at a time, in loops."""

import numpy as np

APPLIED = ("direct", "direct_aligned")


def metric(attribute, truth, prediction, weight=None):
    """Mean recall of the classes that are there, or Lin's (1989) CCC with population moments."""
    weight = np.ones(len(truth)) if weight is None else np.asarray(weight, float)
    if attribute.classes:
        there = [place for place in range(len(attribute.classes)) if weight[truth == place].sum()]
        hits = (truth == prediction) * weight
        return np.mean([hits[truth == place].sum() / weight[truth == place].sum() for place in there])
    t, p = np.asarray(truth, float), np.asarray(prediction, float)
    mean_t, mean_p = np.average(t, weights=weight), np.average(p, weights=weight)
    both = np.average((t - mean_t) * (p - mean_p), weights=weight)
    spread = np.average((t - mean_t) ** 2, weights=weight) + np.average((p - mean_p) ** 2, weights=weight)
    return 2 * both / (spread + (mean_t - mean_p) ** 2)


def there(attribute, values):
    return values >= 0 if attribute.classes else np.isfinite(values)


def courses(p, method, condition, target, fraction=1.0):
    """Seed -> courses, layers rising."""
    found = {}
    for c in p.courses:
        if (c.method, c.condition, c.target, c.fraction) == (method, condition, target, fraction):
            found.setdefault(c.seed, []).append(c)
    return found


def seed_of(found, seed):
    return found[seed] if seed in found else found[None]


def other(p, target):
    return next(side.dataset for side in p.sides if side.dataset != target)


def choice(p, method, condition, target, seed, fold, fraction=1.0):
    """(layer, strength, score) with the best development score of one fold; lower layer and strength of equals."""
    if condition in APPLIED:
        return choice(p, method, "target_only", other(p, target), seed, fold, fraction)
    side, best = p.side(target), (None, None, -np.inf)
    for layer, course in enumerate(seed_of(courses(p, method, condition, target, fraction), seed)):
        for strength, values in enumerate(course.development):
            clips = (side.fold == (fold + 1) % p.folds) & there(p.attribute, values)
            score = metric(p.attribute, side.truth[clips], values[clips])
            if score > best[2] + 1e-10:
                best = (layer, strength, score)
    return best


def seeds_of(p, method, condition, target, fraction=1.0):
    names = p.methods if method == "chosen" else [method]
    drawn = {seed for name in names for seed in courses(p, name, condition, target, fraction)}
    return sorted(drawn - {None}) or [None]


def method_of(p, condition, target, fold, fraction=1.0):
    """The method that the development people of a fold like best; of equals the one with fewer weights."""
    best = (None, -np.inf)
    judge, data = ("target_only", other(p, target)) if condition in APPLIED else (condition, target)
    for method in sorted(p.methods, key=lambda name: p.methods[name]):
        if courses(p, method, condition, target, fraction):
            seeds = seeds_of(p, method, judge, data, fraction)
            score = np.mean([choice(p, method, judge, data, seed, fold, fraction)[2] for seed in seeds])
            if score > best[1] + 1e-10:
                best = (method, score)
    return best[0]


def predictions(p, method, condition, target, fraction=1.0):
    """(seeds, clips) test predictions with all choices made."""
    side, found = p.side(target), []
    for seed in seeds_of(p, method, condition, target, fraction):
        run = np.full(len(side.clips), -1 if p.attribute.classes else np.nan)
        for fold in range(p.folds):
            sample = next(c for c in p.courses if c.target == target)
            if sample.strength[fold] < 0:
                continue
            name = method_of(p, condition, target, fold, fraction) if method == "chosen" else method
            layer = choice(p, name, condition, target, seed, fold, fraction)[0]
            clips = side.fold == fold
            run[clips] = seed_of(courses(p, name, condition, target, fraction), seed)[layer].test[clips]
        found.append(run)
    return np.array(found)


def score(p, target, runs, inside=None, weights=None):
    """Mean over seeds of the score of the clips that have a prediction; ``weights`` maps people to how often."""
    side = p.side(target)
    clips = there(p.attribute, runs[0]) & (True if inside is None else inside)
    weight = None if weights is None else np.array([weights[g] for g in side.groups])[clips]
    return np.mean([metric(p.attribute, side.truth[clips], run[clips], weight) for run in runs])


def rows(found, **wanted):
    """Score rows with these fields; summary rows over all clips unless said otherwise."""
    blank = {"fraction": 1.0, "view": "all", "layer": None, "fold": None, "seed": None, "class": None}
    dump = [row.model_dump(by_alias=True) for row in found.scores]
    return [row for row in dump if all(row[key] == value for key, value in (blank | wanted).items())]


def row(found, **wanted):
    (only,) = rows(found, **wanted)
    return only


def headline(p):
    return "uar" if p.attribute.classes else "ccc"
