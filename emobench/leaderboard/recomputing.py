"""What do the predictions beside a record add up to? The same functions that scored the run score them again."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from emobench.domain.cards import Attribute
from emobench.domain.record import Found, Record
from emobench.runs.record_parts import dataset_circumstances, pair_circumstances
from emobench.tasks import bias_table, cross_domain_scores, fad_bias_scores, layerwise_scores, pair_table, predictions
from emobench.tasks.emotion_distances import EmotionDistances
from emobench.tasks.pair_predictions import PairPredictions
from emobench.tasks.predictions import Predictions

Told = Predictions | PairPredictions | EmotionDistances


def found_again(record: Record, table: pa.Table) -> Found:
    """Headline, choices, scores, intervals, gains and notes, from the table alone.

    What it takes from the record besides: the label space, the folds and sexes of people, the layers of the card, and
    how many weights each method trains (a rule for ties).

    Args:
        record: of a task that has predictions or matrices.
        table: beside it.

    Raises:
        DataError, KeyError, IndexError, ValueError, TypeError: a table, or a record, that does not have the form of
            its task; whoever takes tables of strangers checks their form first.
    """
    return scored_again(record, told_by(record, table))


def told_by(record: Record, table: pa.Table) -> Told:
    """What a table tells: predictions, or matrices of distances. Raises what `found_again` does."""
    return READ[str(record.asked["task"])](record, table)


def scored_again(record: Record, told: Told) -> Found:
    """What follows from that which a table tells. Raises what `found_again` does."""
    if isinstance(told, Predictions):
        sexes = {name: facts["sex"] for name, facts in record.used["dataset"]["groups"].items()}
        return layerwise_scores.score(told, sexes, dataset_circumstances(record.asked, record.used))
    notes = pair_circumstances(record.asked, record.used)
    if isinstance(told, PairPredictions):
        return cross_domain_scores.score(told, notes)
    return fad_bias_scores.score(told, notes)


def layerwise_predictions(record: Record, table: pa.Table) -> Predictions:
    """The predictions of a record of `layerwise`."""
    groups = record.used["dataset"]["groups"]
    folds = {name: facts["fold"] for name, facts in groups.items()}
    return predictions.from_table(table, _attribute(record), _layers(record), folds)


def pair_predictions(record: Record, table: pa.Table) -> PairPredictions:
    """The predictions of a record of `cross_domain`."""
    used = record.used
    first, second = (str(name) for name in record.asked["datasets"])
    people = {
        name: {group: facts["fold"] for group, facts in used["datasets"][name]["groups"].items()}
        for name in (first, second)
    }
    methods = {name: used["methods"][name]["trainable"] for name in record.asked["peft"] if name in used["methods"]}
    return pair_table.from_table(
        table, _attribute(record), used["split"]["folds"], people, (first, second), methods, list(_layers(record))
    )


def emotion_distances(record: Record, table: pa.Table) -> EmotionDistances:
    """The matrices of a record of `fad_bias`."""
    return bias_table.from_table(table, _attribute(record))


def _attribute(record: Record) -> Attribute:
    return Attribute.model_validate(record.used["attribute"])


def _layers(record: Record) -> tuple[str, ...]:
    return tuple(layer["name"] for layer in record.used["backbone"]["card"]["layers"])


READ: Mapping[str, Callable[[Record, pa.Table], Told]] = {
    "layerwise": layerwise_predictions,
    "cross_domain": pair_predictions,
    "fad_bias": emotion_distances,
}
