"""Several prompts in one run. Truth is every row run alone; nnsight's padded batch is compared with it."""

from __future__ import annotations

import torch

from fixture_file import Fixture
from intervention_cases import EIFFEL, EVERY, FRANCE, MADISON, MARY, SINGLE, Reference, vector
from intervention_language import plain_run
from intervention_nnsight import at_step

JOHN = "When Mary and John went to the store, Mary gave a drink to"
THREE = (EIFFEL, FRANCE, MARY)
NONE: dict = {}


def alone(ref: Reference, texts, rows, whole, tensors):
    """Runs the rows one by one, those first whose values others take; returns reads and logits per row."""
    results: dict[int, tuple] = {}
    waiting = list(range(len(texts)))
    while waiting:
        r = next(r for r in waiting if all(e["from"]["row"] in results for e in rows[r].get("edits", []) if "from" in e))
        waiting.remove(r)
        edits, values = [], dict(tensors)
        for n, edit in enumerate(rows[r].get("edits", [])):
            if "from" in edit:
                source = edit["from"]
                values[f"from.{n}"] = results[source["row"]][2][source["site"]][0] if "position" not in source \
                    else results[source["row"]][2][source["site"]][0].select(-2, source["position"])
                edit = {**edit, "tensor": f"from.{n}"}
            edits.append(edit)
        reads = rows[r].get("reads", []) + whole.get("reads", [])
        taken = [{"site": e["from"]["site"]} for row in rows for e in row.get("edits", [])
                 if e.get("from", {}).get("row") == r]
        found, logits, _ = plain_run(ref.model, ref.ids(texts[r]), edits + whole.get("edits", []), reads + taken, values)
        offered = {t["site"]: value[0][None] for t, value in zip(taken, found[len(reads):])}
        results[r] = (found[:len(reads)], logits[0], offered)
    return results


def padded_by_nnsight(ref: Reference, texts, rows, whole, tensors) -> list[torch.Tensor]:
    """The last logits of every row, from one nnsight run of all rows without values that flow between rows."""
    logits = [[] for _ in texts]
    lm, together = ref.lm, []
    with torch.no_grad(), lm.trace() as tracer:
        for r, text in enumerate(texts):
            with tracer.invoke(text):
                at_step(lm, 0, rows[r].get("edits", []), [], tensors, [], logits[r], {})
        if whole:
            with tracer.invoke():
                at_step(lm, 0, whole.get("edits", []), [], tensors, [], together, {})
    return [row[0] for row in logits]


def patched_by_nnsight(ref: Reference, texts, site_layer: int) -> torch.Tensor:
    lm, caught = ref.lm, {}
    with torch.no_grad(), lm.trace() as tracer:
        ready = tracer.barrier(2)
        with tracer.invoke(texts[0]):
            hidden = lm.transformer.h[site_layer].output[:, -1].clone()
            ready()
        with tracer.invoke(texts[1]):
            target = lm.transformer.h[site_layer].output
            ready()
            target[:, -1] = hidden
            caught["logits"] = lm.lm_head.output[0, -1].clone()
    return caught["logits"]


def near(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def add_batch(fixture: Fixture, ref: Reference, name: str, texts, rows, whole=NONE, tensors=None, check=True, **facts):
    tensors = tensors or {}
    results = alone(ref, texts, rows, whole, tensors)
    source = SINGLE
    if check:
        for theirs, (_, logits, _) in zip(padded_by_nnsight(ref, texts, rows, whole, tensors),
                                          (results[r] for r in range(len(texts)))):
            near(theirs, logits)
        source += "; nnsight's padded run agrees"
    saved, listed = dict(tensors), []
    for r, row in enumerate(rows):
        found, logits, _ = results[r]
        if row.get("edits"):
            change = plain_run(ref.model, ref.ids(texts[r]))[1][0] - logits
            assert change.abs().max() > 1e-2, f"{name}, row {r}: no effect"
        saved[f"row.{r}/logits_every_8"] = logits[::EVERY]
        reads = []
        for i, read in enumerate(row.get("reads", []) + whole.get("reads", [])):
            saved[f"row.{r}/read.{i}"] = found[i][0]
            reads.append({**read, "tensor": f"row.{r}/read.{i}"})
        listed.append({"edits": row.get("edits", []), "reads": reads, "top_id": int(logits.argmax())})
    fixture.add(name, "batch", saved, inputs=[ref.ids(t) for t in texts], texts=list(texts), rows=listed,
                whole={"edits": whole.get("edits", [])}, source=source, **facts)
    return results


def site(what: str) -> str:
    return f"transformer.{what}"


def add_unequal(fixture: Fixture, ref: Reference) -> None:
    reads = [{"site": site("h.0.output")}, {"site": site("h.3.output"), "position": -1},
             {"site": site("h.1.attn.pattern"), "position": -1}, {"site": site("h.2.mlp.act.output"), "position": 0}]
    add_batch(fixture, ref, "unequal", THREE, [{"reads": reads}] * 3,
              note="all values are the row's own: no padding in positions or keys")
    tensors = {"vector": vector(31, 128, size=3.0)}
    add_batch(fixture, ref, "edits-per-row", THREE, [
        {"edits": [{"site": site("h.1.mlp.output"), "op": "zero"}]},
        {"edits": [{"site": site("h.2.output"), "op": "add", "tensor": "vector", "positions": [-1]}]}, {}],
        tensors=tensors)
    add_batch(fixture, ref, "own-positions", THREE, [
        {"edits": [{"site": site("h.1.output"), "op": "zero", "positions": [0]}]},
        {"edits": [{"site": site("h.1.output"), "op": "add", "tensor": "vector", "positions": [1, 2]}]},
        {"edits": [{"site": site("h.2.attn.scores"), "op": "fill", "by": "-inf", "columns": [1], "positions": [-1]}]}],
        tensors=tensors, check=False)
    add_batch(fixture, ref, "whole-batch", THREE, [{}] * 3, whole={
        "edits": [{"site": site("h.2.mlp.output"), "op": "zero"}], "reads": [{"site": site("h.2.output"), "position": -1}]},
        note="the edit of `whole` is made by an invoker without input and reaches all rows")
    add_batch(fixture, ref, "whole-and-rows", THREE, [
        {"edits": [{"site": site("h.0.mlp.output"), "op": "zero"}]}, {}, {}], tensors=tensors, whole={
        "edits": [{"site": site("h.1.output"), "op": "add", "tensor": "vector"}]})


def add_transfers(fixture: Fixture, ref: Reference) -> None:
    def copied(row: int, what: str, **more):
        return {"site": site(what), "op": "set", "from": {"row": row, "site": site(what), **more}}
    texts = (EIFFEL, MADISON)
    for layer in range(4):
        patch = {**copied(0, f"h.{layer}.output", position=-1), "positions": [-1]}
        results = add_batch(fixture, ref, f"patch-h{layer}", texts, [{}, {"edits": [patch]}], check=False)
        near(patched_by_nnsight(ref, texts, layer), results[1][1])
        fixture.cases[-1]["source"] += "; nnsight's run with a barrier agrees"
    add_batch(fixture, ref, "patch-from-later-row", (MADISON, FRANCE, EIFFEL), [
        {"edits": [{**copied(2, "h.2.mlp.output", position=-1), "positions": [-1]}]}, {}, {}], check=False)
    other = {"site": site("h.3.input"), "op": "set", "positions": [-1],
             "from": {"row": 0, "site": site("h.1.output"), "position": 3}}
    add_batch(fixture, ref, "patch-other-site", texts, [{}, {"edits": [other]}], check=False)
    names = (MARY, JOHN)
    same = add_batch(fixture, ref, "embeddings", names, [{}, {"edits": [copied(0, "wte.output")]}], check=False,
                     note="with the first row's embeddings the second gives the first row's logits")
    near(same[0][1], same[1][1])
    add_batch(fixture, ref, "embedding-of-one-token", names, [
        {}, {"edits": [{**copied(0, "wte.output", position=9), "positions": [9]}]}], check=False)
    add_batch(fixture, ref, "patch-queries", names, [{}, {"edits": [{**copied(0, "h.2.attn.q"), "heads": [0, 3]}]}],
              check=False)
    add_batch(fixture, ref, "patch-pattern", names, [{}, {"edits": [
        {**copied(0, "h.2.attn.pattern"), "heads": [1]}]}], check=False)


def add_row_skips(fixture: Fixture, ref: Reference) -> None:
    for name, row, edit in (("skip-h1-row1", 1, {"site": site("h.1"), "op": "skip", "with": "input"}),
                            ("skip-mlp-row0", 0, {"site": site("h.2.mlp"), "op": "skip", "with": "zeros"}),
                            ("skip-attn-row2", 2, {"site": site("h.0.attn"), "op": "skip", "with": "zeros"})):
        add_batch(fixture, ref, name, THREE, [{"edits": [edit]} if r == row else {} for r in range(3)], check=False)
    add_batch(fixture, ref, "skip-h1-all-rows", THREE, [
        {"edits": [{"site": site("h.1"), "op": "skip", "with": "input"}]}] * 3, check=False)


def add_batches(fixture: Fixture, ref: Reference) -> None:
    add_unequal(fixture, ref)
    add_transfers(fixture, ref)
    add_row_skips(fixture, ref)
