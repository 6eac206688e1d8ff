"""Masked language models: their configurations, where they have their modules, and what happens in their attention."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import BertTokenizer

from fixture_file import Fixture
from fixture_forward import heads

BERT = dict(model_type="bert", architectures=["BertForMaskedLM"], vocab_size=31, hidden_size=16, intermediate_size=12,
            num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=32, pad_token_id=None)

CONFIGS = {
    "bert/usual": (BERT, "saved"),
    "bert/untied": (BERT | dict(
        hidden_size=12, num_attention_heads=3, hidden_act="gelu_new", layer_norm_eps=1e-3, type_vocab_size=3,
        tie_word_embeddings=False), "as is"),
    # Names of the oldest files, what was trained beside, and the decoder's matrix and bias once more.
    "bert/old-twice": (BERT | dict(
        num_attention_heads=2, hidden_act="relu", position_embedding_type="absolute"), "as is", "oldest"),
}


def is_encoder(name: str) -> bool:
    return name.startswith("bert/")


def oldest(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As the first files of BERT were."""
    weights = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): weight
               for name, weight in weights.items()}
    tokens = weights["bert.embeddings.word_embeddings.weight"]
    width = tokens.shape[1]
    return weights | {
        "bert.embeddings.position_ids": torch.arange(32)[None],
        "bert.pooler.dense.weight": torch.ones(width, width), "bert.pooler.dense.bias": torch.ones(width),
        "cls.seq_relationship.weight": torch.ones(2, width), "cls.seq_relationship.bias": torch.ones(2),
        "cls.predictions.decoder.weight": tokens.clone(),
        "cls.predictions.decoder.bias": weights["cls.predictions.bias"].clone()}


def add_inner_values(model, seen: dict, entered: dict, scored: list[torch.Tensor], length: int) -> None:
    """What has no module: heads, scores, patterns and mixed values of each layer."""
    count = model.config.num_attention_heads
    for layer in range(model.config.num_hidden_layers):
        attention = f"bert.encoder.layer.{layer}.attention"
        path = f"{attention}.self"
        q, k, v = (heads(seen[f"{path}.{name}.output"], count) for name in ("query", "key", "value"))
        scores = q @ k.transpose(-1, -2) * model.get_submodule(path).scaling
        assert torch.allclose(scores, scored[layer], atol=1e-5)
        pattern = seen.pop(f"{path}.output.1")
        seen.pop(f"{attention}.output.1")
        assert torch.allclose(scores.softmax(-1), pattern, atol=1e-5)
        z = heads(seen[f"{path}.output.0"], count)
        assert torch.allclose(pattern @ v, z, atol=1e-5)
        inner = {"q": q, "k": k, "v": v, "scores": scored[layer], "pattern": pattern, "z": z}
        seen |= {f"{path}.{name}": value for name, value in inner.items()}


@torch.no_grad()
def applied(model, ids: list[int]):
    """Modules on the embeddings, as if they were the stream there."""
    embedded = model.bert.embeddings(torch.tensor([ids]))
    layer = model.bert.encoder.layer[1]
    return {"bert.encoder.layer.1": layer(embedded), "bert.encoder.layer.1.attention": layer.attention(embedded)[0],
            "bert.encoder.layer.1.intermediate": layer.intermediate(embedded), "cls": model.cls(embedded)}, "bert.embeddings"


# 31 tokens.
WORDS = ("[PAD] [UNK] [CLS] [SEP] [MASK] the a cat dog sat ran on in mat house big small red ##s ##ed and it was . , ? he "
         "she is not where").split()
TEXTS = ["the cat sat on the [MASK].", "a big dog [MASK] in the house", "cats"]
PAIRS = [("the cat sat.", "it was [MASK]"), ("where is the small red dog?", "in the [MASK] house."), ("he ran", "she")]


@torch.no_grad()
def add_texts(fixture: Fixture, folder: Path, model) -> None:
    """Texts and pairs of them, read by the tokenizer as users of transformers call it, with padding on the right."""
    assert len(WORDS) == model.config.vocab_size
    tokenizer = BertTokenizer(vocab={word: place for place, word in enumerate(WORDS)})
    tokenizer.save_pretrained(folder)
    for name, given in (("texts", (TEXTS,)), ("pairs", tuple(map(list, zip(*PAIRS))))):
        read = tokenizer(*given, padding=True, return_tensors="pt")
        logits = model(**read).logits
        lengths = read["attention_mask"].sum(-1).tolist()
        tensors = {f"row.{r}/logits": logits[r, :length] for r, length in enumerate(lengths)}
        best = []
        for r, length in enumerate(lengths):
            for place in (read["input_ids"][r] == tokenizer.mask_token_id).nonzero().flatten().tolist():
                top = logits[r, place].softmax(-1).topk(3)
                best.append(dict(row=r, place=place, ids=top.indices.tolist(), probabilities=top.values.tolist()))
        fixture.add(name, name, tensors, texts=[list(row) if name == "pairs" else row
                                                for row in (PAIRS if name == "pairs" else TEXTS)],
                    ids=[read["input_ids"][r, :length].tolist() for r, length in enumerate(lengths)],
                    types=[read["token_type_ids"][r, :length].tolist() for r, length in enumerate(lengths)], best=best)
