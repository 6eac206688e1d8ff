"""Writes what Python nnsight and plain torch hooks compute for interventions, for the Java tests to match.

    python intervention_fixtures.py               # all topics
    python intervention_fixtures.py --only steps  # some of them
"""

from __future__ import annotations

import argparse
import shutil
import warnings
from pathlib import Path

import nnsight
import torch
import transformers

from fixture_file import Fixture
from intervention_batches import add_batches
from intervention_caches import add_caches
from intervention_cases import Reference
from intervention_decoding import add_decoding
from intervention_forward import add_forward
from intervention_gradients import add_gradients
from intervention_modules import add_modules

TARGET = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures/interventions"
TOPICS = {"steps": add_decoding, "forward": add_forward, "batches": add_batches, "gradients": add_gradients,
          "caches": add_caches, "modules": add_modules}
SIZE_LIMIT = 1_500_000


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", nargs="+", choices=TOPICS, default=list(TOPICS))
    arguments.add_argument("--target", type=Path, default=TARGET)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    for topic in options.only:
        folder = options.target / topic
        shutil.rmtree(folder, ignore_errors=True)
        fixture = Fixture(folder, nnsight=nnsight.__version__, model="embedded")
        TOPICS[topic](fixture, Reference())
        fixture.write()
        (folder / "expected.safetensors").chmod(0o644)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{topic}: {len(fixture.cases)} cases, {size:,} bytes", flush=True)
    total = sum(file.stat().st_size for file in options.target.rglob("*") if file.is_file())
    print(f"all interventions: {total:,} bytes")
    assert total <= SIZE_LIMIT, "too many bytes"


if __name__ == "__main__":
    main()
