"""Writes runtime/src/test/resources/generate/decoding.json with the real `generate` of transformers.

The model is a table: the logits are the row of a state, which folds in every token of the sequence,
so the Java test can play the model from the same file and a confused beam is noticed. Run from the repository root:

    python tools/reference/decoding_fixtures.py
"""

import json
import math
import pathlib

import torch
import transformers
from transformers import GenerationConfig, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

VOCABULARY = 23
STATES = 97
PAD = 1
EOS = 2
OUT = pathlib.Path("runtime/src/test/resources/generate/decoding.json")


class TableConfig(PretrainedConfig):
    model_type = "table"

    def __init__(self, vocab_size=VOCABULARY, **kwargs):
        self.vocab_size = vocab_size
        self.hidden_size = 1
        self.num_hidden_layers = 1
        self.num_attention_heads = 1
        super().__init__(**kwargs)


class Table(PreTrainedModel, GenerationMixin):
    config_class = TableConfig

    def __init__(self, config, table):
        super().__init__(config)
        self.table = torch.nn.Parameter(table, requires_grad=False)

    def forward(self, input_ids, attention_mask=None, **kwargs):
        states, state = [], torch.zeros_like(input_ids[:, 0])
        for token in input_ids.unbind(1):
            state = (state * 5 + token + 1) % STATES
            states.append(state)
        return CausalLMOutput(logits=self.table[torch.stack(states, 1)])

    def prepare_inputs_for_generation(self, input_ids, **kwargs):
        return {"input_ids": input_ids}


def table(seed, scale, eos_bonus):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(STATES, VOCABULARY, generator=generator) * scale
    logits[:, EOS] += eos_bonus
    # Short decimals, so that the file is small and both sides read the same floats.
    return (logits * 1000).round() / 1000


TABLES = {"plain": table(0, 2.0, 0.0), "ending": table(1, 1.5, 2.0), "flat": table(2, 0.5, 0.7)}

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
