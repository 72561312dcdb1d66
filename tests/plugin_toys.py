"""Which plugins do tests of `emobench check` try? One that keeps the laws, and others that break one each."""

GOOD = '''"""The level of every 10 ms."""

from emobench import Backbone, BackboneCard, FrameFeatures, Layers, hookimpl

CARD = BackboneCard(
    name="my-level", pretrained_on="nothing", licence="MIT", paper="https://example.org/level",
    sample_rate=16_000, layers=Layers.named(level=(1, 100)),
)


def load(card, files):
    import torch

    class Level(torch.nn.Module):
        def forward(self, audio):
            frames = audio.waveform.unfold(1, 160, 160).pow(2).mean(-1, keepdim=True)
            return FrameFeatures(layers=(frames,), lengths=(audio.lengths // 160,))

    return Level().eval()


@hookimpl
def emobench_backbones():
    yield Backbone(CARD, load=load)
'''
GROWING = """self.calls = getattr(self, "calls", 0) + 1
            return FrameFeatures(layers=(frames.repeat(1, 1, self.calls),)"""
WRONG_TYPE = '''"""Offers a name where a backbone is wanted."""

from emobench import hookimpl


@hookimpl
def emobench_backbones():
    yield "my-level\\x1b[31m"
'''
RED = '''"""Raises words that would move a cursor."""

raise RuntimeError("boom \\x1b[31m in red\\nand more")
'''
# name of the file -> its text, what is broken, and what is said of it
BAD = {
    "raises.py": (RED, "imports", "RuntimeError: boom \\x1b[31m in red"),
    "lacks.py": ("import a_package_that_nobody_has\n", "imports", "a_package_that_nobody_has"),
    "leaves.py": ("raise SystemExit(0)\n", "imports", "SystemExit"),
    "ends.py": ("import os\nos._exit(0)\n", "imports", "exit code 0"),
    "wrong.py": (WRONG_TYPE, "offers", "yields str, not Backbone"),
    "shadow.py": (GOOD.replace("my-level", "logmel"), "own_name", "'logmel'"),
    "field.py": (GOOD.replace("licence=", "license="), "imports", "licence"),
    "licence.py": (GOOD.replace('"MIT"', '"my own"'), "licence_named", "my own"),
    "grows.py": (GOOD.replace("return FrameFeatures(layers=(frames,)", GROWING), "same_shapes_each_call", "later"),
}


def written(folder, name, text=GOOD):
    """A plugin in a file of that name."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def installed(folder, distribution, points):
    """Lay a distribution with entry points (name -> module) into a folder, as an installer would."""
    place = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8")
    lines = "\n".join(f"{name} = {module}" for name, module in points.items())
    (place / "entry_points.txt").write_text(f"[emobench]\n{lines}\n", "utf-8")
