"""Writes what Hugging Face transformers computes with tiny models of other families than GPT-2.

    python family_fixtures.py                          # all
    python family_fixtures.py --only llama/llama3      # some of them

A case `modules` has the output of every module under the name that `nnsight4j cache` gives it
(`<path>.output`, `<path>.output.0` of a tuple's first element), and inner values under their paths.
"""

from __future__ import annotations

import argparse
import shutil
import warnings
import zlib
from contextlib import contextmanager
from pathlib import Path

import torch
import transformers

import encoder_layouts
import family_layouts
import gated_layouts
from encoder_layouts import is_encoder
from family_layouts import LAYOUTS
from family_models import CONFIGS, by_length, load_model, same_weights, write_model
from fixture_file import Fixture
from fixture_forward import left_padded, random_ids
from fixture_generation import BadDraw, Noise

FIXTURES = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures"
SIZE_LIMIT = 6_000_000
LENGTH = 9


@torch.no_grad()
def every_module(model, ids: list[int], **inputs: torch.Tensor) -> tuple[dict[str, torch.Tensor], str]:
    """
    The output of each module, caught by a hook, and what happens between queries and keys; and whether this version's
    blocks give a tensor or a tuple.
    """
    seen, entered, handles, kinds = {}, {}, [], set()
    for path, module in model.named_modules():
        def hook(module, inputs, output, path=path):
            entered[path] = inputs[0] if inputs else None
            if path.split(".")[-1].isdigit():
                kinds.add("tuple" if isinstance(output, tuple) else "tensor")
            if isinstance(output, tuple):
                # Where layers have tables of their own, the module is called for each type.
                name = ".".join([path, *(each for each in inputs if isinstance(each, str))])
                parts = {f"{name}.output.{i}": part for i, part in enumerate(output)}
                seen.update({name: part.clone() for name, part in parts.items() if part is not None})
            elif isinstance(output, torch.Tensor):
                # A copy: some modules go on to change what others gave them.
                seen[f"{path}.output"] = output.clone()
            else:  # A dataclass of the whole model or its stack.
                seen[f"{path}.output" if path else "output"] = output[0]
        handles.append(module.register_forward_hook(hook))
    with scores_caught(len(ids)) as scored:
        out = model(
            torch.tensor([ids]), output_attentions=model.config._attn_implementation == "eager", use_cache=False,
            **inputs)
    for handle in handles:
        handle.remove()
    assert len(scored) in (0, model.config.num_hidden_layers)
    layouts(model).add_inner_values(model, seen, entered, scored, len(ids))
    assert torch.equal(seen["output"], out.logits)
    return seen, kinds.pop()


@contextmanager
def scores_caught(length: int):
    """
    What each layer gives to the softmax, or puts beside its sinks, in a list. Empty where a fused kernel computes it.
    """
    scored, softmax, cat = [], torch.nn.functional.softmax, torch.cat

    def instead(scores, *args, **kwargs):
        if scores.dim() == 4 and scores.shape[-2:] == (length, length):
            scored.append(scores.clone())
        return softmax(scores, *args, **kwargs)

    def beside(tensors, *args, **kwargs):
        if [tensor.shape[2:] for tensor in tensors] == [(length, length), (length, 1)]:
            scored.append(tensors[0].clone())
        return cat(tensors, *args, **kwargs)
    torch.nn.functional.softmax, torch.cat = instead, beside
    try:
        yield scored
    finally:
        torch.nn.functional.softmax, torch.cat = softmax, cat


def layouts(model):
    """The layout that knows where a family has its modules."""
    if is_encoder(f"{model.config.model_type}/"):
        return encoder_layouts
    return family_layouts if model.config.model_type in LAYOUTS else gated_layouts


@torch.no_grad()
def logits(model, ids: list[int]) -> torch.Tensor:
    return model(torch.tensor([ids])).logits


@torch.no_grad()
def add_padded(fixture: Fixture, folder: Path, name: str, rows: list[list[int]]) -> None:
    """The reference is each row alone; where rows do not depend on each other's length, the batch is the same."""
    tensors = {f"row.{r}/logits": logits(load_model(folder), row)[0] for r, row in enumerate(rows)}
    if not by_length(name):
        ids, mask, positions = left_padded(rows, 0)
        out = load_model(folder)(ids, attention_mask=mask, position_ids=positions).logits
        for r, row in enumerate(rows):
            torch.testing.assert_close(out[r, -len(row):], tensors[f"row.{r}/logits"], atol=3e-5, rtol=3e-5)
    fixture.add("padded", "padded", tensors, inputs=rows)


@torch.no_grad()
def add_cached(fixture: Fixture, folder: Path, name: str, ids: list[int], prefix: int) -> None:
    """The first tokens at once, then one at a time; keys keep the rotation with which they were stored."""
    whole, model = logits(load_model(folder), ids), load_model(folder)
    tensors, cache, start = {}, None, 0
    for step, end in enumerate(range(prefix, len(ids) + 1)):
        out = model(torch.tensor([ids[start:end]]), past_key_values=cache, use_cache=True)
        if not by_length(name):
            torch.testing.assert_close(out.logits, whole[:, start:end], atol=3e-5, rtol=3e-5)
        tensors[f"step.{step}/logits"] = out.logits
        cache, start = out.past_key_values, end
    fixture.add("cached", "cached", tensors, inputs=[ids], prefix=prefix)


@torch.no_grad()
def add_positions(fixture: Fixture, folder: Path, rng: torch.Generator) -> None:
    """Tokens at positions other than their order."""
    ids, places = random_ids(rng, 31, 6), [0, 3, 1, 7, 7, 12]
    model = load_model(folder)
    layout = LAYOUTS.get(model.config.model_type)
    if layout is not None and not layout.positions(model.config):
        return
    out = model(torch.tensor([ids]), position_ids=torch.tensor([places])).logits
    site = {} if layout is None else {"site": f"{layout.stack}.position_ids"}
    fixture.add("positions", "positions", {"output": out}, inputs=[ids], position_ids=places, **site)


@torch.no_grad()
def add_masked(fixture: Fixture, folder: Path, rng: torch.Generator) -> None:
    """A token that is not attended to, where positions follow from the mask."""
    model = load_model(folder)
    layout = LAYOUTS.get(model.config.model_type)
    if layout is None or layout.positions(model.config):
        return
    ids, mask = random_ids(rng, 31, 7), [1, 1, 0, 1, 1, 0, 1]
    out = model(torch.tensor([ids]), attention_mask=torch.tensor([mask])).logits
    fixture.add("masked", "masked", {"output": out}, inputs=[ids], attention_mask=mask,
                site=f"{layout.stack}.attention_mask")


@torch.no_grad()
def add_applied(fixture: Fixture, folder: Path, rng: torch.Generator) -> None:
    """Modules with attention on the embeddings, whose rows begin at position 0."""
    ids = random_ids(rng, 31, 7)
    model = load_model(folder)
    tensors, to = layouts(model).applied(model, ids)
    fixture.add("applied", "applied", tensors, inputs=[ids], to=to)


def segments(length: int, types: int) -> list[int]:
    """The first half is of the first text, and so on."""
    return [place * types // length for place in range(length)]


@torch.no_grad()
def write_encoder(fixture: Fixture, folder: Path, rng: torch.Generator) -> None:
    """A masked language model, which sees all positions at once and generates nothing."""
    model = load_model(folder)
    types = segments(LENGTH, model.config.type_vocab_size)
    site = {"site": "bert.token_type_ids"}
    ids = random_ids(rng, 31, LENGTH)
    tensors, block = every_module(model, ids, token_type_ids=torch.tensor([types]))
    fixture.add("modules", "modules", tensors, inputs=[ids], token_type_ids=types, **site, block=block)
    for length in (1, 4, 14):
        ids = random_ids(rng, 31, length)
        fixture.add(f"forward-{length}", "modules", {"output": logits(model, ids)}, inputs=[ids])
    # Each row alone; padding on either side changes nothing where positions are those of tokens.
    rows = [random_ids(rng, 31, n) for n in (3, 8, 1)]
    tensors = {f"row.{r}/logits": logits(model, row)[0] for r, row in enumerate(rows)}
    ids, mask, positions = left_padded(rows, 0)
    left = model(ids, attention_mask=mask, position_ids=positions).logits
    right = model(torch.tensor([row + [0] * (8 - len(row)) for row in rows]),
                  attention_mask=torch.tensor([[1] * len(row) + [0] * (8 - len(row)) for row in rows])).logits
    for r, row in enumerate(rows):
        alone = tensors[f"row.{r}/logits"]
        torch.testing.assert_close(left[r, -len(row):], alone, atol=3e-5, rtol=3e-5)
        torch.testing.assert_close(right[r, :len(row)], alone, atol=3e-5, rtol=3e-5)
    fixture.add("padded", "padded", tensors, inputs=rows)
    ids, places = random_ids(rng, 31, 6), [0, 3, 1, 7, 7, 12]
    out = model(torch.tensor([ids]), position_ids=torch.tensor([places])).logits
    fixture.add("positions", "positions", {"output": out}, inputs=[ids], position_ids=places, site="bert.position_ids")
    ids, mask = random_ids(rng, 31, 7), [1, 1, 0, 1, 1, 0, 1]
    out = model(torch.tensor([ids]), attention_mask=torch.tensor([mask])).logits
    fixture.add("masked", "masked", {"output": out}, inputs=[ids], attention_mask=mask, site="bert.attention_mask")
    add_applied(fixture, folder, rng)
    if folder.name == "usual":
        encoder_layouts.add_texts(fixture, folder, model)
    fixture.write()


def generated(folder: Path, rows: list[list[int]], options: dict, noise: int | None = None):
    ids, mask, _ = left_padded(rows, 0)
    return load_model(folder).generate(
        ids, attention_mask=mask, do_sample=False, pad_token_id=0, return_dict_in_generate=True, output_scores=True,
        logits_processor=[] if noise is None else [Noise(noise)], **options), ids.shape[1]


def add_generation(fixture: Fixture, folder: Path, name: str, rng: torch.Generator, options: dict, **facts) -> None:
    """Draws prompts until no decision is too close."""
    sizes = facts.pop("sizes")
    for _ in range(100):
        rows = [random_ids(rng, 31, size) for size in sizes]
        try:
            out, prompt = generated(folder, rows, options)
            for noise in range(3):
                again = generated(folder, rows, options, noise)[0].sequences
                if again.shape != out.sequences.shape or not torch.equal(again, out.sequences):
                    raise BadDraw
        except BadDraw:
            continue
        tensors = {} if options.get("num_beams", 1) == 1 else {"sequences_scores": out.sequences_scores}
        fixture.add(name, "generate", tensors, inputs=rows, options=options,
                    generated=out.sequences[:, prompt:].tolist(), **facts)
        return
    raise AssertionError(f"no good draw for {name}")


def add_crossing(fixture: Fixture, folder: Path, rng: torch.Generator) -> None:
    """
    Rows of one batch that grow beyond the original length at different steps. Truth is each row alone. In one batch
    transformers turns all rows by the longest, so there the others have other tokens: those are kept to be seen.
    """
    options = {"use_cache": True, "eos_token_id": None, "max_new_tokens": 8}
    for _ in range(100):
        rows = [random_ids(rng, 31, size) for size in (7, 4, 2)]
        alone = [generated(folder, [row], options)[0].sequences[0, len(row):].tolist() for row in rows]
        steady = all(
            generated(folder, [row], options, noise)[0].sequences[0, len(row):].tolist() == found
            for noise in range(3) for row, found in zip(rows, alone))
        out, prompt = generated(folder, rows, options)
        together = out.sequences[:, prompt:].tolist()
        if steady and together != alone:
            fixture.add("crossing", "generate", {}, inputs=rows, options=options, generated=alone,
                        in_one_batch_of_transformers=together, cache=True)
            return
    raise AssertionError("no good draw")


def write(name: str, folder: Path) -> None:
    write_model(name, folder)
    fixture = Fixture(folder, model=".")
    # By the name, so that another configuration changes no numbers; the first family has other seeds.
    llama = name.startswith("llama/")
    seed = list(CONFIGS).index(name) if llama else zlib.crc32(f"ids {same_weights(name)}".encode())
    rng = torch.Generator().manual_seed(seed)
    if is_encoder(name):
        write_encoder(fixture, folder, rng)
        (folder / "expected.safetensors").chmod(0o644)
        return
    ids = random_ids(rng, 31, LENGTH)
    tensors, block = every_module(load_model(folder), ids)
    fixture.add("modules", "modules", tensors, inputs=[ids], block=block)
    for length in (1, 4, 14):
        ids = random_ids(rng, 31, length)
        fixture.add(f"forward-{length}", "modules", {"output": logits(load_model(folder), ids)}, inputs=[ids])
    add_padded(fixture, folder, name, [random_ids(rng, 31, n) for n in (3, 8, 1)])
    ids = random_ids(rng, 31, 9)
    if not (by_length(name) and name.startswith("phi3/")):
        # Phi-3's `generate`, not its forward pass, computes a row again when other frequencies begin.
        add_cached(fixture, folder, name, ids, prefix=4)
    add_positions(fixture, folder, rng)
    add_applied(fixture, folder, rng)
    # Where longer rows have other rotations, cached keys differ from those of the whole row.
    for cache in (True, False) if by_length(name) else (True,):
        more = {"cache": cache} if by_length(name) else {}
        end = "" if cache else "-uncached"
        free = {"use_cache": cache, "eos_token_id": None}
        add_generation(fixture, folder, "greedy" + end, rng, free | {"max_new_tokens": 8}, sizes=(5,), **more)
        add_generation(fixture, folder, "beams" + end, rng, free | {"max_new_tokens": 6, "num_beams": 3,
                       "num_return_sequences": 2}, sizes=(4,), **more)
        if not by_length(name):
            add_generation(fixture, folder, "batch" + end, rng, free | {"max_new_tokens": 6}, sizes=(2, 6, 3))
            add_generation(fixture, folder, "ends" + end, rng,
                           {"max_new_tokens": 12, "eos_token_id": [3, 7, 11], "use_cache": cache}, sizes=(4, 2))
    add_masked(fixture, folder, rng)
    if name == "phi3/longrope":
        add_crossing(fixture, folder, rng)
    fixture.write()
    (folder / "expected.safetensors").chmod(0o644)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", nargs="+", choices=CONFIGS, default=list(CONFIGS))
    arguments.add_argument("--target", type=Path, default=FIXTURES)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    for name in options.only:
        folder = options.target / name
        shutil.rmtree(folder, ignore_errors=True)
        write(name, folder)
        print(f"{name}: {size(folder):,} bytes", flush=True)
    families = {name.split("/")[0] for name in CONFIGS}
    total = sum(size(options.target / family) for family in families)
    print(f"all: {total:,} bytes")
    assert total <= SIZE_LIMIT, "too many bytes"


if __name__ == "__main__":
    main()
