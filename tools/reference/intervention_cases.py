"""What all intervention fixtures share: the models, and a case that hooks and nnsight must agree on."""

from __future__ import annotations

from pathlib import Path

import nnsight
import torch
from nnsight import LanguageModel
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from fixture_file import Fixture
from intervention_language import plain_run
from intervention_nnsight import nnsight_run

EMBEDDED = Path(__file__).resolve().parents[2] / "model-stubs/src/main/resources/org/nnsight4j/models/gpt2/embedded"
EIFFEL = "The Eiffel Tower is in the city of"
MADISON = "Madison Square Garden is located in the city of"
FRANCE = "The capital of France is"
MARY = "When Mary and John went to the store, John gave a drink to"
BOTH = f"nnsight {nnsight.__version__}, equal to plain torch hooks"
HOOKS = "plain torch hooks on transformers"
SINGLE = "plain torch hooks on transformers, every row run alone"
FIVE = {"max_new_tokens": 5, "min_new_tokens": 5, "eos_token_id": 0, "pad_token_id": 0}
CLOSE = dict(atol=2e-5, rtol=2e-5)
EVERY = 8


class Reference:
    """The embedded model twice, so that nnsight's hooks and ours never meet."""

    def __init__(self):
        def load(attention):
            return GPT2LMHeadModel.from_pretrained(EMBEDDED, dtype=torch.float32, attn_implementation=attention).eval()
        self.model = load("eager")
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(EMBEDDED)
        self.tokenizer.pad_token, self.tokenizer.padding_side = "<|endoftext|>", "left"
        self.lm = LanguageModel(load("eager"), tokenizer=self.tokenizer)
        self.fused = LanguageModel(load("sdpa"), tokenizer=self.tokenizer)
        for block in self.lm.transformer.h:
            block.attn.source  # rewritten before a run, as nnsight cannot do so once the layer has begun

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text)


def close(a, b) -> None:
    torch.testing.assert_close(a, b, **CLOSE)


def vector(seed: int, *shape: int, size: float = 1.0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * size


def margin(logits: torch.Tensor) -> float:
    best = logits.topk(2).values
    return float((best[:, 0] - best[:, 1]).min())


def run_both(ref: Reference, ids, edits=(), reads=(), tensors=None, options=None, call=None, lm=None):
    """What plain hooks say, after nnsight said the same."""
    found, logits, generated = plain_run(ref.model, ids, edits, reads, tensors, options, call)
    theirs = nnsight_run(lm or ref.lm, ids, edits, reads, tensors, options, len(logits), call)
    close(theirs[1], logits)
    for one, other in zip(found, theirs[0], strict=True):
        assert len(one) == len(other)
        for a, b in zip(one, other):
            close(b, a)
    assert theirs[2] == generated, (theirs[2], generated)
    assert margin(logits) > 1e-3, "a decision hangs by a hair"
    return found, logits, generated


def add_run(fixture: Fixture, ref: Reference, name: str, kind: str, text: str, edits=(), reads=(), tensors=None,
            options=None, call=None, source=BOTH, lm=None, effect=True, **facts):
    """One prompt, its edits and reads; an edit that changes nothing is a mistake in the case."""
    ids, tensors = ref.ids(text), tensors or {}
    found, logits, generated = run_both(ref, ids, edits, reads, tensors, options, call, lm)
    if (edits or call) and effect:
        base = plain_run(ref.model, ids, options=options)[1]
        assert base.shape != logits.shape or (base - logits).abs().max() > 1e-2, f"{name}: no effect"
    saved = dict(tensors)
    listed = []
    for i, (read, values) in enumerate(zip(reads, found)):
        if not values:
            listed.append({**read, "absent": True})
            continue
        saved[f"read.{i}"] = values[0] if options is None else torch.stack(values)
        listed.append({**read, "tensor": f"read.{i}"})
    if options is None:
        saved["logits_every_8"] = logits[0, ::EVERY]
        facts |= {"top_id": int(logits[0].argmax())}
    else:
        saved["logits_every_8"] = logits[:, ::EVERY]
        facts |= {"options": options, "generated": [generated]}
    fixture.add(name, kind, saved, inputs=[ids], texts=[text], **facts, edits=list(edits), reads=listed, source=source)
    return found, logits, generated
