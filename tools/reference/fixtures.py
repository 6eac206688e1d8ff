"""Writes what Hugging Face transformers computes, for the Java tests to match.

    python fixtures.py                  # all fixtures
    python fixtures.py --only plain     # some of them
"""

from __future__ import annotations

import argparse
import shutil
import warnings
from pathlib import Path

import torch
import transformers
from transformers import PreTrainedTokenizerFast

from fixture_embedded import add_embedded
from fixture_file import Fixture
from fixture_forward import add_all_forward, add_forward, hidden_and_logits, random_ids
from fixture_generation import add_all_generation, add_processing
from fixture_models import (CONFIGS, STORED_FROM, is_sharded, load_model, save_by_safetensors, save_head_twice, save_model,
                            save_original_upload, save_two_heads, save_with_aliases, save_with_score, tiny_model)

STUBS = Path(__file__).resolve().parents[2] / "model-stubs/src"
FIXTURES = STUBS / "test/resources/fixtures"
PROCESSING = STUBS.parents[1] / "runtime/src/test/resources/generate"
EMBEDDED = STUBS / "main/resources/org/nnsight4j/models/gpt2/embedded"
SIZE_LIMIT = 8_000_000


def write_config(name: str, folder: Path) -> None:
    model = tiny_model(name)
    save_model(model, folder)
    seed = 10 + list(CONFIGS).index(name)
    fixture = Fixture(folder, model=".")
    add_all_forward(fixture, model, seed)
    add_all_generation(fixture, model, seed)
    fixture.write()


def write_rounded(dtype: torch.dtype):
    def write(_: str, folder: Path) -> None:
        save_model(tiny_model(STORED_FROM).to(dtype), folder)
        model = load_model(folder)
        fixture = Fixture(folder, model=".", stored=str(dtype).removeprefix("torch."), computed="float32")
        rng = torch.Generator().manual_seed(3)
        for length in (5, 24):
            add_forward(fixture, model, f"forward-{length}", random_ids(rng, 61, length), inside=False)
        fixture.write()
    return write


def write_same(save):
    """Another way to store the same numbers: its cases are those of the model it was stored from."""
    def write(_: str, folder: Path) -> None:
        model = tiny_model(STORED_FROM)
        save(model, folder)
        here, there = (hidden_and_logits(m, [1, 2, 3])["logits"] for m in (load_model(folder), model))
        assert torch.equal(here, there)
        Fixture(folder, model=".", same_as=STORED_FROM).write()
    return write


def write_loaded(save):
    """What transformers makes of a file: its cases are computed by the model that was loaded from there."""
    def write(_: str, folder: Path) -> None:
        save(tiny_model(STORED_FROM), folder)
        model = load_model(folder)
        fixture = Fixture(folder, model=".", tied=model.lm_head.weight is model.transformer.wte.weight)
        add_forward(fixture, model, "forward-5", [3, 1, 4, 15, 9], inside=False)
        fixture.write()
    return write


def save_sharded(model, folder: Path) -> None:
    save_model(model, folder, max_shard_size="10KB")
    assert is_sharded(folder)


def write_embedded(_: str, folder: Path) -> None:
    fixture = Fixture(folder, model="embedded")
    add_embedded(fixture, load_model(EMBEDDED), PreTrainedTokenizerFast.from_pretrained(EMBEDDED))
    fixture.write()


def write_processing(_: str, folder: Path) -> None:
    fixture = Fixture(folder, model=None)
    add_processing(fixture)
    fixture.write()


WRITERS = {
    **{name: write_config for name in CONFIGS},
    f"{STORED_FROM}-fp16": write_rounded(torch.float16),
    f"{STORED_FROM}-bf16": write_rounded(torch.bfloat16),
    f"{STORED_FROM}-sharded": write_same(save_sharded),
    f"{STORED_FROM}-original": write_same(save_original_upload),
    "two-heads": write_loaded(save_two_heads),
    "head-without-embedding": write_loaded(save_by_safetensors),
    "head-twice": write_loaded(save_head_twice),
    "head-of-another-task": write_loaded(save_with_score),
    "aliases": write_loaded(save_with_aliases),
    "logits_processing": write_processing,
    "embedded": write_embedded,
}


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", nargs="+", choices=WRITERS, default=list(WRITERS))
    arguments.add_argument("--target", type=Path, default=FIXTURES)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    for name in options.only:
        folder = (PROCESSING if name == "logits_processing" else options.target) / name
        shutil.rmtree(folder, ignore_errors=True)
        WRITERS[name](name, folder)
        print(f"{name}: {size(folder):,} bytes", flush=True)
    total = size(options.target)
    print(f"all fixtures: {total:,} bytes")
    assert total <= SIZE_LIMIT, "too many bytes"


if __name__ == "__main__":
    main()
