"""Interventions in one forward pass: writes, inputs, skips, attention, conditions, early stop, applied modules."""

from __future__ import annotations

import torch

from fixture_file import Fixture
from intervention_cases import (BOTH, EIFFEL, EVERY, FRANCE, MADISON, MARY, Reference, add_run, close, run_both, vector)
from intervention_language import plain_run

TEXTS = {"eiffel": EIFFEL, "mary": MARY}


def add_writes(fixture: Fixture, ref: Reference) -> None:
    tensors = {"vector": vector(21, 128, size=2.0)}
    for name, text in TEXTS.items():
        for layer in (0, 2):
            add_run(fixture, ref, f"steer-{name}-h{layer}", "forward", text, tensors=tensors, edits=[
                {"site": f"transformer.h.{layer}.output", "op": "add", "tensor": "vector"}],
                reads=[{"site": "transformer.h.3.output", "position": -1}])
        add_run(fixture, ref, f"zero-head-{name}", "forward", text, edits=[
            {"site": "transformer.h.1.attn.z", "op": "zero", "heads": [3]}],
            reads=[{"site": "transformer.h.1.attn.output", "position": -1}])
        add_run(fixture, ref, f"scale-neurons-{name}", "forward", text, edits=[
            {"site": "transformer.h.2.mlp.act.output", "op": "scale", "by": 5.0, "columns": [7, 100, 511]}])
        add_run(fixture, ref, f"query-{name}", "forward", text, tensors={"vector": vector(22, 32)}, edits=[
            {"site": "transformer.h.1.attn.q", "op": "add", "tensor": "vector", "heads": [0, 2], "positions": [-1]}])
        add_run(fixture, ref, f"key-value-{name}", "forward", text, edits=[
            {"site": "transformer.h.2.attn.k", "op": "zero", "heads": [1]},
            {"site": "transformer.h.2.attn.v", "op": "scale", "by": 2.0, "positions": [1, 2]}],
            reads=[{"site": "transformer.h.2.attn.pattern"}])


def add_inputs(fixture: Fixture, ref: Reference) -> None:
    big = vector(23, 128, size=1.5)
    for name, text in TEXTS.items():
        length = len(ref.ids(text))
        add_run(fixture, ref, f"block-input-{name}", "inputs", text, tensors={"vector": big}, edits=[
            {"site": "transformer.h.2.input", "op": "add", "tensor": "vector"}],
            reads=[{"site": "transformer.h.2.output", "position": -1}])
        add_run(fixture, ref, f"block-input-replaced-{name}", "inputs", text,
                tensors={"hidden": vector(24, length, 128)}, edits=[
                {"site": "transformer.h.1.input", "op": "set", "tensor": "hidden"}],
                reads=[{"site": "transformer.h.1.input"}])
        add_run(fixture, ref, f"mlp-input-{name}", "inputs", text, edits=[
            {"site": "transformer.h.1.mlp.input", "op": "scale", "by": 0.0}],
            reads=[{"site": "transformer.h.1.mlp.output", "position": -1}])
        add_run(fixture, ref, f"positions-{name}", "inputs", text, call={"position_ids": torch.arange(length)[None] + 5},
                position_ids=[list(range(5, length + 5))], reads=[{"site": "transformer.wpe.output", "position": -1}])
        reverse = list(range(length - 1, -1, -1))
        add_run(fixture, ref, f"positions-reversed-{name}", "inputs", text,
                call={"position_ids": torch.tensor([reverse])}, position_ids=[reverse])
        mask = [1] * length
        mask[2] = 0
        positions = {"position_ids": torch.arange(length)[None]}
        add_run(fixture, ref, f"key-masked-{name}", "inputs", text,
                call={"attention_mask": torch.tensor([mask]), **positions}, attention_mask=[mask],
                position_ids=[list(range(length))], reads=[{"site": "transformer.h.1.attn.pattern"}],
                note="token 2 is nobody's key, also not its own")


def skip(path: str, stand: str) -> dict:
    return {"site": f"transformer.{path}", "op": "skip", "with": stand}


def add_skips(fixture: Fixture, ref: Reference) -> None:
    for name, text in TEXTS.items():
        for what, edits in (
                ("h1", [skip("h.1", "input")]), ("h0", [skip("h.0", "input")]), ("h3", [skip("h.3", "input")]),
                ("mlp", [skip("h.2.mlp", "zeros")]), ("mlp-input", [skip("h.2.mlp", "input")]),
                ("attn", [skip("h.1.attn", "zeros")]), ("attn-input", [skip("h.1.attn", "input")]),
                ("chain", [skip("h.0", "input"), skip("h.1", "input"), skip("h.2", "input")]),
                ("all-mlps", [skip(f"h.{i}.mlp", "zeros") for i in range(4)])):
            add_run(fixture, ref, f"skip-{what}-{name}", "skip", text, edits=edits)
    for what, path in (("h1", "h.1"), ("mlp", "h.2.mlp")):
        add_run(fixture, ref, f"skip-{what}-with-tensor", "skip", EIFFEL, tensors={"hidden": vector(25, 8, 128)},
                edits=[{**skip(path, "tensor"), "tensor": "hidden"}], reads=[{"site": "transformer.h.2.output", "position": 0}])


def add_attention(fixture: Fixture, ref: Reference) -> None:
    for name, text in TEXTS.items():
        n = len(ref.ids(text))
        causal = torch.tril(torch.ones(n, n))
        patterns = {"identity": torch.eye(n), "uniform": causal / causal.sum(-1, keepdim=True)}
        for what, pattern in patterns.items():
            add_run(fixture, ref, f"pattern-{what}-{name}", "attention", text, tensors={"pattern": pattern}, edits=[
                {"site": "transformer.h.1.attn.pattern", "op": "set", "tensor": "pattern", "heads": [2]}],
                reads=[{"site": "transformer.h.1.attn.output", "position": -1}])
        add_run(fixture, ref, f"pattern-last-row-{name}", "attention", text, tensors={"pattern": patterns["uniform"]},
                edits=[{"site": "transformer.h.2.attn.pattern", "op": "set", "tensor": "pattern", "positions": [-1]}])
        add_run(fixture, ref, f"scores-{name}", "attention", text, edits=[
            {"site": "transformer.h.2.attn.scores", "op": "fill", "by": "-inf", "heads": [1], "columns": [1],
             "positions": list(range(2, n))}],
            reads=[{"site": "transformer.h.2.attn.pattern"}])
        add_run(fixture, ref, f"scores-two-layers-{name}", "attention", text, edits=[
            {"site": f"transformer.h.{i}.attn.scores", "op": "fill", "by": "-inf", "columns": [0, 2], "positions": [-1]}
            for i in (1, 3)])


def add_conditions(fixture: Fixture, ref: Reference) -> None:
    """Both branches of one condition: the bound lies between the norms of two prompts."""
    site, later = "transformer.h.1.output", "transformer.h.3.mlp.output"
    norms = {name: float(plain_run(ref.model, ref.ids(text), reads=[{"site": site, "position": -1}])[0][0][0].norm())
             for name, text in {**TEXTS, "france": FRANCE, "madison": MADISON}.items()}
    low, high = min(norms, key=norms.get), max(norms, key=norms.get)
    bound = round((norms[low] + norms[high]) / 2, 3)
    texts = {**TEXTS, "france": FRANCE, "madison": MADISON}
    for name, taken in ((low, False), (high, True)):
        add_run(fixture, ref, f"condition-{str(taken).lower()}", "conditional", texts[name], effect=taken, edits=[
            {"site": later, "op": "zero", "if": {"site": site, "position": -1, "norm_greater_than": bound}}],
            norm=norms[name], taken=taken)


def add_applied(fixture: Fixture, ref: Reference) -> None:
    """Early stop, the logit lens, and a module applied to a value that it never sees in the model's own run."""
    for name, text in TEXTS.items():
        ids, lm = torch.tensor([ref.ids(text)]), ref.lm
        caught = {}
        with torch.no_grad(), lm.trace(ids) as tracer:
            caught["h0"] = lm.transformer.h[0].output.clone()
            tracer.stop()
        with torch.no_grad(), lm.trace(ids):
            hidden = [lm.transformer.h[layer].output.clone() for layer in range(4)]
            caught["lens"] = torch.stack([lm.lm_head(lm.transformer.ln_f(h))[0] for h in hidden])
        with torch.no_grad():
            block, inner = ref.model.transformer.h[2].mlp, {}
            handle = block.act.register_forward_hook(lambda m, args, output: inner.update(act=output))
            applied = block(caught["h0"])
            handle.remove()
            outputs = [{"site": f"transformer.h.{i}.output"} for i in range(4)]
            plain = plain_run(ref.model, ref.ids(text), reads=outputs)[0]
            lens = torch.stack([ref.model.lm_head(ref.model.transformer.ln_f(h[0])) for h in plain])
        with torch.no_grad(), lm.trace(ids):
            caught["applied"] = lm.transformer.h[2].mlp(lm.transformer.h[0].output).clone()
        close(caught["applied"], applied)
        close(caught["h0"][0], plain[0][0])
        close(caught["lens"], lens)
        facts = dict(inputs=ids.tolist(), texts=[text], source=BOTH)
        fixture.add(f"early-stop-{name}", "early_stop", {"hidden": caught["h0"][0]}, last_site="transformer.h.0.output",
                    modules_not_run=[*(f"transformer.h.{i}" for i in (1, 2, 3)), "transformer.ln_f", "lm_head"], **facts)
        top = lens.max(-1)
        fixture.add(f"lens-{name}", "logit_lens", {"last_logits_every_8": lens[:, -1, ::EVERY], "top_ids": top.indices,
                    "top_logits": top.values}, **facts)
        fixture.add(f"applied-{name}", "applied", {"output": applied[0], "act_last": inner["act"][0, -1]}, **facts,
                    module="transformer.h.2.mlp", to="transformer.h.0.output", inner="transformer.h.2.mlp.act.output")


def add_sessions(fixture: Fixture, ref: Reference) -> None:
    """A value of the first run is written in the second."""
    for site, what in (("transformer.h.1.output", "h1"), ("transformer.h.3.output", "h3"),
                       ("transformer.h.2.mlp.output", "mlp2"), ("transformer.wte.output", "wte")):
        read = {"site": site, "position": -1}
        (first,), _, _ = run_both(ref, ref.ids(FRANCE), reads=[read])
        add_run(fixture, ref, f"session-{what}", "session", EIFFEL, tensors={"carried": first[0]}, edits=[
            {"site": site, "op": "set", "tensor": "carried", "positions": [-1]}],
            first={"inputs": [ref.ids(FRANCE)], "texts": [FRANCE], "reads": [{**read, "tensor": "carried"}]})


def add_forward(fixture: Fixture, ref: Reference) -> None:
    for add in (add_writes, add_inputs, add_skips, add_attention, add_conditions, add_applied, add_sessions):
        add(fixture, ref)
