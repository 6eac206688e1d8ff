"""Reads the intervention fixtures back and recomputes the runs with a forward pass written out by hand.

No hooks, no cache, no transformers: the whole text, generated tokens included, goes through once, and an edit at
decoding step s is an edit of that step's positions. So this also shows what steps mean.

    python intervention_check.py
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.functional import layer_norm

ROOT = Path(__file__).resolve().parents[2] / "model-stubs/src"
FIXTURES = ROOT / "test/resources/fixtures/interventions"
MODEL = ROOT / "main/resources/org/nnsight4j/models/gpt2/embedded"
WEIGHTS = load_file(MODEL / "model.safetensors")
CONFIG = json.loads((MODEL / "config.json").read_text())
HEADS, EPSILON = CONFIG["n_head"], CONFIG["layer_norm_epsilon"]


class Run:
    """One row: `ids` are the prompt and all but the last generated token."""

    def __init__(self, ids, prompt, case, edits, tensors, key_mask=None):
        self.ids, self.prompt, self.edits, self.tensors = ids, prompt, edits, tensors
        self.position_ids = case.get("position_ids", [list(range(len(ids)))])[0]
        self.key_mask = key_mask or [1] * len(ids)
        self.values: dict[str, torch.Tensor] = {}

    def rows_of(self, step: int) -> list[int]:
        return list(range(self.prompt)) if step == 0 else [self.prompt + step - 1]

    def rows(self, edit) -> list[int]:
        steps = range(len(self.ids) - self.prompt + 1)
        of = [self.rows_of(s) for s in steps if s in edit.get("steps", [s])]
        return sorted({rows[p] for rows in of for p in edit.get("positions", range(len(rows)))})

    def site(self, name: str, value: torch.Tensor) -> torch.Tensor:
        """Positions are the axis before the last; heads, if any, come first."""
        for edit in self.edits:
            if edit["site"] != name or not self.holds(edit):
                continue
            value = value.clone()
            for row in self.rows(edit):
                for head in edit.get("heads", range(value.shape[0])) if value.dim() == 3 else [None]:
                    place = (row,) if head is None else (head, row)
                    columns = edit.get("columns", list(range(value.shape[-1])))
                    value[place + (columns,)] = self.new(edit, value, place, columns)
        self.values[name] = value
        return value

    def new(self, edit, value, place, columns):
        old = value[place + (columns,)]
        if edit["op"] == "zero":
            return torch.zeros_like(old)
        if edit["op"] == "scale":
            return old * edit["by"]
        if edit["op"] == "fill":
            return torch.full_like(old, float(edit["by"]))
        given = self.tensors[edit["tensor"]]
        given = given.expand(value.shape)[place + (columns,)]
        return old + given if edit["op"] == "add" else given

    def holds(self, edit) -> bool:
        condition = edit.get("if")
        return condition is None or bool(
            self.values[condition["site"]][condition["position"]].norm() > condition["norm_greater_than"])

    def skipped(self, path: str, value: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
        for edit in self.edits:
            if edit["site"] == path and edit["op"] == "skip":
                result = result.clone()
                for row in self.rows(edit):
                    result[row] = {"input": value, "zeros": torch.zeros_like(value),
                                   "tensor": self.tensors.get("hidden")}[edit["with"]][row]
        return result

    def attention(self, path: str, x: torch.Tensor, w) -> torch.Tensor:
        n = len(x)
        q, k, v = (part.view(n, HEADS, -1).transpose(0, 1) for part in w(f"{path}.c_attn", x).chunk(3, dim=-1))
        q, k, v = (self.site(f"{path}.{name}", part) for name, part in zip("qkv", (q, k, v)))
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
        seen = torch.tril(torch.ones(n, n, dtype=torch.bool)) & torch.tensor(self.key_mask, dtype=torch.bool)
        block = path.rpartition(".")[0]
        for edit in self.edits:  # a skipped layer has no keys for the positions of the skipped steps
            if edit["op"] == "skip" and edit["site"] in (path, block):
                seen[:, self.rows(edit)] = False
                for row in self.rows(edit):
                    seen[row, row] = True
        scores = self.site(f"{path}.scores", scores.masked_fill(~seen, -math.inf))
        z = self.site(f"{path}.z", self.site(f"{path}.pattern", scores.softmax(-1)) @ v)
        return w(f"{path}.c_proj", z.transpose(0, 1).reshape(n, -1))

    def logits(self) -> torch.Tensor:
        def w(name, x):
            return x @ WEIGHTS[f"{name}.weight"] + WEIGHTS[f"{name}.bias"]

        def norm(name, x):
            return layer_norm(x, x.shape[-1:], WEIGHTS[f"{name}.weight"], WEIGHTS[f"{name}.bias"], EPSILON)

        x = self.site("transformer.wte.output", WEIGHTS["transformer.wte.weight"][self.ids])
        x = x + self.site("transformer.wpe.output", WEIGHTS["transformer.wpe.weight"][self.position_ids])
        for layer in range(CONFIG["n_layer"]):
            block = f"transformer.h.{layer}"
            x = start = self.site(f"{block}.input", x)
            normed = norm(f"{block}.ln_1", x)
            attn = self.attention(f"{block}.attn", normed, w)
            x = x + self.site(f"{block}.attn.output", self.skipped(f"{block}.attn", normed, attn))
            inner = self.site(f"{block}.mlp.input", norm(f"{block}.ln_2", x))
            hidden = w(f"{block}.mlp.c_fc", inner)
            hidden = 0.5 * hidden * (1 + torch.tanh(math.sqrt(2 / math.pi) * (hidden + 0.044715 * hidden ** 3)))
            mlp = w(f"{block}.mlp.c_proj", self.site(f"{block}.mlp.act.output", hidden))
            x = x + self.site(f"{block}.mlp.output", self.skipped(f"{block}.mlp", inner, mlp))
            x = self.site(f"{block}.output", self.skipped(block, start, x))
        return norm("transformer.ln_f", x) @ WEIGHTS["transformer.wte.weight"].T


def read_back(run: Run, read: dict, generation: bool) -> torch.Tensor:
    value = run.values[read["site"]]
    if not generation:
        return value.select(-2, read["position"]) if "position" in read else value
    assert read["position"] == -1
    steps = [s for s in range(len(run.ids) - run.prompt + 1) if s in read.get("steps", [s])]
    return torch.stack([value[run.rows_of(s)[-1]] for s in steps])


def check_row(name, numbers, case, r, edits, reads, prefix="", runs=None) -> int:
    prompt, new = case["inputs"][r], case["generated"][r] if "generated" in case else None
    tensors = {what: numbers[key] for what, key in case["tensors"].items()}
    edits = [dict(e) for e in edits]
    for n, edit in enumerate(edits):
        if "from" in edit:
            given, other = edit["from"], runs[edit["from"]["row"]]
            value, rows = other.values[given["site"]], other.rows_of(given.get("step", 0))
            tensors[f"from.{n}"] = value.select(-2, rows[given["position"]]) if "position" in given else value
            edit["tensor"] = f"from.{n}"
    ids = prompt + (new[:-1] if new else [])
    run = Run(ids, len(prompt), case, edits, tensors, case.get("attention_mask", [None])[0])
    logits = run.logits()
    last = logits[len(prompt) - 1:]
    expected = tensors[f"{prefix}logits_every_8"]
    torch.testing.assert_close(last[:, ::8] if new else last[-1, ::8], expected, atol=1e-4, rtol=1e-4,
                               msg=lambda m: f"{name}: {m}")
    if new and case["options"].get("min_new_tokens", 0) < len(new) or not new:
        best = last.argmax(-1).tolist()
        assert best == new if new else best[-1] == case.get("top_id", best[-1]), name
    for read in reads:
        if "tensor" in read:
            torch.testing.assert_close(read_back(run, read, new is not None), tensors[read["tensor"]], atol=1e-4,
                                       rtol=1e-4, msg=lambda m: f"{name} {read}: {m}")
    if runs is not None:
        runs[r] = run
    return 1 + len(reads)


def main() -> None:
    torch.set_num_threads(1)
    checked = 0
    for topic in ("steps", "forward", "batches"):
        numbers = load_file(FIXTURES / topic / "expected.safetensors")
        for case in json.loads((FIXTURES / topic / "cases.json").read_text())["cases"]:
            if "rows" in case:
                runs: dict[int, Run] = {}
                order = sorted(range(len(case["rows"])), key=lambda r: any("from" in e for e in case["rows"][r]["edits"]))
                for r in order:
                    row, whole = case["rows"][r], case.get("whole", {}).get("edits", [])
                    checked += check_row(case["name"], numbers, case, r, row["edits"] + whole, row["reads"], f"row.{r}/", runs)
            elif "edits" in case:
                checked += check_row(case["name"], numbers, case, 0, case["edits"], case["reads"])
    print(f"{checked} tensors agree with the forward pass written by hand")


if __name__ == "__main__":
    main()
