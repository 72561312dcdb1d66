"""Are the curves that may be laid over each other the records' own numbers?"""

from board_toys import BOARDS
from record_toys import pair_record
from site_toys import HOSTILE, hostile_record

from emobench.leaderboard.board_tables import tables_of
from emobench.pages.curves_of_layers import _told_apart, overlay


def test_the_curves_of_the_real_board_are_the_layer_rows_of_its_records():
    """Value, interval and place of every layer, by the card's order; the best two and controls are shown first."""
    for table in tables_of(BOARDS / "layerwise"):
        records = [row.record for row in table.rows if row.record]
        curves = overlay(records)
        assert [curve["name"] for curve in curves["curves"]] == [record.asked["backbone"] for record in records]
        for curve, record in zip(curves["curves"], records, strict=True):
            names = [layer["name"] for layer in record.used["backbone"]["card"]["layers"]]
            rows = {
                row.layer: row
                for row in record.found.scores
                if (row.metric, row.view, row.fold, row.class_) == ("uar", "all", None, None) and row.layer
            }
            last = max(1, len(names) - 1)
            wanted = [
                [name, place, round(place / last, 4), rows[name].value, rows[name].low, rows[name].high]
                for place, name in enumerate(names)
            ]
            assert curve["points"] == wanted
        models = [curve for curve in curves["curves"] if not curve["control"]]
        assert [curve["shown"] for curve in models] == [place < 2 for place in range(len(models))]
        assert sum(curve["shown"] and curve["control"] for curve in curves["curves"]) == min(
            3, sum(curve["control"] for curve in curves["curves"])
        )


def test_a_record_of_a_pair_has_a_curve_for_each_direction():
    """Two directions are two curves, and two records of one name are told apart."""
    curves = overlay([pair_record(), pair_record(people=12)])["curves"]
    names = [curve["name"] for curve in curves]
    assert names[:2] == ["byol-s, to ravdess-song", "byol-s, to ravdess-speech"]
    assert len(set(names)) == 4


def test_names_in_curves_are_short_and_on_one_line():
    """What a script writes into a legend has no line end and no mark of direction."""
    curves = overlay([hostile_record()])["curves"]
    assert all(curve["name"].isprintable() and len(curve["name"]) < 100 for curve in curves)
    assert curves
    assert not HOSTILE.isprintable()


def test_without_layers_there_is_nothing_to_overlay():
    """No records have no curves."""
    assert overlay([]) is None


def test_names_are_told_apart_from_all_others():
    """A name that comes again gets a number that no other name has."""
    assert _told_apart(["a", "b", "a", "a (2)"]) == ["a", "b", "a (3)", "a (2)"]
    assert _told_apart(["a", "a", "a"]) == ["a", "a (2)", "a (3)"]
