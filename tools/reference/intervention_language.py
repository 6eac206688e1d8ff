"""A small written form of an intervention, carried out by plain torch hooks here, by nnsight in `intervention_nnsight`.

A *site* is a module path and `.output` or `.input`, or `<attn>.q|k|v|scores|pattern|z` (values per head:
[row, head, position, width or key]). An *edit* is a dict that is also written to `cases.json`:

    site        where
    op          zero | scale | add | set | fill | skip
    by          factor of scale, number of fill ("-inf" too)
    tensor      name of the tensor that add and set use, broadcast from the right
    with        of skip: "input", "zeros" or "tensor" (the one named by `tensor`), which stands for the module's output
    positions, heads, columns   only these (positions may be negative); columns are the last axis (keys of a pattern)
    steps       only at these decoding steps; step 0 is the whole prompt. Without it: at every step
    if          {"site", "position", "norm_greater_than"}: only where the L2 norm read there is greater

A *read* is {"site", "steps"?, "position"?} and is saved after all edits of that site.
"""

from __future__ import annotations

from contextlib import ExitStack
from unittest import mock

import torch
from torch.nn.functional import softmax
from transformers.models.gpt2 import modeling_gpt2

INSIDE = ("q", "k", "v", "scores", "pattern", "z")


def split_site(site: str) -> tuple[str, str]:
    module, _, port = site.rpartition(".")
    return (site, "module") if port not in (*INSIDE, "input", "output") else (module, port)


def to_heads(x: torch.Tensor, count: int) -> torch.Tensor:
    return x.view(*x.shape[:-1], count, -1).transpose(1, 2)


def from_heads(x: torch.Tensor) -> torch.Tensor:
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


def chosen(value: torch.Tensor, edit: dict) -> torch.Tensor:
    mask = torch.ones(value.shape, dtype=torch.bool)
    for key, axis in (("positions", -2), ("heads", 1), ("columns", -1)):
        if key in edit:
            part = torch.zeros(value.shape[axis], dtype=torch.bool)
            part[edit[key]] = True
            mask &= part.view([-1 if a == axis % value.dim() else 1 for a in range(value.dim())])
    return mask


def edited(value: torch.Tensor, edit: dict, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    new = {"zero": lambda: torch.zeros_like(value),
           "scale": lambda: value * edit["by"],
           "add": lambda: value + tensors[edit["tensor"]],
           "set": lambda: tensors[edit["tensor"]].expand(value.shape),
           "fill": lambda: torch.full_like(value, float(edit["by"]))}[edit["op"]]()
    return torch.where(chosen(value, edit), new, value)


def stand_in(edit: dict, value: torch.Tensor, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    return {"input": lambda: value, "zeros": lambda: torch.zeros_like(value),
            "tensor": lambda: tensors[edit["tensor"]].expand(value.shape)}[edit["with"]]()


def happens(edit: dict, step: int, seen: dict[str, torch.Tensor]) -> bool:
    if step not in edit.get("steps", [step]):
        return False
    condition = edit.get("if")
    return condition is None or bool(
        seen[condition["site"]][0, condition["position"]].norm() > condition["norm_greater_than"])


class Hooks:
    """`on(site, value, step)` is called for every wanted site and returns the value to go on with."""

    def __init__(self, model, sites, on, skips=(), tensors=None):
        self.model, self.on, self.step, self.stack, self.tensors = model, on, -1, ExitStack(), tensors
        self.sites, self.skips = list(dict.fromkeys(sites)), skips

    def __enter__(self):
        self.add(self.model.register_forward_pre_hook(self.next_step))
        ports: dict[str, set[str]] = {}
        for site in self.sites:
            module, port = split_site(site)
            ports.setdefault(module, set()).add(port)
        for path, wanted in ports.items():
            self.listen(path, wanted)
        for edit in self.skips:
            module = self.model.get_submodule(edit["site"])
            self.stack.enter_context(mock.patch.object(module, "forward", self.skipping(edit, module.forward)))
        return self

    def __exit__(self, *error):
        self.stack.close()

    def add(self, handle):
        self.stack.callback(handle.remove)

    def next_step(self, *_):
        self.step += 1

    def listen(self, path: str, wanted: set[str]) -> None:
        module = self.model.get_submodule(path)
        if "input" in wanted:
            self.add(module.register_forward_pre_hook(
                lambda m, args: (self.on(f"{path}.input", args[0], self.step), *args[1:])))
        if "output" in wanted:
            def after(m, args, output):
                if isinstance(output, tuple):
                    return (self.on(f"{path}.output", output[0], self.step), *output[1:])
                return self.on(f"{path}.output", output, self.step)
            self.add(module.register_forward_hook(after))
        if wanted & {"q", "k", "v"}:
            def after_c_attn(m, args, output):
                parts = [to_heads(part, module.num_heads) for part in output.split(module.embed_dim, dim=-1)]
                parts = [self.on(f"{path}.{n}", part, self.step) if n in wanted else part
                         for n, part in zip("qkv", parts)]
                return torch.cat([from_heads(part) for part in parts], dim=-1)
            self.add(module.c_attn.register_forward_hook(after_c_attn))
        if "z" in wanted:
            self.add(module.c_proj.register_forward_pre_hook(
                lambda m, args: (from_heads(self.on(f"{path}.z", to_heads(args[0], module.num_heads), self.step)),)))
        if wanted & {"scores", "pattern"}:
            module.tapped_path, module.tapped = path, wanted
            self.stack.callback(lambda: delattr(module, "tapped"))
        self.stack.enter_context(mock.patch.object(modeling_gpt2, "eager_attention_forward", self.attention))

    def attention(self, module, query, key, value, attention_mask, scaling=None, **_):
        """As Hugging Face writes it, but a layer that was skipped at an earlier step may have fewer keys."""
        scores = query @ key.transpose(-1, -2) * scaling
        if attention_mask is not None:
            scores = scores + attention_mask[..., -key.shape[-2]:]
        wanted = getattr(module, "tapped", ())
        if "scores" in wanted:
            scores = self.on(f"{module.tapped_path}.scores", scores, self.step)
        pattern = softmax(scores, dim=-1)
        if "pattern" in wanted:
            pattern = self.on(f"{module.tapped_path}.pattern", pattern, self.step)
        return (pattern @ value).transpose(1, 2), pattern

    def skipping(self, edit: dict, forward):
        def call(*args, **more):
            if not happens(edit, self.step, {}):
                return forward(*args, **more)
            value = stand_in(edit, args[0], self.tensors)
            return (value, None) if edit["site"].endswith(".attn") else value
        if edit["site"].split(".")[-1].isdigit():
            self.stack.enter_context(mock.patch.object(modeling_gpt2, "eager_attention_forward", self.attention))
        return call


def read_value(value: torch.Tensor, read: dict) -> torch.Tensor:
    return value[0] if "position" not in read else value[0].select(-2, read["position"])


def plain_run(model, ids: list[int], edits=(), reads=(), tensors=None, options=None, call=None):
    """One prompt: every read as a list over steps, the logits of the last position per step, and the new ids."""
    found: list[list[torch.Tensor]] = [[] for _ in reads]
    seen: dict[str, torch.Tensor] = {}
    logits = []

    def on(site, value, step):
        for edit in edits:
            if edit["site"] == site and happens(edit, step, seen):
                value = edited(value, edit, tensors or {})
        seen[site] = value
        for i, read in enumerate(reads):
            if read["site"] == site and step in read.get("steps", [step]):
                found[i].append(read_value(value, read).detach().clone())
        if site == "lm_head.output":
            logits.append(value[0, -1].detach().clone())
        return value

    skips = [edit for edit in edits if edit["op"] == "skip"]
    sites = [e["site"] for e in edits if e["op"] != "skip"] + [r["site"] for r in reads] + ["lm_head.output"]
    sites += [e["if"]["site"] for e in edits if "if" in e]
    row = torch.tensor([ids])
    with Hooks(model, sites, on, skips, tensors or {}), torch.no_grad():
        if options is None:
            model(row, **(call or {}))
            generated = None
        else:
            out = model.generate(row, attention_mask=torch.ones_like(row), do_sample=False, **options)
            generated = out[0, len(ids):].tolist()
    return found, torch.stack(logits), generated
