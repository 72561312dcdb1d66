"""Which mishaps does the page "When something goes wrong" tell about?"""

from fault_stage import Scene
from faults_of_audio import SCENES as AUDIO
from faults_of_data import SCENES as DATA
from faults_of_runs import SCENES as RUNS

TOPICS = {
    "Data": "Getting a corpus, and knowing that it is the right one and whole.",
    "Audio": "Every file is decoded once before anything is computed; `emobench plan` shows what cannot be used.",
    "Runs": "What happens to machines, disks and processes in the course of hours.",
}
SCENES: tuple[Scene, ...] = (*DATA, *AUDIO, *RUNS)
