"""Writes LoRA adapters for the tiny model of each family, and what PEFT computes with them, for the Java tests to match.

    python family_adapter_fixtures.py

The models are those that `family_fixtures.py` wrote. Each has two adapters: one for all linear layers, and one that
asks for something else as well, such as lengths (DoRA) or a head of its own (`modules_to_save`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import warnings
import zlib
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GPT2LMHeadModel

from family_models import load_model
from fixture_file import Fixture
from intervention_cases import margin

FIXTURES = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures"
TOKENS = 5

# The second adapter of each: fused projections, expressions, what stays beside LoRA.
OTHERS: dict[str, dict] = {
    "plain": {"target_modules": ["c_attn", "mlp.c_proj"], "use_dora": True, "modules_to_save": ["wte"]},
    "llama/usual": {"target_modules": ["q_proj", "v_proj"], "use_rslora": True, "modules_to_save": ["lm_head", "embed_tokens"]},
    "mistral/none-tied": {"target_modules": r".*\.mlp\.(up|down)_proj", "modules_to_save": ["embed_tokens"]},
    "qwen2/windows": {"target_modules": ["q_proj", "k_proj"], "use_dora": True},
    "qwen3/usual": {"target_modules": ["o_proj", "gate_proj"], "layers_to_transform": [1], "modules_to_save": ["lm_head"]},
    "gemma/old": {"target_modules": ["k_proj", "down_proj"], "rank_pattern": {"down_proj": 1}},
    "gemma2/caps": {"target_modules": ["o_proj", "up_proj"], "use_dora": True, "use_rslora": True},
    "gemma3/pattern": {"target_modules": ["v_proj"], "alpha_pattern": {"layers.1.self_attn.v_proj": 7}},
    "gpt_neox/parallel": {"target_modules": ["query_key_value"], "use_dora": True, "modules_to_save": ["embed_in"]},
    "gpt_neo/window": {"target_modules": ["q_proj", "c_fc"], "exclude_modules": ["h.2.mlp.c_fc"]},
    "gptj/partial": {"target_modules": ["fc_in", "out_proj"], "use_dora": True, "modules_to_save": ["lm_head"]},
    "phi/normed": {"target_modules": r"model\.layers\.\d+\.(self_attn\.dense|mlp\.fc1)", "lora_bias": True},
    "phi3/window": {"target_modules": ["qkv_proj", "gate_up_proj"], "use_dora": True},
    "olmo/clipped": {"target_modules": ["q_proj", "v_proj"]},
    "olmo2/shared-keys": {"target_modules": ["q_proj", "k_proj"], "use_rslora": True},
    "olmo3/yarn": {"target_modules": ["o_proj"], "use_dora": True},
    "opt/before": {"target_modules": ["q_proj", "fc2"], "modules_to_save": ["embed_tokens"]},
    "bloom/untied": {"target_modules": ["query_key_value", "dense_4h_to_h"], "use_dora": True, "modules_to_save": ["lm_head"]},
    "falcon/new": {"target_modules": ["query_key_value"], "use_dora": True},
    "falcon/multi-query": {"target_modules": ["query_key_value", "dense"]},
    "smollm3/usual": {"target_modules": ["q_proj", "down_proj"], "layers_to_transform": [0, 3], "layers_pattern": "layers"},
    "mixtral/usual": {"target_modules": ["q_proj", "v_proj"], "use_dora": True},
    "qwen3_moe/some-layers": {"target_modules": ["k_proj", "o_proj"]},
    "gpt_oss/yarn": {"target_modules": ["q_proj", "o_proj"], "use_dora": True},
}


def base(name: str):
    if name == "plain":
        return GPT2LMHeadModel.from_pretrained(FIXTURES / name, dtype=torch.float32, attn_implementation="eager").eval()
    return load_model(FIXTURES / name)


@torch.no_grad()
def write_adapter(name: str, folder: Path, given: dict, generator: torch.Generator) -> None:
    model = get_peft_model(base(name), LoraConfig(task_type="CAUSAL_LM", **given)).eval()
    for key, weight in model.named_parameters():
        if "lora_" in key or "modules_to_save" in key:
            noise = torch.randn(weight.shape, generator=generator)
            weight.copy_(weight * (1 + 0.3 * noise) if "magnitude" in key else
                         weight + 0.3 * noise if "modules_to_save" in key else 0.4 * noise)
    model.peft_config["default"].base_model_name_or_path = name
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    for key in ("target_modules", "exclude_modules"):
        if isinstance(config[key], list):
            config[key] = sorted(config[key])  # PEFT keeps a set, in any order
    if given["target_modules"] == "all-linear":
        config["target_modules"] = "all-linear"
    path.write_text(json.dumps(config, indent=1) + "\n")
    for file in folder.iterdir():
        file.chmod(0o644)


@torch.no_grad()
def answers(model, ids: list[int]) -> tuple[list[int], torch.Tensor]:
    """Without the cache, whose keys some families turn otherwise in longer rows."""
    out = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                         do_sample=False, return_dict_in_generate=True, output_logits=True, max_new_tokens=TOKENS,
                         eos_token_id=None, pad_token_id=0)
    return out.sequences[0, len(ids):].tolist(), torch.stack(out.logits)[:, 0]


def add(fixture: Fixture, name: str, kind: str, given: dict) -> None:
    label = f"{name}/{kind}"
    generator = torch.Generator().manual_seed(zlib.crc32(label.encode()))
    folder = fixture.folder / label
    write_adapter(name, folder, given, generator)
    adapted = PeftModel.from_pretrained(base(name), folder).eval()
    merged = PeftModel.from_pretrained(base(name), folder).merge_and_unload().eval()
    for _ in range(100):
        ids = torch.randint(1, 31, (6,), generator=generator).tolist()
        new, steps = answers(adapted, ids)
        if margin(steps) > 1e-2:
            break
    else:
        raise AssertionError(f"{label}: decisions hang by a hair")
    with torch.no_grad():
        logits = adapted(torch.tensor([ids])).logits
        close = torch.allclose(merged(torch.tensor([ids])).logits, logits, atol=1e-4, rtol=1e-4)
        assert close, f"{label}: merged is another model"
        assert not torch.allclose(base(name)(torch.tensor([ids])).logits, logits, atol=1e-2), f"{label}: no effect"
    fixture.add(label, "adapter", {"logits": logits}, model=name, folder=label, inputs=[ids], generated=[new])


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--target", type=Path, default=FIXTURES / "family-adapters")
    arguments.add_argument("--only", nargs="+", choices=OTHERS, default=list(OTHERS))
    options = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    shutil.rmtree(options.target, ignore_errors=True)
    fixture = Fixture(options.target, peft=peft.__version__)
    for name in options.only:
        add(fixture, name, "all-linear", {"target_modules": "all-linear", "r": 1, "lora_alpha": 2})
        add(fixture, name, "other", {"r": 2, "lora_alpha": 3} | OTHERS[name])
        print(name, flush=True)
    fixture.write()
    (options.target / "expected.safetensors").chmod(0o644)
    size = sum(file.stat().st_size for file in options.target.rglob("*") if file.is_file())
    print(f"{len(fixture.cases)} cases, {size:,} bytes")


if __name__ == "__main__":
    main()
