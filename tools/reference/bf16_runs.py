"""Writes fixtures/bf16-runs.json: what transformers computes in BF16 with checkpoints of the fixtures.

The logits of each position, and the distance of those in FP32, which says how much BF16 may differ at all.

    python bf16_runs.py ../../model-stubs/src/test/resources/fixtures
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM

FOLDERS = [
    "plain-bf16",
    "llama/usual",
    "gemma2/caps",
    "gpt_neox/parallel",
    "qwen3/usual",
    "mixtral/usual",
    "gpt_oss/yarn",
]
IDS = [5, 9, 3, 7, 2, 8]


def logits(folder, dtype):
    experts = {"experts_implementation": "eager"} if folder.parent.name in ("mixtral", "gpt_oss") else {}
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager", **experts).eval()
    with torch.no_grad():
        return model(torch.tensor([IDS])).logits[0].float()


def main(fixtures):
    runs = {}
    for name in FOLDERS:
        folder = fixtures / name
        if not folder.is_dir():
            continue
        low, exact = logits(folder, torch.bfloat16), logits(folder, torch.float32)
        runs[name] = {
            "distance": ((low - exact).norm() / exact.norm()).item(),
            "last": [round(x, 6) for x in low[-1].tolist()],
            "best": low.argmax(-1).tolist(),
        }
    out = {"ids": IDS, "runs": runs}
    (fixtures / "bf16-runs.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    torch.manual_seed(0)
    main(pathlib.Path(sys.argv[1]))
