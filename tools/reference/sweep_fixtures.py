"""Activation patching and attribution patching of the embedded model, by plain torch hooks: one forward per cell."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

from fixture_file import Fixture
from fixtures import EMBEDDED, STUBS, load_model

CLEAN = "When Mary and John went to the store, John gave a drink to"
CORRUPTED = "When John and Mary went to the store, Mary gave a drink to"
PLACES = ("resid_pre", "attn_out", "mlp_out", "z")
FOLDER = STUBS / "test/resources/fixtures/interventions/sweeps"


class Patching:
    def __init__(self, model, clean: list[int], corrupted: list[int], right: int, wrong: int):
        self.model = model
        self.blocks = model.transformer.h
        self.heads = model.config.n_head
        self.clean, self.corrupted = torch.tensor([clean]), torch.tensor([corrupted])
        self.right, self.wrong = right, wrong
        assert self.clean.shape == self.corrupted.shape

    def hook(self, place: str, layer: int, change):
        """Calls `change` with the value of a place, and goes on with what it returns."""
        block = self.blocks[layer]
        if place == "resid_pre":
            return block.register_forward_pre_hook(lambda _, given: (change(given[0]), *given[1:]))
        if place == "z":
            return block.attn.c_proj.register_forward_pre_hook(lambda _, given: (change(given[0]), *given[1:]))
        if place == "mlp_out":
            return block.mlp.register_forward_hook(lambda _, given, out: change(out))
        return block.attn.register_forward_hook(lambda _, given, out: (change(out[0]), *out[1:]))

    def metric(self, ids: torch.Tensor) -> torch.Tensor:
        logits = self.model(ids).logits[0, -1]
        return logits[self.right] - logits[self.wrong]

    def seen(self, ids: torch.Tensor, gradients: bool = False) -> tuple[torch.Tensor, dict, dict]:
        values, hooks = {}, []
        for layer in range(len(self.blocks)):
            for place in PLACES:
                def keep(value, key=(place, layer)):
                    kept = value.clone()
                    if gradients and not kept.requires_grad:
                        kept.requires_grad_(True)
                    values[key] = kept
                    return kept
                hooks.append(self.hook(place, layer, keep))
        try:
            metric = self.metric(ids)
        finally:
            for each in hooks:
                each.remove()
        found = {}
        if gradients:
            found = dict(zip(values, torch.autograd.grad(metric, list(values.values()))))
        return metric.detach(), {key: value.detach() for key, value in values.items()}, found

    def patched(self, place: str, source: dict) -> torch.Tensor:
        """[layer, position], or [layer, head] of all positions."""
        rows = []
        for layer in range(len(self.blocks)):
            row = []
            wanted = source[place, layer]
            cells = self.heads if place == "z" else wanted.shape[1]
            for cell in range(cells):
                def change(value, cell=cell):
                    value = value.clone()
                    if place == "z":
                        width = value.shape[-1] // self.heads
                        part = slice(cell * width, (cell + 1) * width)
                        value[..., part] = wanted[..., part]
                    else:
                        value[:, cell] = wanted[:, cell]
                    return value
                handle = self.hook(place, layer, change)
                with torch.no_grad():
                    row.append(self.metric(self.corrupted))
                handle.remove()
            rows.append(torch.stack(row))
        return torch.stack(rows)

    def attributed(self, place: str, source: dict, own: dict, gradients: dict) -> torch.Tensor:
        rows = []
        for layer in range(len(self.blocks)):
            effect = ((source[place, layer] - own[place, layer]) * gradients[place, layer])[0]
            rows.append(effect.unflatten(-1, (self.heads, -1)).sum((0, 2)) if place == "z" else effect.sum(-1))
        return torch.stack(rows)


def main() -> None:
    torch.manual_seed(0)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(EMBEDDED)
    model = load_model(EMBEDDED)
    (right,), (wrong,) = tokenizer.encode(" Mary"), tokenizer.encode(" John")
    patching = Patching(model, tokenizer.encode(CLEAN), tokenizer.encode(CORRUPTED), right, wrong)
    with torch.no_grad():
        clean, source, _ = patching.seen(patching.clean)
    corrupted, own, gradients = patching.seen(patching.corrupted, gradients=True)
    fixture = Fixture(FOLDER, model="embedded", clean=CLEAN, corrupted=CORRUPTED, right=" Mary", wrong=" John")
    fixture.add("runs", "runs", {"clean": clean, "corrupted": corrupted})
    for place in PLACES:
        fixture.add(place, "patched", {
            "patched": patching.patched(place, source),
            "attributed": corrupted + patching.attributed(place, source, own, gradients)})
    fixture.write()


if __name__ == "__main__":
    main()
