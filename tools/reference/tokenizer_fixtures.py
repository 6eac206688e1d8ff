"""Writes runtime/src/test/resources/tokenizers: what `AutoTokenizer` makes of a tokenizer.json and the files beside it.

The tokenizers are tiny and made here. A case is a base tokenizer, parts of its tokenizer.json that are other ones, and
the files beside it; it lists ids, texts of ids and texts of single tokens. Run from the repository root:

    python tools/reference/tokenizer_fixtures.py
"""

import json
import logging
import pathlib
import tempfile

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer
from transformers.generation.stopping_criteria import StopStringCriteria

OUT = pathlib.Path("runtime/src/test/resources/tokenizers")
CORPUS = ["hello world, hello there. the world is wide", "don't stop the word", "abcdef the end of the text"] * 4
END = "<|endoftext|>"

TEXTS = [
    "hello world",
    " hello",
    "Hello  THE world .",
    "tab\tand\nline  ",
    "a<|endoftext|>b <|endoftext|> c",
    "x <ent> y <norm> Z<word>z <word> q",
    "left  <left>  right  <right>  end",
    "<s>abc</s> <unk> <pad> [IMG]",
    "\u00e9\u6f22\u5b57\U0001f600 \u2581x",
    "do n't 's , it ' s .",
    "<new>then <new>",
    "12345 don't DON'T\r\n\n  e\u0301 x\u00a0y",
]


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=290, special_tokens=[END], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        ),
    )
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def metaspace():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer.train_from_iterator(
        [text.replace("the", "The the") for text in CORPUS],
        trainers.BpeTrainer(vocab_size=320, special_tokens=specials, show_progress=False),
    )
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = data["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer


def word_piece():
    words = ["[UNK]", "hello", "world", "do", "n't", "'s", "'", "it", "s", ",", ".", "x", "##e", "th", "the", "a", "b", "c"]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


def spaces():
    """As Gemma's: spaces are letters, bytes stand for what has no token."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(vocab_size=320, special_tokens=specials + [f"<0x{byte:02X}>" for byte in range(256)], show_progress=False),
    )
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = data["added_tokens"][:5]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", 2)])
    return tokenizer


def bert():
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "Hello", "world", "do", "n", "'", "t", "it", "s", ",", ".", "x", "e", "##e", "th", "the", "a", "b", "c", "\u6f22", "<", ">"]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


BASES = {"byte_level": byte_level(), "metaspace": metaspace(), "word_piece": word_piece(), "spaces": spaces(), "bert": bert()}


def token(content, **flags):
    fields = dict(single_word=False, lstrip=False, rstrip=False, normalized=True, special=False)
    return {"content": content, **fields, **flags}


FLAGS = {
    "0": token(END, normalized=False, special=True),
    "290": token("<ent>"),
    "291": token("<norm>", normalized=False),
    "292": token("<word>", single_word=True),
    "293": token("<left>", lstrip=True, special=True, normalized=False),
    "294": token("<right>", rstrip=True),
}
OWN = [{"id": 0, **token(END, normalized=False, special=True)}]
BOS = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": END, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {END: {"id": END, "ids": [0], "tokens": [END]}},
}
SPACED = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
BACKEND = {"tokenizer_class": "TokenizersBackend"}
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
GPT2 = {"tokenizer_class": "GPT2Tokenizer"}
LLAMA = {"tokenizer_class": "LlamaTokenizerFast"}
QWEN = {"tokenizer_class": "Qwen2Tokenizer"}
NEOX = {"tokenizer_class": "GPTNeoXTokenizer"}
GEMMA = {"tokenizer_class": "GemmaTokenizer"}
# Of files of Llama 2 and Phi-3: the space in front comes from the normalizer.
PREPENDED = {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"},
             {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]}, "pre_tokenizer": None}
# Of files of Llama 3: words of its own, and a sequence behind.
TIKTOKEN = {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
     "behavior": "Isolated", "invert": False},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]},
    "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}, BOS]}}


def case(name, base="byte_level", patch=None, config=None, model="gpt2", **files):
    beside = {"config.json": {"model_type": model}} if model else {}
    if config is not None:
        beside["tokenizer_config.json"] = config
    beside.update({key + ".json": value for key, value in files.items()})
    return {"name": name, "base": base, "patch": patch or {}, "files": beside}


CASES = [
    case("alone"),
    case("gpt2_class", config=GPT2),
    case("gpt2_fast", config={"tokenizer_class": "GPT2TokenizerFast", "add_prefix_space": True}),
    case("prefix_space", config={"add_prefix_space": True}),
    case("prefix_space_backend", config={**BACKEND, "add_prefix_space": True}),
    case("prefix_space_fast", config={**FAST, "add_prefix_space": True}),
    case("prefix_space_in_file", patch={"pre_tokenizer": SPACED}, config={"add_prefix_space": False}),
    case("prefix_space_in_file_backend", patch={"pre_tokenizer": SPACED}, config={**BACKEND, "add_prefix_space": False}),
    case("prefix_space_in_file_alone", patch={"pre_tokenizer": SPACED}),
    case("lower_case", patch={"normalizer": {"type": "Lowercase"}}),
    case("lower_case_backend", patch={"normalizer": {"type": "Lowercase"}}, config=BACKEND),
    case("llama_class_of_bytes", patch={"normalizer": {"type": "Lowercase"}}, config=LLAMA),
    case("add_bos", config={"add_bos_token": True, "add_eos_token": True, "bos_token": END, "eos_token": END}),
    case("add_bos_backend", config={**BACKEND, "add_bos_token": True, "bos_token": END}),
    case("add_bos_without_processor", patch={"post_processor": None}, config={"add_bos_token": True}),
    case("bos_in_file", patch={"post_processor": BOS}, config={"add_bos_token": False}),
    case("bos_in_file_backend", patch={"post_processor": BOS}, config={**BACKEND, "add_bos_token": False}),
    case("decoder", config={**GPT2, "added_tokens_decoder": FLAGS}),
    case("decoder_backend", config={**BACKEND, "added_tokens_decoder": FLAGS}),
    case("decoder_empty", config={"added_tokens_decoder": {}}),
    case("decoder_empty_backend", config={**BACKEND, "added_tokens_decoder": {}}),
    case("decoder_with_gaps", config={"added_tokens_decoder": {"0": FLAGS["0"], "400": token("<ent>"), "300": token("<norm>")}}),
    case("decoder_in_vocabulary", config={"added_tokens_decoder": {"0": FLAGS["0"], "257": token("he"), "258": token("the")}}),
    case("decoder_changes_flags", patch={"added_tokens": OWN + [{"id": 290, **token("<ent>")}, {"id": 291, **token("<left>")}]},
         config={**BACKEND, "added_tokens_decoder": {"0": token(END), "290": token("<ent>", rstrip=True), "291": token("<left>", lstrip=True, special=True)}}),
    case("in_file", patch={"added_tokens": OWN + [{"id": 290, **token("<word>", single_word=True)}, {"id": 291, **token("<norm>", normalized=False)}]}),
    case("in_file_backend", patch={"added_tokens": OWN + [{"id": 290, **token("<word>", single_word=True)}, {"id": 291, **token("<norm>", normalized=False)}]}, config=BACKEND),
    case("added_tokens", added_tokens={"<ent>": 290, "<norm>": 291}),
    case("added_tokens_backend", config={**BACKEND, "bos_token": "<ent>"}, added_tokens={"<ent>": 290, "<norm>": 291}),
    case("added_tokens_and_decoder", config={"added_tokens_decoder": {"0": FLAGS["0"]}}, added_tokens={"<ent>": 290}),
    case("special_map", special_tokens_map={"pad_token": "<pad>", "bos_token": token("<left>", lstrip=True)}),
    case("special_map_backend", config=BACKEND, special_tokens_map={"pad_token": "<pad>", "eos_token": token("<right>", rstrip=True)}),
    case("special_map_and_decoder", config={"added_tokens_decoder": {"0": FLAGS["0"]}}, special_tokens_map={"pad_token": "<pad>"}),
    case("special_map_additional", special_tokens_map={"additional_special_tokens": ["<ent>", "[IMG]"]}),
    case("named", config={"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}),
    case("named_backend", config={**BACKEND, "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}),
    case("named_null", config={"bos_token": None, "eos_token": None, "unk_token": None, "added_tokens_decoder": {}}),
    case("named_object", config={"bos_token": {"__type": "AddedToken", **token("<left>", lstrip=True)}}),
    case("named_of_decoder", config={"bos_token": "<ent>", "added_tokens_decoder": {"290": token("<ent>", rstrip=True)}}),
    case("additional", config={"additional_special_tokens": ["<ent>", {"__type": "AddedToken", **token("<left>", lstrip=True)}]}),
    case("extra", config={"extra_special_tokens": ["<ent>"], "additional_special_tokens": ["<norm>"]}),
    case("extra_names", config={"extra_special_tokens": {"image_token": "[IMG]"}}),
    case("token_of_model", config={**BACKEND, "image_token": "[IMG]"}),
    case("clean_up", config={**BACKEND, "clean_up_tokenization_spaces": True}),
    case("clean_up_for_bpe", config={**BACKEND, "clean_up_tokenization_spaces": True,
         "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": True}),
    case("clean_up_word_piece", base="word_piece", config={**BACKEND, "clean_up_tokenization_spaces": True}),
    case("word_piece", base="word_piece", config=BACKEND),
    case("max_length", config={"model_max_length": 2, "padding_side": "left", "truncation_side": "left"}),
    case("truncated_file", patch={"truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
         "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": END}}, config=BACKEND),
    case("llama_type", base="metaspace", model="llama"),
    case("llama", base="metaspace", model="llama", config=LLAMA),
    case("llama_legacy", base="metaspace", model="llama", config={**LLAMA, "legacy": True, "add_bos_token": False}),
    case("llama_no_prefix", base="metaspace", model="llama", config={**LLAMA, "add_prefix_space": False}),
    case("llama_backend", base="metaspace", model="llama", config={**BACKEND, "add_prefix_space": False, "add_eos_token": True}),
    case("llama_decoder", base="metaspace", model="llama",
         config={**LLAMA, "added_tokens_decoder": {"0": token("<unk>", special=True), "1": token("<s>", special=True, rstrip=True), "2": token("</s>", special=True), "320": token("<new>", lstrip=True)}}),
    case("llama_decoder_legacy", base="metaspace", model="llama",
         config={**LLAMA, "legacy": True, "added_tokens_decoder": {"1": token("<s>", special=True), "320": token("<new>")}}),
    case("llama_class_for_gpt2", base="metaspace", config=LLAMA),
    case("llama2_file", base="metaspace", model="llama", patch=PREPENDED, config=LLAMA),
    case("llama2_file_legacy", base="metaspace", model="llama", patch=PREPENDED, config={**LLAMA, "legacy": True, "add_bos_token": True, "add_eos_token": False}),
    case("phi3_file", base="metaspace", model="phi3", patch=PREPENDED, config=LLAMA),
    case("phi3_file_legacy", base="metaspace", model="phi3", patch=PREPENDED, config={**LLAMA, "legacy": False, "add_prefix_space": False}),
    case("llama3_file", model="llama", patch=TIKTOKEN, config={**FAST, "bos_token": END, "eos_token": "<|end|>"}),
    case("llama3_file_of_llama_class", model="llama", patch=TIKTOKEN, config={**LLAMA, "bos_token": END}),
    case("mistral_file", base="metaspace", model="mistral", patch=PREPENDED, config=LLAMA),
    case("qwen2", model="qwen2", config=QWEN),
    case("qwen3", model="qwen3", config={**QWEN, "add_bos_token": False, "bos_token": None, "eos_token": "<|im_end|>", "pad_token": END, "add_prefix_space": False}),
    case("qwen3_alone", model="qwen3"),
    case("qwen2_prefix", model="qwen2", config={**QWEN, "add_prefix_space": True, "added_tokens_decoder": FLAGS}),
    case("qwen2_of_llama_class", model="qwen2", patch={"post_processor": BOS}, config={**LLAMA, "add_bos_token": True, "bos_token": END}),
    case("qwen2_backend", model="qwen3", patch={"normalizer": {"type": "Lowercase"}}, config=BACKEND),
    case("qwen2_fast", model="qwen2_moe", patch={"post_processor": BOS}, config={"tokenizer_class": "Qwen2TokenizerFast"}),
    case("neox", model="gpt_neox", config=NEOX),
    case("neox_bos", model="gpt_neox", patch={"post_processor": BOS}, config={**NEOX, "add_bos_token": True, "add_eos_token": True}),
    case("neox_alone", model="gpt_neox", patch={"normalizer": {"type": "NFC"}}),
    case("neox_prefix", model="gpt_neox", config={"tokenizer_class": "GPTNeoXTokenizerFast", "add_prefix_space": True, "unk_token": None}),
    case("olmo", model="olmo", config={**NEOX, "bos_token": None, "pad_token": "<|padding|>"}),
    case("olmo2_of_gpt2_class", model="olmo2", patch={"normalizer": {"type": "Lowercase"}}, config=GPT2),
    case("gemma", base="spaces", model="gemma", config=GEMMA),
    case("gemma2", base="spaces", model="gemma2", config={**GEMMA, "add_bos_token": True, "add_eos_token": False, "additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"]}),
    case("gemma3_alone", base="spaces", model="gemma3_text"),
    case("gemma_bare", base="spaces", model="gemma", patch={"post_processor": None, "normalizer": None}, config=GEMMA),
    case("codegen", model="phi", config={"tokenizer_class": "CodeGenTokenizer"}),
    case("bloom", model="bloom", config={"tokenizer_class": "BloomTokenizerFast", "bos_token": "<s>"}),
    case("falcon", model="falcon", config=FAST),
    case("bert", base="bert", model="bert", config={"tokenizer_class": "BertTokenizer"}),
    case("bert_cased", base="bert", model="bert", config={"do_lower_case": False, "tokenize_chinese_chars": False, "strip_accents": True}),
]


def sampled(tokenizer):
    """Some ids, and those of added tokens."""
    return [*range(0, len(tokenizer), 31), *range(max(0, len(tokenizer) - 6), len(tokenizer))]


def result(each):
    data = json.loads(BASES[each["base"]].to_str())
    data.update(each["patch"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "tokenizer.json").write_text(json.dumps(data))
        for name, content in each["files"].items():
            (folder / name).write_text(json.dumps(content))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        each["class"] = type(tokenizer).__name__
        each["size"] = len(tokenizer)
        each["ids"] = [tokenizer(text)["input_ids"] for text in TEXTS]
        plain = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
        if plain != each["ids"]:
            each["plain"] = plain
        each["decoded"] = [tokenizer.decode(ids, skip_special_tokens=True) for ids in each["ids"]]
        each["tokens"] = [tokenizer.decode([i]) if not each["name"].startswith("clean_up") else "" for i in sampled(tokenizer)]
        mode = StopStringCriteria._get_stop_string_matching_mode(tokenizer)
        texts, ids = StopStringCriteria.clean_tokenizer_vocab(tokenizer, stop_string_matching_mode=mode) if each["base"] not in ("word_piece", "bert") else ([], [])
        texts = dict(zip(ids, texts))
        each["bytes"] = [
            (texts[i] if isinstance(texts[i], bytes) else texts[i].encode()).hex() for i in sampled(tokenizer) if i in texts
        ]
    return each


def main():
    logging.disable(logging.WARNING)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, tokenizer in BASES.items():
        (OUT / f"{name}.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    cases = [json.dumps(result(each), ensure_ascii=False) for each in CASES]
    (OUT / "cases.json").write_text(
        '{"texts": ' + json.dumps(TEXTS, ensure_ascii=False) + ',\n"cases": [\n' + ",\n".join(cases) + "\n]}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
