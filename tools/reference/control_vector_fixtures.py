"""Writes control vectors by repeng and the package `gguf`, and what repeng computes with them, for the Java tests to match.

    python control_vector_fixtures.py
"""

from __future__ import annotations

import argparse
import shutil
import warnings
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers

np.float_ = np.float64  # repeng 0.4.0 is for NumPy 1

from repeng import ControlModel, ControlVector

from family_models import load_model
from fixture_file import Fixture
from intervention_cases import margin, vector

FIXTURES = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures"


def steered(name: str, layers: list[int], control: ControlVector, coefficient: float):
    model = ControlModel(load_model(FIXTURES / name), layers)
    model.set_control(control, coefficient)
    return model


@torch.no_grad()
def add(fixture: Fixture, label: str, name: str, layers: list[int], coefficient: float, seed: int) -> None:
    width = load_model(FIXTURES / name).config.hidden_size
    control = ControlVector(model_type=load_model(FIXTURES / name).config.model_type,
                            directions={layer: vector(seed + layer, width).numpy() for layer in layers})
    file = fixture.folder / f"{label}.gguf"
    fixture.folder.mkdir(parents=True, exist_ok=True)
    control.export_gguf(str(file))
    control = ControlVector.import_gguf(str(file))
    model = steered(name, layers, control, coefficient)
    for first in range(1, 25):
        ids = [first, 3, 17, 5, 9, 2]
        out = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                             do_sample=False, return_dict_in_generate=True, output_logits=True, max_new_tokens=5,
                             eos_token_id=None, pad_token_id=0)
        if margin(torch.stack(out.logits)[:, 0]) > 1e-2:
            break
    else:
        raise AssertionError("decisions hang by a hair")
    logits = model(torch.tensor([ids])).logits
    assert not torch.allclose(load_model(FIXTURES / name)(torch.tensor([ids])).logits, logits, atol=1e-2)
    fixture.add(label, "control", {"logits": logits}, model=name, folder=file.name, inputs=[ids],
                coefficient=coefficient, generated=[out.sequences[0, len(ids):].tolist()],
                source="repeng 0.4.0: import_gguf, set_control")


def add_written_otherwise(folder: Path) -> None:
    """What other writers put there: half precision, more keys, another alignment."""
    writer = gguf.GGUFWriter(folder / "half-aligned.gguf", "controlvector")
    writer.add_custom_alignment(64)
    writer.add_name("made by hand")
    writer.add_array("general.tags", ["steering", "test"])
    writer.add_uint32("controlvector.layer_count", 2)
    for layer in (1, 2):
        writer.add_tensor(f"direction.{layer}", vector(970 + layer, 16).numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--target", type=Path, default=FIXTURES / "control-vectors")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    shutil.rmtree(options.target, ignore_errors=True)
    fixture = Fixture(options.target, repeng="0.4.0", gguf="0.19.0")
    add(fixture, "llama", "llama/usual", [1, 2], 1.5, 940)
    add(fixture, "gemma2", "gemma2/caps", [1], -2.0, 950)
    add(fixture, "first-layer-too", "qwen2/windows", [0, 1], 0.7, 960)
    add_written_otherwise(options.target)
    fixture.write()
    for file in options.target.iterdir():
        file.chmod(0o644)
    size = sum(file.stat().st_size for file in options.target.rglob("*") if file.is_file())
    print(f"{len(fixture.cases)} cases, {size:,} bytes")


if __name__ == "__main__":
    main()
