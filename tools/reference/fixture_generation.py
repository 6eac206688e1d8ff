"""Cases of `model.generate` (greedy and beams) and of the logits processors used for sampling."""

from __future__ import annotations

from itertools import combinations

import torch
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, LogitsProcessor

from fixture_file import Fixture
from fixture_forward import left_padded, random_ids

MARGIN = 1e-3


class Noise(LogitsProcessor):
    """Disturbs the scores by up to half the margin, to find decisions that hang by a hair."""

    def __init__(self, seed: int):
        self.rng = torch.Generator().manual_seed(seed)

    def __call__(self, input_ids, scores):
        return scores + (torch.rand(scores.shape, generator=self.rng) - 0.5) * MARGIN


class BadDraw(Exception):
    """These random rows do not show what the case is for, or show it too narrowly."""


def run(model, rows: list[list[int]], options: dict, noise: int | None = None):
    ids, mask, _ = left_padded(rows, options.get("pad_token_id") or 0)
    out = model.generate(
        ids, attention_mask=mask, do_sample=False, return_dict_in_generate=True, output_scores=True,
        logits_processor=[] if noise is None else [Noise(noise)], **options)
    return out, ids.shape[1]


def check_margins(scores) -> None:
    for step in scores:
        best = step.topk(2).values
        if (best[:, 0] - best[:, 1]).min() <= MARGIN:
            raise BadDraw


def add_generation(fixture: Fixture, model, name: str, rows: list[list[int]], options: dict, **facts):
    """Adds the case and returns the new tokens; a decision closer than the margin raises BadDraw instead."""
    out, prompt = run(model, rows, options)
    if options.get("num_beams", 1) == 1:
        check_margins(out.scores)
    for noise in range(4):
        again = run(model, rows, options, noise)[0].sequences
        if again.shape != out.sequences.shape or not torch.equal(again, out.sequences):
            raise BadDraw
    tensors = {"sequences": out.sequences}
    if options.get("num_beams", 1) > 1:
        tensors["sequences_scores"] = out.sequences_scores
    generated = out.sequences[:, prompt:].tolist()
    fixture.add(name, "generate", tensors, inputs=rows, options=options, generated=generated, **facts)
    return generated


def first_steps(rows: list[list[int]], ends: tuple[int, ...]) -> list[int]:
    return [next((i for i, token in enumerate(row) if token in ends), len(row)) for row in rows]


def choose_ends(rows: list[list[int]], count: int) -> list[int]:
    """The `count` tokens that end the most rows at the most different steps, not at the first one."""
    tokens = sorted({token for row in rows for token in row})
    def worth(ends):
        steps = first_steps(rows, ends)
        ended = [s for s in steps if s < len(rows[0])]
        return len(set(steps)), len(ended), -steps.count(0), sum(steps)
    return list(max(combinations(tokens, count), key=worth))


def redraw(model, seed: int, sizes: tuple[int, ...], attempt) -> None:
    """Calls `attempt` with random rows of these sizes until it succeeds."""
    for draw in range(200):
        rng = torch.Generator().manual_seed(seed * 1000 + draw)
        rows = [random_ids(rng, model.config.vocab_size, size) for size in sizes]
        try:
            return attempt(rows)
        except BadDraw:
            continue
    raise AssertionError(f"no good draw of sizes {sizes}")


def greedy_with_ends(fixture, model, name, ends: int, pad: int, length: int, **more):
    def attempt(rows):
        free = run(model, rows, {"max_new_tokens": length})[0].sequences[:, -length:].tolist()
        eos = choose_ends(free, ends)
        steps = first_steps(free, tuple(eos))
        if pad in eos or 0 in steps or min(steps) == length or len(set(steps)) < len(rows):
            raise BadDraw
        eos_option = eos[0] if ends == 1 else eos
        add_generation(fixture, model, name, rows,
                       {"max_new_tokens": length, "eos_token_id": eos_option, "pad_token_id": pad, **more})
    return attempt


def beams_with_ends(fixture, model, name, ends: int, pad: int, length: int, **more):
    """Ends are tokens of the free beams, so that some hypotheses finish early and some do not."""
    def attempt(rows):
        free = run(model, rows, {"max_new_tokens": length, **more})[0].sequences[:, -length:]
        middle = [t for t in free[:, 1:-1].flatten().unique().tolist() if t != pad][:6]
        for eos in combinations(middle, min(ends, len(middle))):
            eos_option = eos[0] if ends == 1 else list(eos)
            options = {"max_new_tokens": length, "eos_token_id": eos_option, "pad_token_id": pad, **more}
            out, prompt = run(model, rows, options)
            steps = first_steps(out.sequences[:, prompt:].tolist(), eos)
            if 0 < min(steps) < length - 1 and len(set(steps)) >= min(2, len(steps)):
                add_generation(fixture, model, name, rows, options)
                return
        raise BadDraw
    return attempt


def plain(fixture, model, name, options):
    return lambda rows: add_generation(fixture, model, name, rows, options)


def add_all_generation(fixture: Fixture, model, seed: int) -> None:
    cases = [
        ((4,), plain(fixture, model, "greedy", {"max_new_tokens": 8})),
        ((3, 5, 2), plain(fixture, model, "greedy-batch", {"max_new_tokens": 6, "pad_token_id": 0})),
        ((4,), greedy_with_ends(fixture, model, "greedy-eos", 1, 0, 8)),
        ((2, 6, 4), greedy_with_ends(fixture, model, "greedy-batch-eos", 1, 1, 10)),
        ((5, 1, 3), greedy_with_ends(fixture, model, "greedy-batch-several-eos", 2, 1, 10)),
        ((4,), greedy_with_ends(fixture, model, "min-new-tokens", 1, 0, 9, min_new_tokens=6)),
        ((7,), plain(fixture, model, "repetition-penalty", {"max_new_tokens": 9, "repetition_penalty": 1.7})),
        ((6, 3), plain(fixture, model, "repetition-penalty-batch",
                       {"max_new_tokens": 8, "repetition_penalty": 1.4, "pad_token_id": 2})),
        ((6,), plain(fixture, model, "repetition-reward", {"max_new_tokens": 8, "repetition_penalty": 0.8})),
        ((6,), plain(fixture, model, "no-repeat-1", {"max_new_tokens": 9, "no_repeat_ngram_size": 1})),
        ((6,), plain(fixture, model, "no-repeat-2", {"max_new_tokens": 11, "no_repeat_ngram_size": 2})),
        ((5, 3), plain(fixture, model, "no-repeat-3-batch",
                       {"max_new_tokens": 11, "no_repeat_ngram_size": 3, "pad_token_id": 3})),
        ((4,), plain(fixture, model, "all-processors", {
            "max_new_tokens": 8, "min_new_tokens": 8, "eos_token_id": 5, "pad_token_id": 0,
            "repetition_penalty": 1.3, "no_repeat_ngram_size": 2})),
        ((4,), plain(fixture, model, "beams-2", {"max_new_tokens": 6, "num_beams": 2})),
        ((3,), plain(fixture, model, "beams-4-return-4",
                     {"max_new_tokens": 6, "num_beams": 4, "num_return_sequences": 4})),
        ((2, 4), plain(fixture, model, "beams-3-batch",
                       {"max_new_tokens": 6, "num_beams": 3, "num_return_sequences": 2, "pad_token_id": 1})),
        ((4,), beams_with_ends(fixture, model, "beams-2-eos", 1, 0, 8, num_beams=2, num_return_sequences=2)),
        ((4,), beams_with_ends(fixture, model, "beams-3-eos-early", 1, 1, 8, num_beams=3, num_return_sequences=3,
                               early_stopping=True)),
        ((3,), beams_with_ends(fixture, model, "beams-3-eos-never", 1, 1, 8, num_beams=3, num_return_sequences=3,
                               early_stopping="never", length_penalty=0.5)),
        ((3,), beams_with_ends(fixture, model, "beams-4-eos-long", 2, 1, 9, num_beams=4, num_return_sequences=2,
                               length_penalty=2.0)),
        ((5,), beams_with_ends(fixture, model, "beams-4-eos-short", 2, 1, 9, num_beams=4, num_return_sequences=4,
                               length_penalty=-1.0)),
        ((5,), beams_with_ends(fixture, model, "beams-2-eos-no-length", 1, 1, 9, num_beams=2, num_return_sequences=1,
                               length_penalty=0.0)),
        ((2, 5), beams_with_ends(fixture, model, "beams-2-batch-eos", 1, 1, 8, num_beams=2, num_return_sequences=2)),
        ((2, 5, 3), beams_with_ends(fixture, model, "beams-3-batch-eos-early", 2, 1, 8, num_beams=3,
                                    num_return_sequences=2, early_stopping=True)),
        ((4,), plain(fixture, model, "beams-3-repetition",
                     {"max_new_tokens": 8, "num_beams": 3, "num_return_sequences": 2, "repetition_penalty": 1.5})),
        ((3, 5), plain(fixture, model, "beams-2-repetition-batch", {
            "max_new_tokens": 7, "num_beams": 2, "num_return_sequences": 2, "repetition_penalty": 1.3,
            "pad_token_id": 1})),
        ((4,), plain(fixture, model, "beams-3-no-repeat",
                     {"max_new_tokens": 8, "num_beams": 3, "num_return_sequences": 2, "no_repeat_ngram_size": 2})),
        ((4,), beams_with_ends(fixture, model, "beams-2-repetition-min-new", 1, 1, 9, num_beams=2,
                               num_return_sequences=2, repetition_penalty=1.3, min_new_tokens=4)),
    ]
    for number, (sizes, attempt) in enumerate(cases):
        redraw(model, seed * 100 + number, sizes, attempt)


PROCESSING_OPTIONS = [
    {"do_sample": False, "repetition_penalty": 1.3},
    {"do_sample": False, "repetition_penalty": 0.7},
    {"do_sample": False, "no_repeat_ngram_size": 1},
    {"do_sample": False, "no_repeat_ngram_size": 2},
    {"do_sample": False, "no_repeat_ngram_size": 3},
    {"do_sample": False, "min_new_tokens": 3, "eos_token_id": [7]},
    {"do_sample": False, "min_new_tokens": 20, "eos_token_id": [7, 11]},
    {"do_sample": False, "repetition_penalty": 1.2, "no_repeat_ngram_size": 2,
     "min_new_tokens": 30, "eos_token_id": [3]},
    {"temperature": 0.7},
    {"temperature": 1.9},
    {"top_k": 1},
    {"top_k": 5},
    {"top_k": 1000},
    {"top_p": 0.9},
    {"top_p": 0.3},
    {"top_p": 0.01},
    {"temperature": 0.5, "top_k": 10},
    {"temperature": 1.5, "top_p": 0.8},
    {"top_k": 8, "top_p": 0.75},
    {"temperature": 0.8, "top_k": 12, "top_p": 0.9},
    {"temperature": 1.3, "top_k": 12, "top_p": 0.95, "repetition_penalty": 1.5},
    {"temperature": 1.3, "top_p": 0.9, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2},
    {"temperature": 0.9, "top_k": 6, "top_p": 0.9, "repetition_penalty": 1.1, "no_repeat_ngram_size": 1,
     "min_new_tokens": 25, "eos_token_id": [2, 9]},
]
PROCESSING_DEFAULTS = {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0,
                       "no_repeat_ngram_size": 0}


def processors(model, options: dict, prompt_length: int):
    config = GenerationConfig(**options)
    model._prepare_special_tokens(config)
    return model._get_logits_processor(config, input_ids_seq_length=prompt_length, device="cpu")


def add_processing(fixture: Fixture, count: int = 3) -> None:
    """Random ids and logits through exactly the processors that `generate` builds for these options."""
    model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=40, n_positions=8))
    rng = torch.Generator().manual_seed(5)
    for number, chosen in enumerate(PROCESSING_OPTIONS):
        options = PROCESSING_DEFAULTS | chosen
        for draw in range(count):
            ids = torch.randint(0, 12 if draw else 40, (2, 6 + 4 * draw), generator=rng)
            prompt_length = 4
            raw = torch.randn(2, 40, generator=rng) * 3
            while unstable(model, options, prompt_length, ids, raw):
                raw = torch.randn(2, 40, generator=rng) * 3
            add_processed(fixture, model, f"{number:02d}-{draw}", options, prompt_length, ids, raw)
    ties = torch.tensor([[3.0, 1.0, 2.0, 2.0, 2.0, -1.0] + [-4.0] * 34])
    add_processed(fixture, model, "top-k-ties", PROCESSING_DEFAULTS | {"top_k": 2}, 1, torch.tensor([[1]]), ties)


def add_processed(fixture, model, name, options, prompt_length, ids, raw) -> None:
    processed = processors(model, options, prompt_length)(ids, raw.clone())
    fixture.add(name, "logits_processing", {"raw": raw, "processed": processed}, inputs=ids.tolist(),
                prompt_length=prompt_length, options=options)


def unstable(model, options, prompt_length, ids, raw) -> bool:
    """Whether a tiny change of the logits changes which tokens are kept."""
    kept = [torch.isfinite(processors(model, options, prompt_length)(ids, raw * factor))
            for factor in (0.9999, 1, 1.0001)]
    return not (torch.equal(kept[0], kept[1]) and torch.equal(kept[1], kept[2]))
