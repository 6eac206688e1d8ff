"""What differs between the embedded models: their tokenizers' first token, their architecture, the names of modules."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import corpus
from corpus import END

BEGIN = "<|begin_of_text|>"
POSITIONS = 128


@dataclass(frozen=True)
class Family:
    title: str
    tokenizer: Callable
    model: Callable
    last_block: Callable
    architecture: Callable
    in_front: str = ""
    prompts: str = "Prompts need no token in front."
    option: str = ""


def byte_pairs(vocabulary_size: int, special_tokens: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(corpus.tokenizer_text(), trainers.BpeTrainer(
        vocab_size=vocabulary_size, special_tokens=special_tokens, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    return tokenizer


def gpt2_tokenizer(vocabulary_size: int) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_pairs(vocabulary_size, [END]), bos_token=END, eos_token=END, unk_token=END,
        model_max_length=POSITIONS, clean_up_tokenization_spaces=False)


def gpt2_model(tokenizer) -> GPT2LMHeadModel:
    end = tokenizer.eos_token_id
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=len(tokenizer), n_positions=POSITIONS, n_embd=128, n_layer=4, n_head=4,
        activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=end,
        eos_token_id=end))
    with torch.no_grad():
        model.transformer.wte.weight.normal_(0.0, 0.1)
        model.transformer.wpe.weight.copy_(sinusoids(POSITIONS, 128) * 0.1)
    return model


def sinusoids(positions: int, width: int) -> torch.Tensor:
    """Starting values of the (learned) position embeddings: heads that look back one token form sooner from them."""
    angles = torch.arange(positions)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(1000.0) / width))
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)


def llama_tokenizer(vocabulary_size: int) -> PreTrainedTokenizerFast:
    """As those of Llama 3: byte-level BPE whose post-processor puts a token in front of each text."""
    tokenizer = byte_pairs(vocabulary_size, [END, BEGIN])
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(
            single=f"{BEGIN} $A", pair=f"{BEGIN} $A {BEGIN}:1 $B:1",
            special_tokens=[(BEGIN, tokenizer.token_to_id(BEGIN))])])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=BEGIN, eos_token=END, unk_token=END, add_bos_token=True,
        model_max_length=POSITIONS, clean_up_tokenization_spaces=False)


def llama_model(tokenizer) -> LlamaForCausalLM:
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=352, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=POSITIONS, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id))
    with torch.no_grad():
        model.model.embed_tokens.weight.normal_(0.1, 0.1)
        look_back(model.model.layers[0].self_attn, model.model.rotary_emb.inv_freq[:3])
    return model


def look_back(attention, frequencies: torch.Tensor) -> None:
    """Starting values of the first head: it looks back one token, from which the rest forms sooner, as with sinusoids.

    Without biases and learned positions, a head that goes by position alone needs something that all tokens share:
    here the mean of the embeddings. Key and query turn with their positions and agree most one token apart.
    """
    width, half = attention.q_proj.weight.shape[1], attention.head_dim // 2
    mean = torch.full((width,), width ** -0.5)
    key, query = torch.zeros(2 * half), torch.zeros(2 * half)
    few = torch.arange(len(frequencies))
    key[few] = 1.0
    query[few], query[few + half] = frequencies.cos(), -frequencies.sin()
    attention.k_proj.weight[:2 * half] += 0.85 * torch.outer(key, mean)
    attention.q_proj.weight[:2 * half] += 0.85 * torch.outer(query, mean)


FAMILIES = {
    "gpt2": Family(
        "GPT-2", gpt2_tokenizer, gpt2_model, lambda model: model.transformer.h[-1],
        lambda c: f"GPT-2 ({c.n_layer} layers, width {c.n_embd}, {c.n_head} heads, {c.n_positions} positions, "
                  f"`{c.activation_function}`)"),
    "llama": Family(
        "Llama", llama_tokenizer, llama_model, lambda model: model.model.layers[-1],
        lambda c: f"Llama ({c.num_hidden_layers} layers, width {c.hidden_size}, {c.num_attention_heads} query heads "
                  f"and {c.num_key_value_heads} of keys and values, MLP of {c.intermediate_size}, rotary positions, "
                  f"tied embeddings)",
        in_front=f", `{BEGIN}` in front of each text",
        prompts=f"The tokenizer puts `{BEGIN}` in front of a prompt, as\nLlama's do; without it the numbers are others.",
        option=" --family llama"),
}
