"""Does `emobench.plan` say what `emobench plan` prints, and compute nothing?"""

import json

import emobench


def test_the_text_and_data_of_the_command(command, toys, toy_flags, place):
    """As text and as data; several records are no matter, and no feature, unit or record is made."""
    found = emobench.plan(backbone="toy-model,logmel", **toys)
    _, out, _ = command("plan", "--backbone", "toy-model,logmel", *toy_flags)
    _, data, _ = command("plan", "--backbone", "toy-model,logmel", *toy_flags, "--json")
    assert (f"{found}\n", found.data) == (out, json.loads(data))
    assert (found.task, found.hours, list(found.notes)) == (
        "layerwise", json.loads(data)["estimated_hours"], json.loads(data)["notes"],
    )  # fmt: skip
    assert not [path for name in ("features", "units") for path in (place / "home" / name).glob("*")]
    assert not (place / "runs").exists()
    assert found._repr_html_().startswith("<pre>task layerwise")
