"""Writes LoRA adapters of many kinds and what PEFT computes with them, for the Java tests to match.

    python adapter_fixtures.py
"""

from __future__ import annotations

import argparse
import json
import shutil
import warnings
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GPT2LMHeadModel

from fixture_file import Fixture
from intervention_cases import EIFFEL, EMBEDDED, EVERY, FRANCE, MARY, close, margin, vector

TARGET = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures/adapters"
TOKENS = 8
OPTIONS = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "eos_token_id": 0, "pad_token_id": 0}
MLP = r"transformer\.h\.\d+\.mlp\.(c_fc|c_proj)"

# What is given to LoraConfig, and what the written file says instead (as older and other writers write it).
ADAPTERS: dict[str, tuple[dict, dict]] = {
    "plain": ({"target_modules": ["c_attn"], "r": 2, "lora_alpha": 8, "lora_dropout": 0.3}, {}),
    "scaled-by-root": ({"target_modules": MLP, "r": 2, "lora_alpha": 4, "use_rslora": True}, {}),
    "all-linear": ({"target_modules": "all-linear", "r": 1, "lora_alpha": 2}, {"target_modules": "all-linear"}),
    "patterns": ({"target_modules": ["c_attn", "mlp.c_fc", "mlp.c_proj"], "r": 2, "lora_alpha": 4,
                  # The first key that fits counts; keys are regular expressions for the end of a name.
                  "rank_pattern": {"h.1.mlp.c_fc": 3, "c_fc": 1, r"^transformer\.h\.[02]\.attn\.c_attn": 4, "_proj": 7},
                  "alpha_pattern": {"c_attn": 6, "attn.c_attn": 100, r"h\.\d\.mlp\.c_.*": 3}}, {}),
    "some-layers": ({"target_modules": ["c_fc", "c_attn"], "layers_to_transform": [1, 3], "layers_pattern": "h",
                     "exclude_modules": ["h.3.attn.c_attn"], "r": 2, "lora_alpha": 8}, {}),
    "one-layer": ({"target_modules": ["c_fc"], "layers_to_transform": 2, "exclude_modules": r".*\.attn\..*",
                   "r": 2, "lora_alpha": 8, "init_lora_weights": "orthogonal"}, {}),
    "dora": ({"target_modules": ["c_attn", "mlp.c_proj"], "layers_to_transform": [0, 2], "r": 2, "lora_alpha": 4,
              "use_dora": True, "use_rslora": True}, {}),
    "with-bias": ({"target_modules": ["c_fc"], "r": 2, "lora_alpha": 3, "lora_bias": True}, {}),
    "head": ({"target_modules": ["lm_head", "h.3.mlp.c_proj"], "r": 1, "lora_alpha": 2, "init_lora_weights": "gaussian"}, {}),
}


def base() -> GPT2LMHeadModel:
    return GPT2LMHeadModel.from_pretrained(EMBEDDED, dtype=torch.float32, attn_implementation="eager").eval()


@torch.no_grad()
def write_adapter(folder: Path, number: int, given: dict, written: dict) -> None:
    model = get_peft_model(base(), LoraConfig(task_type="CAUSAL_LM", **given)).eval()
    for seed, (key, weight) in enumerate((k, w) for k, w in model.named_parameters() if "lora_" in k):
        noise = vector(1000 * (number + 1) + seed, *weight.shape, size=0.25)
        weight.copy_(weight * (1 + noise) if "magnitude" in key else noise)
    model.peft_config["default"].base_model_name_or_path = "embedded"
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    for key in ("target_modules", "exclude_modules"):
        if isinstance(config[key], list):
            config[key] = sorted(config[key])  # PEFT keeps a set, in any order
    for key in ("rank_pattern", "alpha_pattern"):
        config[key] = given.get(key, {})  # written with sorted keys, read in the order of the file
    (folder / "adapter_config.json").write_text(json.dumps(config | written, indent=2) + "\n")
    for file in folder.iterdir():
        file.chmod(0o644)


@torch.no_grad()
def answers(model, ids: list[int], **more) -> tuple[list[int], torch.Tensor]:
    out = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                         do_sample=False, return_dict_in_generate=True, output_logits=True, **OPTIONS, **more)
    return out.sequences[0, len(ids):].tolist(), torch.stack(out.logits)[:, 0]


def add_adapter(fixture: Fixture, name: str, tokenizer) -> None:
    folder = fixture.folder / name
    model = PeftModel.from_pretrained(base(), folder).eval()
    merged = PeftModel.from_pretrained(base(), folder).merge_and_unload().eval()
    free = base()
    for what, text in (("eiffel", EIFFEL), ("france", FRANCE), ("mary", MARY)):
        ids = tokenizer.encode(text)
        new, logits = answers(model, ids)
        # lm_head shares its weight with wte: merging into it gives another model.
        if name != "head":
            again, merged_logits = answers(merged, ids)
            assert again == new, name
            torch.testing.assert_close(merged_logits, logits, atol=2e-4, rtol=2e-4)
        with torch.no_grad():
            close(model(input_ids=torch.tensor([ids])).logits[0, -1], logits[0])
        assert margin(logits) > 1e-3, f"{name}: a decision hangs by a hair"
        assert answers(free, ids)[0] != new, f"{name}: no effect"
        beams, _ = answers(model, ids, num_beams=3)
        fixture.add(f"{name}-{what}", "adapter", {"logits_every_8": logits[:, ::EVERY]}, inputs=[ids], texts=[text],
                    folder=name, options=OPTIONS, generated=[new], beams=[beams],
                    source=f"peft {peft.__version__}, PeftModel.from_pretrained and generate; merge_and_unload agrees")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--target", type=Path, default=TARGET)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    shutil.rmtree(options.target, ignore_errors=True)
    fixture = Fixture(options.target, peft=peft.__version__, model="embedded")
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(EMBEDDED)
    for number, (name, (given, written)) in enumerate(ADAPTERS.items()):
        write_adapter(options.target / name, number, given, written)
        add_adapter(fixture, name, tokenizer)
    fixture.write()
    (options.target / "expected.safetensors").chmod(0o644)
    size = sum(file.stat().st_size for file in options.target.rglob("*") if file.is_file())
    print(f"{len(fixture.cases)} cases, {size:,} bytes")


if __name__ == "__main__":
    main()
