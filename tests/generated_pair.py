"""How do many tests come by the synthetic pair, if it is generated once for all of them?"""

import os
import shutil

import pytest

from emobench.datasets import synthetic
from emobench.files.folders import once_folder

MADE_BY = {synthetic.SPEECH: synthetic.generate_speech, synthetic.MUSIC: synthetic.generate_music}


@pytest.fixture(scope="session")
def generated_pair(tmp_path_factory):
    """The ``data`` of a home that holds the pair; of all processes of a session one makes it. To be copied, or read."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "generated-pair"
    for card, generate in MADE_BY.items():
        once_folder(folder / f"{card.name}-v{card.version}", generate)
    return folder


def home_of_pair(generated, folder):
    """A home in which the pair is there already, as copies: whatever a test does to them, others do not see it."""
    for card in MADE_BY:
        name = f"{card.name}-v{card.version}"
        shutil.copytree(generated / name, folder / "data" / name)
    return folder
