"""Which charts answer a question? Those that lay its records over each other, and those of each by itself."""

from collections.abc import Callable, Mapping, Sequence

from emobench.domain.record import Record
from emobench.pages.chart import Chart
from emobench.pages.charts.bias_charts import heat_maps, same_emotion
from emobench.pages.charts.confusion import confusions
from emobench.pages.charts.gains import chosen_scores, method_scores, pair_gains
from emobench.pages.charts.label_curves import label_curves
from emobench.pages.charts.layer_curves import layer_curves
from emobench.pages.charts.recalls import recall_rows, recalls
from emobench.pages.report_entries import Entry, Question
from emobench.tasks.emotion_distances import ALIGNED, RAW
from emobench.views.pair_rows import directions, shown_name

MODELS = 6  # whose layer curves are shown at first; boxes show the others
Together = Callable[[Sequence[Record], str], list[Chart]]
Alone = Callable[[Entry, str], list[Chart]]


def together(question: Question, id_: str) -> list[Chart]:
    """The charts of a question; ``id_`` begins the id of each."""
    return TOGETHER[question.task](question.records, id_) if question.task in TOGETHER else []


def alone(question: Question, entry: Entry, id_: str) -> list[Chart]:
    """The charts of one of its records."""
    return ALONE[question.task](entry, id_) if question.task in ALONE else []


def _layerwise(records: Sequence[Record], id_: str) -> list[Chart]:
    found = _curves(records, f"{id_}-layers")
    if any(recall_rows(record, None) for record in records):
        found.append(recalls(records, f"{id_}-recall"))
    return found


def _cross_domain(records: Sequence[Record], id_: str) -> list[Chart]:
    found = []
    for place, (source, target) in enumerate(directions(records[0])):
        found.append(pair_gains(records, source, target, f"{id_}-gains-{place}"))
        if len(records) > 1:
            found.append(chosen_scores(records, source, target, f"{id_}-scores-{place}"))
        if any(recall_rows(record, target) for record in records):
            found.append(recalls(records, f"{id_}-recall-{place}", target))
    return [*found, *_curves(records, f"{id_}-layers")]


def _fad_bias(records: Sequence[Record], id_: str) -> list[Chart]:
    apart = [same_emotion(records, f"{id_}-apart-{geometry}", geometry) for geometry in (ALIGNED, RAW)]
    curves = [_curves(records, f"{id_}-bias-{geometry}", geometry) for geometry in (ALIGNED, RAW)]
    return [*apart, *curves[0], *curves[1]]


def _curves(records: Sequence[Record], id_: str, geometry: str = ALIGNED) -> list[Chart]:
    found = layer_curves(records, id_, geometry, best=MODELS)
    return [] if found is None else [found]


def _confusions(entry: Entry, id_: str) -> list[Chart]:
    if entry.performance is None:
        return []
    return confusions(entry.performance, shown_name(entry.record), f"{id_}-confusion")


def _pair(entry: Entry, id_: str) -> list[Chart]:
    found = []
    for place, (source, target) in enumerate(directions(entry.record)):
        found.append(method_scores(entry.record, source, target, f"{id_}-methods-{place}"))
        fewer = label_curves(entry.record, source, target, f"{id_}-labels-{place}")
        found += [fewer] if fewer is not None else []
    return [*found, *_confusions(entry, id_)]


def _bias(entry: Entry, id_: str) -> list[Chart]:
    return heat_maps(entry.record, f"{id_}-heat")


TOGETHER: Mapping[str, Together] = {"layerwise": _layerwise, "cross_domain": _cross_domain, "fad_bias": _fad_bias}
ALONE: Mapping[str, Alone] = {"layerwise": _confusions, "cross_domain": _pair, "fad_bias": _bias}
