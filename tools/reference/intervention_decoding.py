"""Interventions at chosen decoding steps."""

from __future__ import annotations

import torch

from fixture_file import Fixture
from intervention_cases import EIFFEL, EVERY, FIVE, FRANCE, MARY, SINGLE, Reference, add_run, close, margin, vector
from intervention_language import plain_run


def add_reads(fixture: Fixture, ref: Reference) -> None:
    for text_name, text in (("eiffel", EIFFEL), ("france", FRANCE)):
        for layer in (0, 2, 3):
            site = f"transformer.h.{layer}.output"
            add_run(fixture, ref, f"read-{text_name}-h{layer}", "steps", text, options=FIVE, reads=[
                {"site": site, "position": -1},
                {"site": site, "position": -1, "steps": [1, 2]},
                {"site": site, "position": -1, "steps": [2]},
                {"site": "transformer.h.1.mlp.act.output", "position": -1, "steps": [3]}])


def add_writes(fixture: Fixture, ref: Reference) -> None:
    tensors = {"vector": vector(11, 128, size=3.0)}
    ways = {"zero": {"op": "zero"}, "scale": {"op": "scale", "by": -4.0}, "add": {"op": "add", "tensor": "vector"}}
    spans = {"step1": {"steps": [1]}, "steps1to3": {"steps": [1, 2, 3]}, "all": {}}
    for text_name, text, layer in (("eiffel", EIFFEL, 3), ("mary", MARY, 0)):
        for way, op in ways.items():
            for span, steps in spans.items():
                site = f"transformer.h.{layer}.mlp.output"
                add_run(fixture, ref, f"{way}-{text_name}-{span}", "steps", text, options=FIVE,
                        edits=[{"site": site, **op, **steps}], tensors=tensors if way == "add" else None,
                        reads=[{"site": f"transformer.h.{layer}.output", "position": -1}])


def add_several_steps(fixture: Fixture, ref: Reference) -> None:
    """Different edits at different steps, and one inside attention at a later step only."""
    tensors = {"vector": vector(12, 128, size=4.0)}
    add_run(fixture, ref, "different-edits", "steps", EIFFEL, options=FIVE, tensors=tensors, edits=[
        {"site": "transformer.h.1.mlp.output", "op": "zero", "steps": [0]},
        {"site": "transformer.h.2.output", "op": "add", "tensor": "vector", "steps": [1]},
        {"site": "transformer.h.3.attn.output", "op": "scale", "by": 3.0, "steps": [2, 3]}])
    add_run(fixture, ref, "last-prompt-position-only", "steps", EIFFEL, options=FIVE, tensors=tensors, edits=[
        {"site": "transformer.h.1.output", "op": "add", "tensor": "vector", "steps": [0], "positions": [-1]}])
    add_run(fixture, ref, "scores-at-step-2", "steps", MARY, options=FIVE, edits=[
        {"site": "transformer.h.2.attn.scores", "op": "fill", "by": "-inf", "columns": [2, 4], "steps": [2]}])


def add_early_end(fixture: Fixture, ref: Reference) -> None:
    """The end token is one that the run writes early: reads at later steps never happen."""
    site = "transformer.h.2.output"
    free = plain_run(ref.model, ref.ids(EIFFEL), options=FIVE | {"min_new_tokens": 1})[2]
    for name, end in (("own", 0), ("chosen", free[1])):
        options = {"max_new_tokens": 5, "eos_token_id": end, "pad_token_id": 0}
        steps = free.index(end) + 1
        _, logits, generated = add_run(fixture, ref, f"early-end-{name}", "steps", EIFFEL, options=options, reads=[
            {"site": site, "position": -1}, {"site": site, "position": -1, "steps": [1, 2, 3]},
            {"site": site, "position": -1, "steps": [3]}, {"site": site, "position": -1, "steps": [4]}],
            note=f"the run has {steps} steps: the last one writes the end token; reads at later steps are absent")
        assert generated == free[:steps] and len(logits) == steps < 4


def add_skips_at_steps(fixture: Fixture, ref: Reference) -> None:
    """A layer that is skipped at step 1 has no keys and values for that step's position, as in Hugging Face.

    Hugging Face's own eager mask is then one key too long and raises, so nnsight runs with fused attention here.
    """
    note = ("the skipped attention layer caches no key and no value for the position of step 1; later steps of that "
            "layer attend to one position fewer, position ids are not changed")
    four = {"max_new_tokens": 4, "min_new_tokens": 4, "eos_token_id": 0, "pad_token_id": 0}
    for name, text, edits in (
            ("skip-h1-step1", EIFFEL, [{"site": "transformer.h.1", "op": "skip", "with": "input", "steps": [1]}]),
            ("skip-h3-step1", MARY, [{"site": "transformer.h.3", "op": "skip", "with": "input", "steps": [1]}]),
            ("skip-h1-attn-step1", EIFFEL, [
                {"site": "transformer.h.1.attn", "op": "skip", "with": "zeros", "steps": [1]}])):
        add_run(fixture, ref, name, "steps", text, options=four, edits=edits, lm=ref.fused, note=note, reads=[
            {"site": "transformer.h.2.output", "position": -1}] if "h3" not in name else [], effect=True)
    for name, edits in (
            ("skip-h2-mlp-step1", [{"site": "transformer.h.2.mlp", "op": "skip", "with": "zeros", "steps": [1]}]),
            ("skip-h2-mlp-steps2to3", [{"site": "transformer.h.2.mlp", "op": "skip", "with": "zeros", "steps": [2, 3]}])):
        add_run(fixture, ref, name, "steps", EIFFEL, options=four, edits=edits,
                reads=[{"site": "transformer.h.2.output", "position": -1}])


def add_batch(fixture: Fixture, ref: Reference, name: str, rows, carried=None, **facts) -> None:
    """Rows of unequal length generated together: each equals its own run. `carried` goes from row 0 into others."""
    saved, generated, listed = {}, [], []
    read = {"site": "transformer.h.1.output", "position": -1}
    for r, (text, edits) in enumerate(rows):
        given = [{**e, "tensor": "carried"} if "from" in e else e for e in edits]
        found, logits, new = plain_run(ref.model, ref.ids(text), given, [read], {"carried": carried}, options=FIVE)
        assert margin(logits) > 1e-3
        saved |= {f"row.{r}/logits_every_8": logits[:, ::EVERY], f"row.{r}/read.0": torch.stack(found[0])}
        generated.append(new)
        listed.append({"edits": edits, "reads": [{**read, "tensor": f"row.{r}/read.0"}]})
    ids = [ref.ids(text) for text, _ in rows]
    fixture.add(name, "steps_batch", saved, inputs=ids, texts=[t for t, _ in rows], options=FIVE,
                generated=generated, rows=listed, source=SINGLE, **facts)


def add_batches(fixture: Fixture, ref: Reference) -> None:
    zero = {"site": "transformer.h.3.mlp.output", "op": "zero", "steps": [1, 2]}
    add_batch(fixture, ref, "batch", [(EIFFEL, []), (FRANCE, [zero]), (MARY, [])])
    site = "transformer.h.2.output"
    for step in (0, 2):
        carried = plain_run(ref.model, ref.ids(MARY), reads=[{"site": site, "position": -1, "steps": [step]}],
                            options=FIVE)[0][0][0]
        patch = {"site": site, "op": "set", "positions": [-1], "steps": [step],
                 "from": {"row": 0, "site": site, "position": -1, "step": step}}
        add_batch(fixture, ref, f"batch-patched-at-step-{step}", [(MARY, []), (EIFFEL, [patch])], carried)
        free = plain_run(ref.model, ref.ids(EIFFEL), options=FIVE)[1][:, ::EVERY]
        assert (fixture.tensors[f"batch-patched-at-step-{step}/row.1/logits_every_8"] - free).abs().max() > 1e-2


def check_iter_slices(ref: Reference) -> None:
    """nnsight's own `iter[1:3]` and `iter[2]` give what the loops with a condition gave."""
    ids = torch.tensor([ref.ids(EIFFEL)])
    found, _, _ = plain_run(ref.model, ref.ids(EIFFEL), reads=[{"site": "transformer.h.2.output", "position": -1}],
                            options=FIVE)
    for span in (slice(1, 3), slice(2, 3)):
        seen = []
        with torch.no_grad(), ref.lm.generate(ids, do_sample=False, **FIVE) as tracer:
            for _ in tracer.iter[span]:
                seen.append(ref.lm.transformer.h[2].output[0, -1].clone())
        for a, b in zip(seen, found[0][span], strict=True):
            close(a, b)


def add_decoding(fixture: Fixture, ref: Reference) -> None:
    check_iter_slices(ref)
    add_reads(fixture, ref)
    add_writes(fixture, ref)
    add_several_steps(fixture, ref)
    add_early_end(fixture, ref)
    add_skips_at_steps(fixture, ref)
    add_batches(fixture, ref)
