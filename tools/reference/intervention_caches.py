"""What nnsight's cache holds: every module's output and input, of one pass, one position, an edited pass, all steps."""

from __future__ import annotations

import torch

from fixture_file import Fixture
from intervention_cases import BOTH, EIFFEL, MADISON, Reference, close
from intervention_language import plain_run

THREE = {"max_new_tokens": 3, "min_new_tokens": 3, "eos_token_id": 0, "pad_token_id": 0}
FULL = ("transformer.drop", "transformer.h.1.attn", "transformer.h.2.mlp", "transformer.h.3", "transformer.ln_f")


def tensor_of(value) -> torch.Tensor:
    """The tensor in a module's output; of the model's own outputs the hidden state."""
    if isinstance(value, tuple):
        return value[0]
    return value if isinstance(value, torch.Tensor) else value.last_hidden_state


class Entry:
    """One visit of a module."""

    def __init__(self, output, inputs):
        self.output, self.inputs = output, inputs


def entries(cache) -> dict[str, list[Entry]]:
    """Module path to its visits, one per step; nnsight's root and `generator` are left out."""
    found = {}
    for key in cache.keys():
        if key != "model" and "generator" not in key:
            view = cache[key]
            once = len(view) == 1
            outputs, inputs = ([view.output], [view.inputs]) if once else (view.output, view.inputs)
            found[key.removeprefix("model.")] = [Entry(o, i) for o, i in zip(outputs, inputs, strict=True)]
    return found


def numbers(value: torch.Tensor, last: bool) -> dict:
    value = value[:, -1:] if last else value
    return {"shape": list(value.shape), "norm": float(value.double().norm()), "mean": float(value.double().mean())}


def first_input(entry) -> torch.Tensor | None:
    if not entry.inputs:
        return None
    positional, named = entry.inputs
    value = positional[0] if positional else next(iter(named.values()))
    return value if isinstance(value, torch.Tensor) and value.is_floating_point() else None


def described(steps: list, last: bool) -> dict:
    found = {"steps": [numbers(tensor_of(entry.output), last) for entry in steps]}
    inputs = [first_input(entry) for entry in steps]
    if all(value is not None for value in inputs):
        found["inputs"] = [numbers(value, last) for value in inputs]
    return found


def same_as_hooks(ref: Reference, ids, cached: dict[str, list], edit=None, options=None) -> None:
    paths = [path for path in cached if path != "transformer"]
    edits = [edit] if edit else []
    found = plain_run(ref.model, ids, edits, [{"site": f"{path}.output"} for path in paths], {}, options)[0]
    for path, values in zip(paths, found):
        assert len(values) == len(cached[path]), path
        for value, entry in zip(values, cached[path]):
            close(tensor_of(entry.output)[0], value)


def add_case(fixture: Fixture, ref: Reference, name: str, text: str, cached, last=False, full=FULL, edits=(), **facts):
    modules = [{"module": path, **described(steps, last)} for path, steps in cached.items()]
    saved = {}
    for path in full:
        for step, entry in enumerate(cached[path]):
            value = tensor_of(entry.output)[0]
            saved[f"{path}/step.{step}"] = value[-1:] if last or step else value
    fixture.add(name, "cache", saved, inputs=[ref.ids(text)], texts=[text], edits=list(edits), last_position=last,
                modules=modules, source=BOTH, **facts)


def add_caches(fixture: Fixture, ref: Reference) -> None:
    lm, ids = ref.lm, ref.ids(EIFFEL)
    row = torch.tensor([ids])
    with torch.no_grad(), lm.trace(row) as tracer:
        cache = tracer.cache(include_inputs=True).save()
    whole = entries(cache)
    same_as_hooks(ref, ids, whole)
    add_case(fixture, ref, "outputs-and-inputs", EIFFEL, whole)
    add_case(fixture, ref, "last-position", EIFFEL, whole, last=True, full=FULL[1:3])

    other = ref.ids(MADISON)
    with torch.no_grad(), lm.trace(torch.tensor([other])) as tracer:
        cache = tracer.cache(modules=[lm.transformer.h[1].mlp, lm.transformer.h[2].attn, lm.transformer.ln_f]).save()
    some = entries(cache)
    assert len(some) == 3
    same_as_hooks(ref, other, some)
    add_case(fixture, ref, "chosen-modules", MADISON, some, full=())

    edit = {"site": "transformer.h.1.mlp.output", "op": "zero"}
    with torch.no_grad(), lm.trace(row) as tracer:
        cache = tracer.cache().save()
        lm.transformer.h[1].mlp.output[:] = 0
    edited = entries(cache)
    expected = plain_run(ref.model, ids, [edit], [{"site": "transformer.h.3.output"}])[0][0][0]
    close(tensor_of(edited["transformer.h.3"][0].output)[0], expected)
    assert tensor_of(edited["transformer.h.1.mlp"][0].output).abs().max() == 0
    later = {path: steps for path, steps in edited.items() if path.startswith(("transformer.h.1", "transformer.h.2"))}
    add_case(fixture, ref, "after-an-edit", EIFFEL, later, full=("transformer.h.2",), edits=[edit],
             note="the cache holds the edited value of the edited module")

    with torch.no_grad(), lm.generate(row, do_sample=False, **THREE) as tracer:
        cache = tracer.cache().save()
    steps = entries(cache)
    assert all(len(values) == 3 for values in steps.values())
    same_as_hooks(ref, ids, steps, options=THREE)
    kept = {path: steps[path] for path in ("transformer.wte", "transformer.drop", "transformer.h.0", "transformer.h.1.attn",
            "transformer.h.1.mlp.act", "transformer.h.3", "transformer.ln_f", "lm_head")}
    generated = plain_run(ref.model, ids, options=THREE)[2]
    add_case(fixture, ref, "three-steps", EIFFEL, kept, full=("transformer.h.1.attn", "transformer.h.3"), options=THREE,
             generated=[generated], note="one entry per step; full tensors of steps 1 and 2 have one position")
