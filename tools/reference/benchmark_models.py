"""Writes the checkpoints of the benchmarks: the shapes of published models, with random weights and a made-up tokenizer.

Speed depends on shapes and types of weights, not on what they say, and so nothing has to be downloaded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

CONFIGS = {
    # GPT-2 small: 124 M parameters.
    "gpt2": lambda: GPT2Config(),
    # So small that what is not arithmetic shows: 12 layers of width 64.
    "tiny": lambda: GPT2Config(n_embd=64, n_head=4, n_layer=12, vocab_size=1000, n_positions=256,
                               bos_token_id=0, eos_token_id=0),
    # SmolLM2-135M: grouped queries, SwiGLU, rotary positions, tied unembedding.
    "llama": lambda: LlamaConfig(hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
                                 num_attention_heads=9, num_key_value_heads=3, vocab_size=49152,
                                 max_position_embeddings=2048, rope_theta=100000.0, tie_word_embeddings=True,
                                 bos_token_id=0, eos_token_id=0),
}


def tokenizer(directory: Path, size: int) -> None:
    """Bytes, and merges of pairs up to the size of the vocabulary: as large to read as a real one."""
    shown = [c for c in [*range(33, 127), *range(161, 173), *range(174, 256)]]
    letters = [chr(c) for c in shown] + [chr(256 + i) for i in range(256 - len(shown))]
    vocabulary = {letter: i for i, letter in enumerate(letters)}
    merges = []
    names = list(letters)
    state = 1
    while len(vocabulary) < size - 1:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        left = names[(state >> 33) % min(len(names), 4000)]
        right = names[(state >> 20) % 256]
        if left + right not in vocabulary:
            merges.append([left, right])
            vocabulary[left + right] = len(vocabulary)
            names.append(left + right)
    vocabulary["<|endoftext|>"] = len(vocabulary)
    file = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": len(vocabulary) - 1, "content": "<|endoftext|>", "single_word": False,
                          "lstrip": False, "rstrip": False, "normalized": True, "special": True}],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "vocab": vocabulary, "merges": merges},
    }
    (directory / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")


def write(target: Path, name: str) -> None:
    directory = target / name
    if (directory / "tokenizer.json").exists():
        return
    torch.manual_seed(7)
    config = CONFIGS[name]()
    model = (LlamaForCausalLM if name == "llama" else GPT2LMHeadModel)(config)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    model.save_pretrained(directory)
    tokenizer(directory, config.vocab_size)


if __name__ == "__main__":
    for each in CONFIGS:
        write(Path(sys.argv[1]), each)
