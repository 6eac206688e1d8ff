"""Trains a steering vector and a low-rank adapter in the embedded GPT-2 with torch's Adam.

Writes toolkit/src/test/resources/training.json: the loss of each step, and what was trained.
Each row runs alone, so padding plays no part; the loss is the mean over rows.
"""

import json
from pathlib import Path

import torch
from transformers import AutoTokenizer, GPT2LMHeadModel

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "model-stubs/src/main/resources/org/nnsight4j/models/gpt2/embedded"
OUT = ROOT / "toolkit/src/test/resources/training.json"
ROWS = ["The Eiffel Tower is in the city of", "The capital of France is"]
STEPS = 6
RANK = 2


def main():
    model = GPT2LMHeadModel.from_pretrained(MODEL).eval()
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    width = model.config.n_embd
    target = tokenizer.encode(" Rome")
    assert len(target) == 1
    vector = torch.zeros(width, requires_grad=True)
    down = (torch.arange(width * RANK).reshape(width, RANK).sin() * 0.1).requires_grad_(True)
    up = torch.zeros(RANK, width, requires_grad=True)
    optimizer = torch.optim.Adam([vector, down, up], lr=0.01)

    def steer(module, inputs, output):
        if isinstance(output, tuple):
            return (output[0] + vector,) + output[1:]
        return output + vector

    def adapt(module, inputs, output):
        return output + inputs[0] @ down @ up

    model.transformer.h[1].register_forward_hook(steer)
    model.transformer.h[2].mlp.register_forward_hook(adapt)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        rows = []
        for text in ROWS:
            logits = model(torch.tensor([tokenizer.encode(text)])).logits[0, -1]
            rows.append(-logits.log_softmax(-1)[target[0]])
        loss = torch.stack(rows).mean()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    OUT.write_text(
        json.dumps(
            {
                "target": target[0],
                "losses": losses,
                "vector": vector.tolist()[:16],
                "down": down.flatten().tolist()[:16],
                "up": up.flatten().tolist()[:16],
            },
            indent=1,
        )
        + "\n"
    )


main()
