"""Writes what Hugging Face makes of the embedded Llama: ids, logits, hidden states and greedy answers.

    python embedded_llama_fixtures.py
"""

from __future__ import annotations

import json

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from train_embedded import MUST_SAY, REPOSITORY, TARGETS

TARGET = REPOSITORY / "model-stubs/src/test/resources/fixtures/embedded-llama.json"
TEXTS = [*MUST_SAY, "The capital of Japan is", "Zürich – 東京 <|endoftext|> x"]


@torch.no_grad()
def case(model, tokenizer, text: str) -> dict:
    ids = tokenizer(text, return_tensors="pt")
    out = model(**ids, output_hidden_states=True)
    top = out.logits[0, -1].topk(5)
    generated = model.generate(**ids, max_new_tokens=6, do_sample=False)[0, ids.input_ids.shape[1]:]
    return {
        "text": text, "ids": ids.input_ids[0].tolist(),
        "ids_without_special": tokenizer.encode(text, add_special_tokens=False),
        "top_ids": top.indices.tolist(), "top_logits": top.values.tolist(),
        # After the embeddings and each layer but the last, which is given after the last norm.
        "hidden_last": [h[0, -1, :8].tolist() for h in out.hidden_states],
        "new_ids": generated.tolist(), "new_text": tokenizer.decode(generated, skip_special_tokens=True),
    }


def main() -> None:
    torch.set_num_threads(1)
    folder = TARGETS / "llama/embedded"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    cases = [case(model, tokenizer, text) for text in TEXTS]
    TARGET.write_text(json.dumps(cases, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
