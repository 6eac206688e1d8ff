"""One process of the benchmark of starting: opens a checkpoint, reads a text, prints the next token."""

import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: E402

torch.set_num_threads(int(sys.argv[2]))
tokenizer = PreTrainedTokenizerFast(tokenizer_file=sys.argv[1] + "/tokenizer.json")
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
given = torch.tensor([tokenizer.encode("The Eiffel Tower is in the city of")])
with torch.inference_mode():
    made = model.generate(given, attention_mask=torch.ones_like(given), do_sample=False, max_new_tokens=1, pad_token_id=0)
print(int(made[0, -1]))
