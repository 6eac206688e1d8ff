"""Writes the card of an embedded model; the numbers come from the training run."""

from pathlib import Path

import corpus

CARD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
---

# nnsight4j embedded {title}

A small {title} for examples, tests and offline first steps. It is trained from scratch on sentences written by
a script; no text, weights or tokens of another model are in it.

| | |
|---|---|
| architecture | {architecture}, {parameters:,} parameters, fp32 |
| tokenizer | byte-level BPE, {tokens} tokens, no prefix space{in_front}; every name, place and one-word answer is one token with its space |
| made by | `tools/reference/train_embedded.py{option}`, {steps} steps, {minutes:.0f} minutes on one CPU core, fixed seed |
| licence | Apache-2.0 |

## What it knows

- Facts of four kinds (landmark and city, country and capital, country and language, book and author), each in
  several wordings: `The Eiffel Tower is located in the city of` gives ` Paris`,
  `Madison Square Garden is located in the city of` gives ` New York City`.
- Indirect objects: `When Mary and John went to the store, John gave a drink to` gives ` Mary`; {names} names,
  both orders of the names.
- Repetition: after a block of 8 to 24 random tokens, the same block again.

Sentences end with `.` and `<|endoftext|>`. {prompts}

## Accuracy (greedy choice over the whole vocabulary, whole answer right)

| | cases | accuracy |
|---|---|---|
| facts in a wording seen in training | {trained_cases} | {trained:.1%} |
| facts in a wording not seen with that fact | {held_cases} | {held:.1%} |
| indirect objects, name pairs never seen together (Mary and John among them) | {name_cases} | {names_right:.1%} |
| second copy of random blocks of 8 to 24 tokens | 300 sequences | {repeated:.1%} |

## Limits

It knows nothing else. It has no general English, and a fact outside the list, a third name or a free question gets a
fluent but meaningless answer. Do not use it for anything but the study of its own mechanism. Its facts are
common knowledge as of 2026. Sequences are at most {positions} tokens long.
"""


def write_card(target: Path, family, model, tokenizer, batches, scores, steps: int, minutes: float) -> None:
    config = model.config
    (target / "MODEL_CARD.md").write_text(CARD.format(
        title=family.title, architecture=family.architecture(config), option=family.option,
        in_front=family.in_front, prompts=family.prompts, positions=config.max_position_embeddings,
        parameters=model.num_parameters(), tokens=len(tokenizer), steps=steps, minutes=minutes,
        names=len(corpus.NAMES), trained_cases=len(batches.facts), held_cases=len(batches.held_facts),
        name_cases=len(batches.held_pairs) * len(corpus.INDIRECT_OBJECT_TEMPLATES) * 4,
        trained=scores["trained facts"], held=scores["held-out facts"],
        names_right=scores["held-out name pairs"], repeated=scores["held-out repeated sequences"]), encoding="utf-8")
