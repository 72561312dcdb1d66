"""What does the notebook of the documentation tell? `python tests/notebook_story.py` writes and executes it."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "python.ipynb"
LAUNCH = ("-m", "ipykernel_launcher", "-f", "{connection_file}")
CELLS = (
    """# emobench from Python

What the command line does, Python does by the same code: `emobench.run` measures, a record gives its tables to pandas,
`emobench.compare` holds records against each other. Every call stands on the page [Calls](api.md).""",
    """import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import emobench

boards = Path("../leaderboards").resolve()  # of a checkout of emobench""",
    """This notebook works in an empty folder, with a home (features, generated corpora) of its own. Leave the next cell
out in yours: what was computed once is then never computed again.""",
    """os.chdir(tempfile.mkdtemp())
os.environ["EMOBENCH_HOME"] = str(Path("home").resolve())""",
    """## Look before you run

`plan` finds names and files, looks through the audio and fixes the folds. `print(plan)` shows what `emobench plan`
prints, `plan.hours` is how long it may take.""",
    """plan = emobench.plan(backbone="logmel", dataset="synthetic-speech")
data = plan.data["datasets"][0]
{name: data[name] for name in ("dataset", "clips", "speakers", "folds", "clips_per_fold")}""",
    """## Measure

Keywords have the names of the flags. The record lies below `runs`, with its predictions and a picture beside it.""",
    """logmel = emobench.run(backbone="logmel", dataset="synthetic-speech", set={"probe.c": [0.01, 0.1]})
logmel.headline""",
    """`scores` gives all rows, or those with given values. `None` stands for nothing: without a fold are the rows that
sum folds up, without a layer those of the layer that was chosen for each fold.""",
    """columns = ["class", "metric", "value", "low", "high", "n_clips", "n_groups"]
logmel.scores(view="all", fold=None, layer=None)[columns].round(3)""",
    """Scores follow from predictions. Here is the recall of every emotion, counted by hand: what was predicted for the
clips of a fold by the layer and strength that were chosen for it, on development people only.""",
    """chosen = logmel.choices(chosen=True)[["fold", "layer", "strength"]]
test = logmel.predictions(split="test", view="all").merge(chosen)
(test["truth"] == test["prediction"]).groupby(test["truth"]).mean().round(3)""",
    """## A model of your own

A plugin that is being written is a file: the digest of its bytes is its version, and whatever you change in it,
features of an earlier version are never used again. In a notebook `%%writefile` makes a cell a file. (An object that
lives in a cell only, such as a `Backbone`, is refused: no digest would notice a change in what it calls.)""",
    '''%%writefile my_backbone.py
"""How loud is every 10 ms, and where in the spectrum? Two layers without any weights."""

import torch

from emobench import Backbone, BackboneCard, FrameFeatures, LayerCard, hookimpl

HOP, BANDS = 160, 8
CARD = BackboneCard(
    name="bands", pretrained_on="nothing", licence="CC0-1.0", paper="https://example.org/bands", sample_rate=16_000,
    layers=(LayerCard(name="level", width=1, hz=100), LayerCard(name="bands", width=BANDS, hz=100)), min_seconds=0.01,
)


class Bands(torch.nn.Module):
    def forward(self, audio):
        frames = audio.waveform.unfold(1, HOP, HOP)  # (batch, frames, samples)
        power = torch.fft.rfft(frames, norm="ortho").abs().square()[..., 1:]  # (batch, frames, 80)
        bands = power.unflatten(-1, (BANDS, -1)).mean(-1)
        layers = (bands.mean(-1, keepdim=True), bands)
        lengths = audio.lengths // HOP
        return FrameFeatures(tuple(torch.log(layer + 1e-6) for layer in layers), (lengths, lengths))


@hookimpl
def emobench_backbones():
    yield Backbone(CARD, load=lambda card, files: Bands())''',
    """bands = emobench.run(
    backbone="bands", plugins=["my_backbone.py"], dataset="synthetic-speech", set={"probe.c": [0.01, 0.1]}
)
rows = bands.scores(metric="uar", view="all", fold=None)
rows[["method", "layer", "value", "low", "high"]].round(3)""",
    """## More than chance?

`compare` holds records against the first, on the same clips, with intervals over people and p-values after Holm.
`print` shows what `emobench compare` prints; `table()` gives the same rows.""",
    """difference = emobench.compare(bands, logmel)
difference.table()[["what", "emotion", "value", "low", "high", "p", "shown"]].round(3)""",
    """## Published records

Records of the boards are read in the same way, and their digests are verified. Here are the layers of BYOL-S on RAVDESS
(1,440 clips of 24 people), beside the same model with random weights.""",
    """found = emobench.read_records(boards / "layerwise" / "records")
speech = {
    record.asked["backbone"]: record
    for record in found
    if record.asked["dataset"] == "ravdess-speech" and "byol-s" in record.asked["backbone"]
}
figure, axes = plt.subplots(figsize=(6, 3), dpi=80, layout="constrained")
for name, record in speech.items():
    rows = record.scores(metric="uar", view="all", fold=None)
    layers = rows[rows["layer"].notna()]
    reach = (layers["value"] - layers["low"], layers["high"] - layers["value"])
    axes.errorbar(layers["layer"], layers["value"], yerr=reach, marker="o", capsize=3, label=name)
axes.axhline(record.headline.chance, color="black", linestyle=":", label="chance")
axes.set(xlabel="layer", ylabel="UAR, 95 % over people")
axes.legend()
plt.show()""",
    """difference = emobench.compare(*speech.values())
difference.table()[["what", "emotion", "value", "low", "high", "shown"]].round(3)""",
    """## When something is wrong

Mistakes are raised in the words of the command line, with what was found and what to do.""",
    """try:
    emobench.run(backbone="logmell", dataset="synthetic-speech")
except emobench.EmobenchError as mistake:
    print(mistake)""",
)


def story():
    """The notebook as it is written, nothing executed yet."""
    prose = ("#", "What", "This", "`", "Keywords", "Scores", "A ", "Records")
    cells = []
    for place, text in enumerate(CELLS):
        markdown = text.startswith(prose) or "\n\n`" in text
        cell = new_markdown_cell(text) if markdown else new_code_cell(text)
        cells.append({**cell, "id": f"cell-{place}"})
    told = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.from_dict({**new_notebook(metadata=told), "cells": cells})


def executed(notebook, folder):
    """The notebook with its outputs, executed by this very Python in ``folder``, whose files it may read."""
    notebook = nbformat.from_dict(notebook)
    with TemporaryDirectory() as place:
        (Path(place) / "here").mkdir()
        kernel = {"argv": [sys.executable, *LAUNCH], "display_name": "", "language": "python"}
        (Path(place) / "here" / "kernel.json").write_text(json.dumps(kernel))
        client = NotebookClient(
            notebook,
            kernel_name="here",
            timeout=280,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )  # fmt: skip
        specs = KernelSpecManager(kernel_dirs=[place], ensure_native_kernel=False)
        client.create_kernel_manager().kernel_spec_manager = specs
        client.execute()
    notebook.metadata.pop("language_info", None)
    return notebook


if __name__ == "__main__":
    nbformat.write(executed(story(), NOTEBOOK.parent), NOTEBOOK)
