"""Cases of one forward pass: single rows, padded batches and the key/value cache."""

from __future__ import annotations

import torch

from fixture_file import Fixture


def heads(x: torch.Tensor, count: int) -> torch.Tensor:
    """[batch, position, width] as [batch, head, position, head width]."""
    return x.view(*x.shape[:-1], count, -1).transpose(1, 2)


def random_ids(rng: torch.Generator, vocabulary: int, length: int) -> list[int]:
    return torch.randint(0, vocabulary, (length,), generator=rng).tolist()


@torch.no_grad()
def hidden_and_logits(model, ids: list[int]) -> dict[str, torch.Tensor]:
    out = model(torch.tensor([ids]), output_hidden_states=True)
    return {**{f"hidden_states.{i}": h for i, h in enumerate(out.hidden_states)}, "logits": out.logits}


@torch.no_grad()
def module_values(model, ids: list[int], layer: int) -> dict[str, torch.Tensor]:
    """The values inside one block, caught by hooks on its modules."""
    block, seen, handles = model.transformer.h[layer], {}, []

    def catch(name, module):
        def hook(_, inputs, output):
            seen[name + ".in"] = inputs[0]
            seen[name] = output[0] if isinstance(output, tuple) else output
        handles.append(module.register_forward_hook(hook))

    for name in ("ln_1", "attn.c_attn", "attn.c_proj", "attn", "ln_2", "mlp.c_fc", "mlp.act", "mlp.c_proj"):
        catch(name, block.get_submodule(name))
    catch("block", block)
    out = model(torch.tensor([ids]), output_attentions=True)
    for handle in handles:
        handle.remove()

    count = model.config.n_head
    q, k, v = (heads(part, count) for part in seen["attn.c_attn"].split(model.config.n_embd, dim=-1))
    pattern, z = out.attentions[layer], heads(seen["attn.c_proj.in"], count)
    mid = seen["block.in"] + seen["attn.c_proj"]
    assert torch.allclose(pattern @ v, z, atol=1e-5) and torch.equal(mid, seen["ln_2.in"])
    assert torch.allclose(mid + seen["mlp.c_proj"], seen["block"], atol=1e-5)
    kept = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.act", "mlp.c_proj", "block", "block.in")
    return {**{name: seen[name] for name in kept}, "q": q, "k": k, "v": v, "pattern": pattern, "z": z,
            "scores": q @ k.transpose(-1, -2) * block.attn.scaling, "resid_mid": mid}


def add_forward(fixture: Fixture, model, name: str, ids: list[int], inside: bool, attentions: bool = True, **facts):
    tensors = hidden_and_logits(model, ids)
    last = model.transformer.h[-1]
    caught = []
    handle = last.register_forward_hook(lambda m, i, output: caught.append(output))
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_attentions=True)
        handle.remove()
        assert torch.allclose(model.transformer.ln_f(caught[0]), tensors[f"hidden_states.{model.config.n_layer}"])
    if attentions:
        tensors |= {f"attentions.{i}": a for i, a in enumerate(out.attentions)}
    layer = model.config.n_layer // 2
    if inside:
        tensors |= {f"h.{layer}.{what}": value for what, value in module_values(model, ids, layer).items()}
        facts["layer"] = layer
    fixture.add(name, "forward", tensors, inputs=[ids], **facts)


def left_padded(rows: list[list[int]], pad: int):
    """Ids, attention mask and positions (cumulative mask sum minus one, 0 on padding), as `generate` makes them."""
    longest = max(map(len, rows))
    ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    positions = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 0)
    return ids, mask, positions


@torch.no_grad()
def add_padded(fixture: Fixture, model, name: str, rows: list[list[int]], pad: int, **facts):
    ids, mask, positions = left_padded(rows, pad)
    out = model(ids, attention_mask=mask, position_ids=positions, output_hidden_states=True)
    tensors = {}
    for r, row in enumerate(rows):
        tensors[f"row.{r}/logits"] = out.logits[r, -len(row):]
        tensors |= {f"row.{r}/hidden_states.{i}": h[r, -len(row):] for i, h in enumerate(out.hidden_states)}
        alone = hidden_and_logits(model, row)
        for what, value in alone.items():
            torch.testing.assert_close(tensors[f"row.{r}/{what}"], value[0], atol=1e-5, rtol=1e-5)
    fixture.add(name, "padded", tensors, inputs=rows, options={"padding_side": "left", "pad_token_id": pad}, **facts)


@torch.no_grad()
def add_cached(fixture: Fixture, model, name: str, ids: list[int], prefix: int, **facts):
    """The first `prefix` tokens at once, then one at a time; `step.s/logits` are the logits of each call."""
    whole = model(torch.tensor([ids])).logits
    tensors, cache, start = {}, None, 0
    for step, end in enumerate(range(prefix, len(ids) + 1)):
        out = model(torch.tensor([ids[start:end]]), past_key_values=cache, use_cache=True)
        torch.testing.assert_close(out.logits, whole[:, start:end], atol=1e-5, rtol=1e-5)
        tensors[f"step.{step}/logits"] = out.logits
        cache, start = out.past_key_values, end
    fixture.add(name, "cached", tensors, inputs=[ids], prefix=prefix, **facts)


def add_all_forward(fixture: Fixture, model, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    vocabulary, positions = model.config.vocab_size, model.config.n_positions
    for length in (1, 5, positions):
        add_forward(fixture, model, f"forward-{length}", random_ids(rng, vocabulary, length), inside=length != 1)
    add_padded(fixture, model, "padded", [random_ids(rng, vocabulary, n) for n in (3, 7, 1)], pad=0)
    add_padded(fixture, model, "padded-to-the-end", [random_ids(rng, vocabulary, n) for n in (positions, 4)], pad=1)
    add_cached(fixture, model, "cached", random_ids(rng, vocabulary, 11), prefix=6)
    add_cached(fixture, model, "cached-from-one", random_ids(rng, vocabulary, 6), prefix=1)
