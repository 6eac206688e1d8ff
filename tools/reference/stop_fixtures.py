"""Writes runtime/src/test/resources/generate/stopping.json: where `generate` of transformers stops by stop strings.

The model is the table of decoding_fixtures.py, its tokens are those of a tiny tokenizer with special tokens and with
halves of a letter. Run from the repository root:

    python tools/reference/stop_fixtures.py
"""

import json
import pathlib

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models
from transformers import GenerationConfig, PreTrainedTokenizerFast
from transformers.generation.stopping_criteria import StopStringCriteria

import decoding_tables as tables

OUT = pathlib.Path("runtime/src/test/resources/generate/stopping.json")
# The two of \u00c3 and \u00a9 are the bytes of one letter, \u0120 is a space.
TOKENS = ["a", "<pad>", "<end>", "b", "c", "d", "e", "f", "ab", "bc", "cd", "\u00c3", "\u00a9", "\u0120", "\u0120a", "b\u0120",
          "<x>", "ef", "\u0120de", "fa", "dab", "abcab", "\u00a9\u00c3"]
SPECIAL = ["<pad>", "<end>", "<x>"]

STOPS = [
    ["ab"], ["<x>"], ["<end>"], ["<x"], ["x>a", "<x>b"], ["\u00e9"], ["\u00e9 "], ["ca"], ["bcab"], ["fa", "ef"], [" a"], ["d<"],
    ["a"], ["abca"], ["bb"], ["dabf"], ["zzz", "e"], ["\u00e9\u00e9", "cdd"], [">"], ["<pad>"], ["ab c"], ["cc", "fcd"],
]
PROMPTS = [[[4, 9, 4]], [[3]], [[0], [8], [21]], [[10, 11, 12, 10], [6, 6, 20, 6]], [[16, 16]], [[11, 11], [5, 0]]]
MODES = [{}, {"num_beams": 2}, {"num_beams": 3, "num_return_sequences": 3}, {"num_beams": 3, "early_stopping": True}]


def tokenizer():
    base = Tokenizer(models.BPE({token: i for i, token in enumerate(TOKENS)}, []))
    base.decoder = decoders.ByteLevel()
    base.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return PreTrainedTokenizerFast(tokenizer_object=base)


def run(name, prompts, stops, mode, eos):
    model = tables.Table(tables.TableConfig(), tables.TABLES[name]).eval()
    model.generation_config = GenerationConfig()
    ids = torch.tensor(prompts)
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=10, do_sample=False, use_cache=False,
        return_dict_in_generate=True, eos_token_id=eos, pad_token_id=tables.PAD, stop_strings=stops, tokenizer=tokenizer(), **mode,
    )
    options = {"max_new_tokens": 10, "eos_token_id": eos, "pad_token_id": tables.PAD, **mode}
    return {"table": name, "prompts": prompts, "stops": stops, "options": options,
            "new_ids": out.sequences[:, ids.shape[1]:].tolist()}


def main():
    transformers.logging.set_verbosity_error()
    texts, ids = StopStringCriteria.clean_tokenizer_vocab(tokenizer(), stop_string_matching_mode="byte_level")
    bytes_of = dict(zip(ids, texts))
    cases = []
    for i, stops in enumerate(STOPS):
        for j, prompts in enumerate(PROMPTS):
            name = list(tables.TABLES)[(i + j) % len(tables.TABLES)]
            for mode in (MODES[0], MODES[1 + (i + j) % (len(MODES) - 1)]):
                eos = 19 if stops == ["<end>"] else tables.EOS
                cases.append(json.dumps(run(name, prompts, stops, mode, eos), ensure_ascii=False, separators=(",", ":")))
    head = json.dumps([bytes_of[i].hex() for i in range(len(TOKENS))])
    OUT.write_text('{"bytes":' + head + ',"cases":[\n' + ",\n".join(cases) + "\n]}\n", encoding="utf-8")
    print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
