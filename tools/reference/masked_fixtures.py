"""Writes model-stubs/src/test/resources/fixtures/masked.json: Hugging Face's logits of rows whose attention mask hides
their first tokens, or all of them, each row alone. Run from the repository root:

    python tools/reference/masked_fixtures.py
"""

import json
import pathlib

import torch
from transformers import AutoModelForCausalLM

MODEL = "model-stubs/src/main/resources/org/nnsight4j/models/gpt2/embedded"
OUT = pathlib.Path("model-stubs/src/test/resources/fixtures/masked.json")
ROWS = [[23, 99, 4], [5, 17, 23, 99, 4, 301]]
MASKS = {
    3: [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0], [1, 0, 1]],
    6: [[1, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 1, 1]],
}
EVERY = 40


def main():
    model = AutoModelForCausalLM.from_pretrained(MODEL, attn_implementation="eager").eval()
    cases = []
    for row in ROWS:
        for mask in MASKS[len(row)]:
            with torch.no_grad():
                logits = model(
                    torch.tensor([row]),
                    attention_mask=torch.tensor([mask]),
                    position_ids=torch.arange(len(row))[None],
                ).logits[0, :, ::EVERY]
            cases.append({"ids": row, "mask": mask, "logits": [[round(x, 4) for x in line] for line in logits.tolist()]})
    lines = ",\n".join(json.dumps(case) for case in cases)
    OUT.write_text(f'{{"every": {EVERY}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
