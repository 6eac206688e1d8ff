"""One fixture folder: `cases.json` says what was asked, `expected.safetensors` holds the numbers of the answer."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file


class Fixture:
    """Collects cases; the tensor `what` of a case is stored as `<case>/<what>`."""

    def __init__(self, folder: Path, **about):
        self.folder = folder
        self.about = about
        self.cases: list[dict] = []
        self.tensors: dict[str, torch.Tensor] = {}

    def add(self, name: str, kind: str, tensors: dict[str, torch.Tensor] | None = None, **facts) -> None:
        assert all(case["name"] != name for case in self.cases), name
        names = {}
        for what, tensor in (tensors or {}).items():
            names[what] = f"{name}/{what}"
            self.tensors[names[what]] = tensor.detach().clone().contiguous()
        self.cases.append({"name": name, "kind": kind, **facts, "tensors": names})

    def write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.tensors:
            save_file(self.tensors, self.folder / "expected.safetensors")
        about = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0], **self.about}
        lines = ",\n".join("    " + json.dumps(case) for case in self.cases)
        head = json.dumps(about, indent=2)[:-2]
        (self.folder / "cases.json").write_text(f'{head},\n  "cases": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
