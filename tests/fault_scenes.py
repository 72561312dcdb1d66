"""Which mishaps does the page "When something goes wrong" tell about?"""

from fault_stage import Scene
from faults_of_audio import SCENES as AUDIO

TOPICS = {
    "Audio": "Every file is decoded once before anything is computed; `emobench plan` shows what cannot be used.",
}
SCENES: tuple[Scene, ...] = (*AUDIO,)
