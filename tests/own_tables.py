"""What does somebody's own data look like? Tones of a few speakers, as a table, as Parquet and as a folder of audio."""

import csv
import shutil

import numpy as np
import soundfile

RATE = 8_000
EMOTIONS = ("angry", "happy", "sad")
SPEAKERS = ("ann", "ben", "cy", "dee")
HEADER = ("file", "speaker", "emotion", "arousal")


def write_tones(folder, speakers=SPEAKERS, takes=2):
    """Write tones into ``folder/clips`` and return rows under HEADER: emotions are pitches, arousal leans on them."""
    rng = np.random.default_rng(5)
    (folder / "clips").mkdir(parents=True)
    rows = []
    for speaker in speakers:
        for place, emotion in enumerate(EMOTIONS):
            for take in range(takes):
                hertz = 400 + 300 * place + rng.normal(0, 20)
                wave = 0.2 * np.sin(2 * np.pi * hertz * np.arange(1_600) / RATE) + rng.normal(0, 0.01, 1_600)
                name = f"clips/{speaker}-{emotion}-{take}.wav"
                soundfile.write(folder / name, wave, RATE, subtype="PCM_16")
                rows.append([name, speaker, emotion, f"{place - 1 + rng.normal(0, 0.05):.3f}"])
    return rows


def write_csv(path, rows, header=HEADER, **dialect):
    """Write rows as a CSV file, and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, **dialect)
        writer.writerows([header, *rows])
    return path


def parquet_bytes(folder, rows):
    """Rows as a Parquet file of the Hub: audio as bytes, emotions as classes, a column that no table can hold."""
    import datasets
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = datasets.Features(
        {
            "audio": datasets.Audio(), "speaker": datasets.Value("string"), "arousal": datasets.Value("float32"),
            "emotion": datasets.ClassLabel(names=list(EMOTIONS)), "tags": datasets.List(datasets.Value("string")),
        }
    )  # fmt: skip
    columns = {
        "audio": [{"bytes": (folder / name).read_bytes(), "path": name.rpartition("/")[2]} for name, *_ in rows],
        "speaker": [speaker for _, speaker, _, _ in rows],
        "arousal": [float(arousal) for *_, arousal in rows],
        "emotion": [EMOTIONS.index(emotion) for _, _, emotion, _ in rows],
        "tags": [["tone"]] * len(rows),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, schema=features.arrow_schema), sink)
    return sink.getvalue().to_pybytes()


def write_audio_folder(folder, source, rows):
    """Audio with a metadata.csv, as the Hub keeps small corpora."""
    folder.mkdir()
    shutil.copytree(source / "clips", folder / "clips")
    write_csv(folder / "metadata.csv", rows, ("file_name", *HEADER[1:]))
    return folder


def write_parquet(path, **columns):
    """Write columns as the Hub keeps them: (kind, values) by name; values of audio are files, or rows as they stand."""
    import datasets
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = datasets.Features({name: kind for name, (kind, _) in columns.items()})
    stored = {}
    for name, (kind, values) in columns.items():
        heard = isinstance(kind, datasets.Audio)
        stored[name] = [_audio(value) if heard and not isinstance(value, dict) else value for value in values]
    pq.write_table(pa.table(stored, schema=features.arrow_schema), path)
    return path


def _audio(file):
    return {"bytes": file.read_bytes(), "path": file.name}
