"""Gradients: of several losses, inside attention and MLPs, rewritten on their way, of second order, in fp64."""

from __future__ import annotations

import copy

import torch

from fixture_file import Fixture
from intervention_cases import BOTH, EIFFEL, HOOKS, MARY, Reference, close, vector
from intervention_language import Hooks, edited, from_heads
from intervention_nnsight import envoy, softmax_of

ANSWERS = {"eiffel": (EIFFEL, " Paris", " Rome"), "mary": (MARY, " Mary", " John")}
STREAM = tuple(f"transformer.h.{i}.output" for i in range(4))
INSIDE = tuple(f"transformer.h.2.attn.{what}" for what in ("q", "k", "v", "scores", "pattern", "z")) + (
    "transformer.h.2.mlp.act.output", "transformer.h.2.mlp.output", "transformer.h.2.attn.output",
    "transformer.h.2.ln_2.input", "transformer.wte.output", "transformer.h.1.input", "transformer.ln_f.output")


def loss_of(what: dict, logits: torch.Tensor, ids: list[int]) -> torch.Tensor:
    """The losses that `cases.json` names; `logits` are [position, token]."""
    if what["loss"] == "logit":
        return logits[-1, what["id"]]
    if what["loss"] == "logit_difference":
        return logits[-1, what["id"]] - logits[-1, what["minus_id"]]
    if what["loss"] == "log_probability":
        return logits.log_softmax(-1)[-1, what["id"]]
    assert what["loss"] == "mean_cross_entropy"
    return torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]))


def losses(ref: Reference, name: str) -> list[dict]:
    _, right, wrong = ANSWERS[name]
    (right,), (wrong,) = ref.ids(right), ref.ids(wrong)
    return [{"name": "logit", "loss": "logit", "id": right},
            {"name": "difference", "loss": "logit_difference", "id": right, "minus_id": wrong},
            {"name": "log_probability", "loss": "log_probability", "id": right},
            {"name": "cross_entropy", "loss": "mean_cross_entropy"}]


def forward(model, ids, sites, edits=(), tensors=None, gradient_edits=()):
    """The values at the sites, on the path to the logits, and the logits."""
    values = {}

    def on(site, value, step):
        for edit in edits:
            if edit["site"] == site:
                value = edited(value, edit, tensors)
        values[site] = value
        for edit in gradient_edits:
            if edit["site"] == site:
                value = value * 1  # so that the gradient of what is kept above is the one after the edit
                value.register_hook(lambda g, e=edit: edited(g, e, {}))
        return value

    wanted = [*sites, *(e["site"] for e in edits), *(e["site"] for e in gradient_edits), "lm_head.output"]
    with Hooks(model, wanted, on):
        model(torch.tensor([ids]))
    return values, values["lm_head.output"][0]


def grads(value: torch.Tensor, values: dict, sites) -> dict[str, torch.Tensor]:
    found = torch.autograd.grad(value, [values[s] for s in sites], retain_graph=True)
    return {site: g[0] for site, g in zip(sites, found)}


def nnsight_grads(ref: Reference, ids, what: dict, sites, gradient_edits=()) -> dict[str, torch.Tensor]:
    """The same by nnsight's `backward`, for sites that are a module's own input or output."""
    lm, values, found = ref.lm, {}, {}
    change = {e["site"]: e for e in gradient_edits}
    with lm.trace(torch.tensor([ids])):
        for site in sites:
            module = envoy(lm, site.rpartition(".")[0])
            value = module.output if site.endswith(".output") else module.input
            values[site] = value[0] if isinstance(value, tuple) else value
        loss = loss_of(what, lm.lm_head.output[0], ids)
        with loss.backward():
            for site in reversed(sites):
                if site in change:
                    values[site].grad = edited(values[site].grad, change[site], {})
                found[site] = values[site].grad.clone()[0]
    return found


def add_losses(fixture: Fixture, ref: Reference) -> None:
    """Four losses of one forward pass; the first two are the two losses of one run."""
    for name, (text, *_) in ANSWERS.items():
        ids, kinds = ref.ids(text), losses(ref, name)
        values, logits = forward(ref.model, ids, STREAM)
        saved = {}
        for what in kinds:
            value = loss_of(what, logits, ids)
            saved[f"{what['name']}/loss"] = value
            mine = grads(value, values, STREAM)
            for site, theirs in nnsight_grads(ref, ids, what, STREAM).items():
                close(theirs, mine[site])
            kept = STREAM[1:2] if name == "mary" else STREAM[::2]
            saved |= {f"{what['name']}/{site}": mine[site] for site in kept}
        fixture.add(f"losses-{name}", "gradient", saved, inputs=[ids], texts=[text], losses=kinds, edits=[],
                    gradient_edits=[], sites=list(kept), source=BOTH)


def add_inside(fixture: Fixture, ref: Reference) -> None:
    for name, (text, *_) in ANSWERS.items():
        ids, what = ref.ids(text), losses(ref, name)[0]
        values, logits = forward(ref.model, ids, INSIDE)
        mine = grads(loss_of(what, logits, ids), values, INSIDE)
        own = ("transformer.wte.output", "transformer.h.2.attn.c_attn.output", "transformer.h.2.attn.c_proj.input",
               "transformer.h.2.mlp.act.output", "transformer.h.2.mlp.output")
        theirs = nnsight_grads(ref, ids, what, own)
        parts = [from_heads(mine[f"transformer.h.2.attn.{n}"][None])[0] for n in "qkv"]
        close(theirs[own[1]], torch.cat(parts, dim=-1))
        close(theirs[own[2]], from_heads(mine["transformer.h.2.attn.z"][None])[0])
        for site in (own[0], *own[3:]):
            close(theirs[site], mine[site])
        caught = {}
        with ref.lm.trace(torch.tensor([ids])):
            pattern = softmax_of(ref.lm.transformer.h[2].attn).output
            with ref.lm.lm_head.output[0, -1, what["id"]].backward():
                caught["pattern"] = pattern.grad.clone()[0]
        close(caught["pattern"], mine["transformer.h.2.attn.pattern"])
        kept = INSIDE if name == "eiffel" else INSIDE[:6]
        fixture.add(f"inside-{name}", "gradient", {f"logit/{s}": mine[s] for s in kept}, inputs=[ids], texts=[text],
                    losses=[what], edits=[], gradient_edits=[], sites=list(kept), source=BOTH)


def add_rewritten(fixture: Fixture, ref: Reference) -> None:
    """A gradient changed on its way back, and what reaches the earlier layers."""
    text = EIFFEL
    ids, what = ref.ids(text), losses(ref, "eiffel")[0]
    for name, edit in (
            ("halved-h2", {"site": "transformer.h.2.output", "op": "scale", "by": 0.5}),
            ("zeroed-h2", {"site": "transformer.h.2.output", "op": "zero"}),
            ("zeroed-mlp2", {"site": "transformer.h.2.mlp.output", "op": "zero"}),
            ("zeroed-neurons", {"site": "transformer.h.2.mlp.act.output", "op": "zero", "columns": [1, 3, 500]}),
            ("last-position-doubled-h1", {"site": "transformer.h.1.output", "op": "scale", "by": 2.0, "positions": [-1]})):
        sites = ["transformer.wte.output", "transformer.h.0.output", "transformer.h.1.output"]
        if edit["site"] not in sites:
            sites.append(edit["site"])
        values, logits = forward(ref.model, ids, sites, gradient_edits=[edit])
        mine = grads(loss_of(what, logits, ids), values, sites)
        for site, theirs in nnsight_grads(ref, ids, what, sites, [edit]).items():
            close(theirs, mine[site])
        plain = forward(ref.model, ids, sites)
        before = grads(loss_of(what, plain[1], ids), plain[0], sites)
        assert (before["transformer.wte.output"] - mine["transformer.wte.output"]).abs().max() > 1e-4
        kept = sites[:2] + [edit["site"]] * (edit["site"] not in sites[:2])
        fixture.add(f"rewritten-{name}", "gradient", {f"logit/{s}": mine[s] for s in kept}, inputs=[ids], texts=[text],
                    losses=[what], edits=[], gradient_edits=[edit], sites=kept, source=BOTH,
                    note="the gradient of an edited site is the one after the edit")


def add_with_edits(fixture: Fixture, ref: Reference) -> None:
    """Gradients of a run whose values are edited, and with respect to what was added."""
    text = MARY
    ids, what = ref.ids(text), losses(ref, "mary")[1]
    for name, layer, more in (("all-positions", 1, {}), ("last-position", 2, {"positions": [-1]})):
        steering = vector(41, 128).requires_grad_()
        edit = {"site": f"transformer.h.{layer}.output", "op": "add", "tensor": "vector", **more}
        values, logits = forward(ref.model, ids, ["transformer.h.0.output"], [edit], {"vector": steering})
        value = loss_of(what, logits, ids)
        found = torch.autograd.grad(value, [steering, values["transformer.h.0.output"]])
        fixture.add(f"steering-{name}", "gradient_of_constant", {
            "vector": steering, "loss": value, "grad.vector": found[0], "grad.transformer.h.0.output": found[1][0]},
            inputs=[ids], texts=[text], losses=[what], edits=[edit], sites=["transformer.h.0.output"], source=HOOKS)
    edit = {"site": "transformer.h.1.mlp.output", "op": "zero"}
    values, logits = forward(ref.model, ids, ["transformer.h.0.output"], [edit], {})
    mine = grads(loss_of(what, logits, ids), values, ["transformer.h.0.output"])
    fixture.add("zeroed-mlp1", "gradient", {f"{what['name']}/{s}": g for s, g in mine.items()}, inputs=[ids], texts=[text],
                losses=[what], edits=[edit], gradient_edits=[], sites=["transformer.h.0.output"], source=HOOKS)


def second_order(model, ids, what, site):
    values, logits = forward(model, ids, [site])
    value = loss_of(what, logits, ids)
    (first,) = torch.autograd.grad(value, values[site], create_graph=True)
    squares = (first ** 2).sum()
    (second,) = torch.autograd.grad(squares, values[site])
    return {"loss": value, "first": first[0], "squares": squares, "second": second[0]}


def add_second_order(fixture: Fixture, ref: Reference) -> None:
    double = copy.deepcopy(ref.model).double()
    for name, (text, *_) in ANSWERS.items():
        ids = ref.ids(text)
        for what in losses(ref, name)[:4 if name == "eiffel" else 1:3]:
            site = "transformer.h.1.output"
            single, exact = (second_order(m, ids, what, site) for m in (ref.model, double))
            for part in single:
                torch.testing.assert_close(single[part].double(), exact[part], atol=1e-4, rtol=1e-4)
            central = central_difference(double, ids, what, site, exact)
            fixture.add(f"second-order-{name}-{what['name']}", "second_order",
                        {f"fp64/{part}": value for part, value in exact.items()}, inputs=[ids], texts=[text],
                        losses=[what], sites=[site], central_difference=central, source=HOOKS + ", in fp64; fp32 agrees",
                        note="squares is the sum of squares of the gradient `first` of the loss with respect to the site; "
                             "second is the gradient of squares with respect to the same site")


def central_difference(model, ids, what, site, exact) -> dict:
    """The slope of `squares` along a random direction, by differences: our own double backward is right."""
    direction = vector(43, len(ids), 128).double()
    h = 1e-5
    ends = []
    for sign in (1, -1):
        tensors = {"direction": sign * h * direction}
        values, logits = forward(model, ids, [site], [{"site": site, "op": "add", "tensor": "direction"}], tensors)
        (g,) = torch.autograd.grad(loss_of(what, logits, ids), values[site])
        ends.append(float((g ** 2).sum()))
    slope, expected = (ends[0] - ends[1]) / (2 * h), float((exact["second"] * direction).sum())
    assert abs(slope - expected) <= 1e-6 * max(1, abs(expected)), (slope, expected)
    return {"along_seeded_direction": slope, "second_dot_direction": expected}


def add_fp64(fixture: Fixture, ref: Reference) -> None:
    """First-order gradients in fp64, for tests that compare with central differences."""
    double = copy.deepcopy(ref.model).double()
    text, ids, what = EIFFEL, ref.ids(EIFFEL), losses(ref, "eiffel")[1]
    sites = ["transformer.h.0.output", "transformer.h.2.attn.z"]
    values, logits = forward(double, ids, sites)
    value = loss_of(what, logits, ids)
    fixture.add("fp64", "gradient_fp64", {"loss": value, **{f"{what['name']}/{s}": g for s, g in
                grads(value, values, sites).items()}, "logits_every_8": logits[-1, ::8]}, inputs=[ids], texts=[text],
                losses=[what], edits=[], gradient_edits=[], sites=sites, source=HOOKS + ", weights widened to fp64")


def add_gradients(fixture: Fixture, ref: Reference) -> None:
    for add in (add_losses, add_inside, add_rewritten, add_with_edits, add_second_order, add_fp64):
        add(fixture, ref)
