"""The same interventions as `intervention_language.plain_run`, written with nnsight."""

from __future__ import annotations

import torch

from intervention_language import edited, from_heads, happens, read_value, split_site, stand_in, to_heads

ORDER = {"input": 0, "q": 1, "k": 2, "v": 3, "scores": 4, "pattern": 5, "z": 6, "output": 9}


def envoy(lm, path: str):
    here = lm
    for part in path.split("."):
        here = here[int(part)] if part.isdigit() else getattr(here, part)
    return here


def softmax_of(attn):
    return attn.source.attention_interface_1.source.nn_functional_softmax_0


def get(lm, site: str) -> torch.Tensor:
    path, port = split_site(site)
    module = envoy(lm, path)
    if port == "input":
        return module.input
    if port == "output":
        return module.output[0] if isinstance(module.output, tuple) else module.output
    count = lm.config.n_head
    if port in "qkv":
        return to_heads(module.c_attn.output.split(lm.config.n_embd, dim=-1)["qkv".index(port)], count)
    if port == "z":
        return to_heads(module.c_proj.input, count)
    return softmax_of(module).input if port == "scores" else softmax_of(module).output


def put(lm, site: str, value: torch.Tensor) -> None:
    path, port = split_site(site)
    module = envoy(lm, path)
    if port == "input":
        module.input = value
    elif port == "output":
        module.output = (value, *module.output[1:]) if isinstance(module.output, tuple) else value
    elif port in "qkv":
        parts = list(module.c_attn.output.split(lm.config.n_embd, dim=-1))
        parts["qkv".index(port)] = from_heads(value)
        module.c_attn.output = torch.cat(parts, dim=-1)
    elif port == "z":
        module.c_proj.input = from_heads(value)
    elif port == "scores":
        softmax_of(module).input = value
    else:
        softmax_of(module).output = value


def place(site: str) -> tuple:
    """Sorts sites of GPT-2 as they are computed."""
    path, port = split_site(site)
    parts = path.split(".")
    if parts[0] == "lm_head":
        return (99,)
    if len(parts) == 1:
        return (-2,) if port == "input" else (98,)
    if parts[1] != "h":
        return (98,) if parts[1] == "ln_f" else (-1, ("wte", "wpe", "drop").index(parts[1]))
    within = {"": 0, "ln_1": 1, "attn": 2, "ln_2": 5, "mlp": 6}[parts[3] if len(parts) > 3 else ""]
    inner = {"": 0, "c_attn": 1, "c_fc": 1, "act": 2, "c_proj": 7, "resid_dropout": 8, "dropout": 8}[
        parts[4] if len(parts) > 4 else ""]
    if len(parts) == 3:
        within = 9 if port == "output" else 0
    return (int(parts[2]), within, ORDER[port] if inner == 0 and port in ORDER else inner, ORDER.get(port, 0))


def events(edits, reads) -> list[str]:
    sites = [e["site"] for e in edits] + [r["site"] for r in reads] + ["lm_head.output"]
    sites += [e["if"]["site"] for e in edits if "if" in e]
    return sorted(dict.fromkeys(sites), key=place)


def at_step(lm, step: int, edits, reads, tensors, found, logits, seen) -> None:
    for site in events(edits, reads):
        mine = [edit for edit in edits if edit["site"] == site and happens(edit, step, seen)]
        wanted = [i for i, r in enumerate(reads) if r["site"] == site and step in r.get("steps", [step])]
        if mine and mine[0]["op"] == "skip":
            module = envoy(lm, site)
            value = stand_in(mine[0], module.input, tensors)
            module.skip((value, None) if site.endswith(".attn") else value)
            continue
        if split_site(site)[1] == "module":
            continue
        value = get(lm, site)
        for edit in mine:
            value = edited(value, edit, tensors)
        if mine:
            put(lm, site, value)
        seen[site] = value
        for i in wanted:
            found[i].append(read_value(value, reads[i]).detach().clone())
        if site == "lm_head.output":
            logits.append(value[0, -1].detach().clone())


def nnsight_run(lm, ids: list[int], edits=(), reads=(), tensors=None, options=None, steps=1, call=None):
    found, logits, seen, ids_out = [[] for _ in reads], [], {}, []
    tensors = tensors or {}
    with torch.no_grad():
        if options is None:
            with lm.trace(torch.tensor([ids]), **(call or {})):
                at_step(lm, 0, edits, reads, tensors, found, logits, seen)
        else:
            with lm.generate(torch.tensor([ids]), do_sample=False, **options) as tracer:
                for step in tracer.iter[0:steps]:
                    at_step(lm, step, edits, reads, tensors, found, logits, seen)
                ids_out.append(tracer.result[0, len(ids):].tolist())
    return found, torch.stack(logits), ids_out[0] if ids_out else None
