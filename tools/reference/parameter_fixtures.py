"""Writes model-stubs/src/test/resources/fixtures/parameters.json: what transformers and torch compute with the embedded
model's parameters: gradients of a loss with respect to each, and logits with one of them replaced. Run from the
repository root:

    python tools/reference/parameter_fixtures.py
"""

import json
import pathlib

import torch
from transformers import AutoModelForCausalLM

MODEL = "model-stubs/src/main/resources/org/nnsight4j/models/gpt2/embedded"
OUT = pathlib.Path("model-stubs/src/test/resources/fixtures/parameters.json")
IDS = [5, 17, 23, 99, 4, 301]
TARGET = 42
REPLACED = "transformer.h.1.mlp.c_proj.weight"
EVERY = 40


def load():
    return AutoModelForCausalLM.from_pretrained(MODEL, attn_implementation="eager").eval()


def last(model):
    return model(torch.tensor([IDS])).logits[0, -1]


def main():
    model = load()
    loss = -torch.log_softmax(last(model), -1)[TARGET]
    loss.backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        flat = parameter.grad.flatten()
        gradients[name] = [float(f"{x:.6g}") for x in (flat.norm(), flat.sum(), flat[0], flat[len(flat) // 2])]
    changed = load()
    with torch.no_grad():
        parameters = dict(changed.named_parameters())
        parameters[REPLACED].mul_(-0.5)
        logits = [round(x, 4) for x in last(changed)[::EVERY].tolist()]
    lines = ",\n".join(f"{json.dumps(name)}: {numbers}" for name, numbers in gradients.items())
    OUT.write_text(
        f'{{"ids": {IDS}, "target": {TARGET}, "loss": {loss.item():.6f}, "replaced": "{REPLACED}", "factor": -0.5,\n'
        f'"every": {EVERY}, "logits": {logits},\n"gradients": {{\n{lines}\n}}}}\n'
    )


if __name__ == "__main__":
    main()
