"""What torch's own counter counts of the embedded model: the numbers in PriceTest, of products of matrices alone."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM

MODEL = Path(__file__).parents[2] / "model-stubs/src/main/resources/org/nnsight4j/models/gpt2/embedded"


def count(run) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def main() -> None:
    model = AutoModelForCausalLM.from_pretrained(MODEL, attn_implementation="eager").eval()
    two_rows = torch.arange(20).reshape(2, 10)
    mask = torch.ones_like(two_rows)
    with torch.no_grad():
        for cache in (True, False):
            options = {"max_new_tokens": 20, "min_new_tokens": 20, "do_sample": False, "pad_token_id": 0}
            print("20 new tokens, cache", cache,
                  count(lambda: model.generate(two_rows, attention_mask=mask, use_cache=cache, **options)))
        print("128 positions", count(lambda: model(torch.arange(128).reshape(1, 128))))
    print("and back", count(lambda: model(two_rows).logits.sum().backward()))


if __name__ == "__main__":
    main()
