"""Writes runtime/src/test/resources/generate/decoding.json with the real `generate` of transformers.

The model is that of decoding_tables.py. Run from the repository root:

    python tools/reference/decoding_fixtures.py
"""

import json
import math
import pathlib

import torch
import transformers
from transformers import GenerationConfig

from decoding_tables import EOS, PAD, STATES, TABLES, VOCABULARY, Table, TableConfig

OUT = pathlib.Path("runtime/src/test/resources/generate/decoding.json")

GREEDY = [
    {},
    {"min_new_tokens": 4},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.8},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3, "repetition_penalty": 1.1, "min_new_tokens": 3},
    {"eos_token_id": [2, 5, 7]},
    {"eos_token_id": None},
]

BEAMS = [
    {"num_beams": n, "length_penalty": p, "early_stopping": e}
    for n in (2, 3, 5)
    for p in (1.0, 0.0, -1.0, 2.0)
    for e in (False, True, "never")
] + [
    {"num_beams": 4, "num_return_sequences": 4},
    {"num_beams": 4, "num_return_sequences": 3, "length_penalty": 0.5},
    {"num_beams": 3, "num_return_sequences": 2, "early_stopping": True},
    {"num_beams": 3, "min_new_tokens": 5, "num_return_sequences": 3},
    {"num_beams": 3, "eos_token_id": [2, 5, 7], "num_return_sequences": 3},
    {"num_beams": 5, "eos_token_id": [2, 5, 7], "early_stopping": "never", "length_penalty": 1.5},
    {"num_beams": 3, "eos_token_id": None, "num_return_sequences": 2},
    {"num_beams": 3, "repetition_penalty": 1.4},
    {"num_beams": 3, "no_repeat_ngram_size": 2, "num_return_sequences": 3},
    {"num_beams": 2, "no_repeat_ngram_size": 1, "repetition_penalty": 1.2, "min_new_tokens": 2},
]

# Prompts of one length: padding is what this project does differently on purpose.
PROMPTS = [[[4, 9, 4]], [[3], [8], [21]], [[10, 11, 12, 10], [6, 6, 20, 6]]]


def run(name, prompts, options, length):
    options = {"eos_token_id": EOS, "pad_token_id": PAD, **options}
    model = Table(TableConfig(), TABLES[name]).eval()
    model.generation_config = GenerationConfig()
    ids = torch.tensor(prompts)
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=length,
        do_sample=False,
        use_cache=False,
        return_dict_in_generate=True,
        output_scores=True,
        **options,
    )
    case = {
        "table": name,
        "prompts": prompts,
        "options": {"max_new_tokens": length, **options},
        "new_ids": out.sequences[:, ids.shape[1] :].tolist(),
    }
    if options.get("num_beams", 1) > 1:
        scores = out.sequences_scores.tolist()
        assert all(math.isfinite(score) for score in scores)
        case["scores"] = [round(score, 6) for score in scores]
    return case


WARPED = [
    {"temperature": t, "top_k": k, "top_p": p, "repetition_penalty": r}
    for t in (1.0, 0.6, 2.5)
    for k in (0, 1, 7)
    for p in (1.0, 0.9, 0.35)
    for r in (1.0, 1.3)
]


def warp(name, state, options):
    """What sampling draws from: None stands for minus infinity."""
    config = GenerationConfig(do_sample=True, **options)
    config._eos_token_tensor = None
    ids = torch.tensor([[state % VOCABULARY, 3, 3, 7]])
    model = Table(TableConfig(), TABLES[name])
    processors = model._get_logits_processor(config, ids.shape[1], ids)
    scores = processors(ids, TABLES[name][state : state + 1].clone())[0].tolist()
    return {
        "table": name,
        "state": state,
        "ids": ids[0].tolist(),
        "options": options,
        "scores": [None if score == -math.inf else round(score, 6) for score in scores],
    }


def main():
    transformers.logging.set_verbosity_error()
    cases = []
    for name in TABLES:
        for prompts in PROMPTS:
            for options in GREEDY:
                cases.append(run(name, prompts, options, 12))
            for options in BEAMS:
                cases.append(run(name, prompts, options, 9))
        cases.append(run(name, PROMPTS[1], {"num_beams": 4}, 1))
        cases.append(run(name, PROMPTS[1], {"num_beams": 4, "num_return_sequences": 4}, 40))
    text = {
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "tables": {
            name: [[round(x, 3) for x in row] for row in rows.tolist()] for name, rows in TABLES.items()
        },
    }
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    head = json.dumps(text, separators=(",", ":"))[:-1]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    warped = [warp(name, 11 * i % STATES, o) for i, o in enumerate(WARPED) for name in TABLES]
    warps = [json.dumps(each, separators=(",", ":")) for each in warped]
    OUT.write_text(
        head + ',"cases":[\n' + ",\n".join(lines) + '\n],"warped":[\n' + ",\n".join(warps) + "\n]}\n"
    )
    print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")


main()
