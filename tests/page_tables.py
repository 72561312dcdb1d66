"""What of the pages cannot be done as it stands, and what is done instead? Every entry has to be in use."""

from collections.abc import Mapping

SPEECH, SONG = "--data ravdess-speech=DIR", "--data ravdess-song=DIR"
MERT = "--weights hf:tiny/mert=TINY"
FIRST_LOOK = "--limit 4 --folds 0"
EVERY_FOLD = "--limit 24 --folds 0"  # the folds of RAVDESS are fixed: each needs a clip
PAIR = "--dataset synthetic-speech,synthetic-music"
ON_TINY = f"--task cross_domain --backbone hubert-tiny-random {PAIR} --preset quick"
ONE_EPOCH = "--limit 8 --set train.epochs=1 --threads 1"  # one thread: no processes beside this one

# Pages, sections of pages (PAGE#HEADING), and blocks of one language there (PAGE#HEADING:LANGUAGE) that another test
# tries. Console blocks that stand here alone show no output: it is compared here.
ELSEWHERE: Mapping[str, str] = {
    "docs/api.md": "tests/api/test_api_page.py holds every signature against the code",
    "docs/when_something_goes_wrong.md": "tests/test_fault_page.py plays every scene",
    "docs/compare.md": "tests/test_compare_page.py compares word for word",
    "docs/add_a_result.md#Add a result to a board": "tests/test_contributing.py walks through it",
    "docs/add_a_result.md#Repeat somebody's entry": "tests/test_contributing.py walks through it",
    "docs/write_a_backbone.md#As a package:console": "tests/test_authors_journey.py walks through it",
    "docs/write_a_dataset.md#As a package:console": "tests/test_authors_journey.py walks through it",
    "docs/write_a_peft_method.md#As a package:console": "tests/test_authors_journey.py walks through it",
}

# Blocks of text, by page: what is held against them.
TEXTS: Mapping[str, str] = {
    "README.md": "tests/test_readme.py compares the table with what is printed",
    "docs/data.md": "tests/corpora/test_data_page.py compares the audit, where the corpus is",
    "docs/design.md": "tests/docs/test_design_page.py holds folders, verbs and flags against the program",
}

# Commands that would need the network, gigabytes, or more time than a first look at the same, and what is carried out
# in their place: the command as it stands is parsed all the same, so that its verbs, flags, options and names are true.
INSTEAD: Mapping[str, str] = {
    "emobench run --backbone my-net": f"emobench run --backbone my-net --dataset synthetic-music {FIRST_LOOK}",
    "emobench run --plugin mine.py --backbone my-model": (
        f"emobench run --plugin mine.py --backbone my-model --dataset synthetic-music {FIRST_LOOK}"
    ),
    "emobench run --backbone byol-s@random": (
        f"emobench run --backbone byol-s@random --dataset synthetic-music {FIRST_LOOK}"
    ),
    f"emobench run --backbone egemaps --dataset ravdess-speech,ravdess-song {SPEECH} {SONG}": (
        f"emobench run --backbone egemaps --dataset ravdess-speech,ravdess-song {SPEECH} {SONG} {EVERY_FOLD}"
    ),
    f"emobench plan --backbone mert-v1 --dataset ravdess-song {SONG}": (
        f"emobench plan --backbone hf:tiny/mert {MERT} --dataset ravdess-song {SONG}"
    ),
    f"emobench run --backbone mert-v1,mert-v1@random --dataset ravdess-song {SONG}": (
        f"emobench run --backbone hf:tiny/mert,hf:tiny/mert@random {MERT} --weights hf:tiny/mert@random=TINY "
        f"--dataset ravdess-song {SONG} {EVERY_FOLD}"
    ),
    f"emobench run --backbone hf:ORG/REPO --dataset ravdess-song {SONG}": (
        f"emobench run --backbone hf:tiny/mert {MERT} --dataset ravdess-song {SONG} {EVERY_FOLD}"
    ),
    f"emobench run --backbone byol-s --dataset ravdess-speech,ravdess-song {SPEECH} {SONG}": (
        f"emobench run --backbone logmel --dataset ravdess-speech,ravdess-song {SPEECH} {SONG} {EVERY_FOLD}"
    ),
    f"emobench run --backbone mert-v1 --task cross_domain {SPEECH} {SONG}": (
        f"emobench run --backbone logmel --task cross_domain {SPEECH} {SONG} --preset quick --peft frozen --limit 24"
    ),
    f"emobench run --backbone mert-v1,hubert-base,mert-v1@random --task fad_bias {SPEECH} {SONG}": (
        f"emobench plan --backbone logmel,level-duration --task fad_bias {SPEECH} {SONG}"
    ),
    f"emobench plan --task cross_domain --backbone byol-s {SPEECH} {SONG}": (
        f"emobench plan --task cross_domain --backbone logmel {SPEECH} {SONG}"
    ),
    f"emobench run --task cross_domain --backbone byol-s {SPEECH} {SONG} --preset quick": (
        f"emobench run --task cross_domain --backbone hubert-tiny-random {PAIR} --preset quick --peft frozen,bottleneck"
        f" {ONE_EPOCH}"
    ),
    f"emobench run --task cross_domain --backbone byol-s {SPEECH} {SONG}": (
        f"emobench plan --task cross_domain --backbone logmel {SPEECH} {SONG}"
    ),
    f"emobench run --backbone byol-s,logmel --task fad_bias {SPEECH} {SONG}": (
        "emobench run --backbone logmel --task fad_bias --dataset synthetic-speech,synthetic-music --limit 6"
    ),
    f"emobench run --plugin norms.py --peft norms --set norms.shifts=false {ON_TINY}": (
        f"emobench run --plugin norms.py --peft norms --set norms.shifts=false {ON_TINY} {ONE_EPOCH}"
    ),
    "emobench run --backbone mert-v1": f"emobench plan --backbone hf:tiny/mert {MERT}",
    "emobench run --backbone mert-v1 --weights mert-v1=DIR": (
        f"emobench run --backbone hf:tiny/mert {MERT} --dataset synthetic-music {FIRST_LOOK}"
    ),
    "emobench run --backbone hf:superb/hubert-base-superb-er@main": (
        "emobench plan --backbone hf:tiny/hubert@main --weights hf:tiny/hubert@main=TINY"
    ),
    "emobench run --backbone mert-v1,mert-v1@random": (
        f"emobench plan --backbone hf:tiny/mert,hf:tiny/mert@random {MERT} --weights hf:tiny/mert@random=TINY"
    ),
    "emobench run --backbone wavlm-large --set extraction.up_to_layer=12": (
        "emobench run --backbone hf:tiny/wavlm --weights hf:tiny/wavlm=TINY --set extraction.up_to_layer=1"
        f" --dataset synthetic-music {FIRST_LOOK}"
    ),
    "emobench run --backbone w2v-bert-2.0 --precision bf16": (
        "emobench run --backbone hf:tiny/w2v-bert --weights hf:tiny/w2v-bert=TINY --precision bf16"
        f" --dataset synthetic-music {FIRST_LOOK}"
    ),
    "emobench run --backbone byol-s --task layerwise": (
        f"emobench run --backbone byol-s@random --dataset synthetic-speech --task layerwise {FIRST_LOOK}"
    ),
    "emobench run --backbone egemaps,compare-2016 --task layerwise": (
        f"emobench run --backbone egemaps --dataset synthetic-music {FIRST_LOOK}"
    ),
    "emobench run --backbone mert-v1,mert-v1@random --dataset ravdess-speech": (
        f"emobench plan --backbone logmel --dataset ravdess-speech {SPEECH}"
    ),
}

# Commands that are parsed, and not carried out.
PARSED: Mapping[str, str] = {
    "emobench data fetch ravdess-speech --accept-licence": "downloads 208 MB; tests/corpora fetch from a server here",
    "emobench data fetch ravdess-speech --accept-licence --archive FILE.zip": "needs the published archive",
    "emobench run --backbone byol-s --weights byol-s=FILE.pth --offline": "needs the published weights",
    "emobench run --backbone torchaudio-wavlm-base-plus --task layerwise": "downloads 378 MB",
    "emobench run --backbone torchaudio-hubert-base --weights torchaudio-hubert-base=hubert_fairseq_base_ls960.pth": (
        "needs the published weights"
    ),
    "emobench run --backbone torchaudio-hubert-base@random": "94 million weights on a CPU: minutes",
    "pip install emobench-byols": "needs a package index",
    "pip install emobench-opensmile": "needs a package index",
    "pip install emobench-torchaudio": "needs a package index",
}

# Commands that end with another exit code than 0, as their page says.
ENDS: Mapping[str, int] = {}
