"""The Python side of the benchmarks: the same work as in the module benchmarks, on the same checkpoints, ids and threads.

Reads one request a line, {"row": ..., "seconds": ..., "most": ...}, and answers each by a line with the seconds of
every run, and with what the runs gave, so that both sides can be seen to do the same. `versions` is a row of its own.
A sample times `times` is what the row means: a row that is too long runs in part, decoding is told by token.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
warnings.filterwarnings("ignore")

import torch  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402

MODELS = Path(sys.argv[1])
THREADS = int(sys.argv[2])
DECODED = 48
VOCABULARY = {"gpt2": 50257, "tiny": 1000, "llama": 49152}


def ids(model: str, tokens: int, row: int = 0) -> list[int]:
    """As Inputs.ids in Java."""
    return [(37 * i + 11 + 101 * row) % (VOCABULARY[model] - 1) + 1 for i in range(tokens)]


@functools.cache
def opened(model: str):
    return AutoModelForCausalLM.from_pretrained(MODELS / model, dtype=torch.float32).eval()


@functools.cache
def traced(model: str):
    from nnsight import LanguageModel

    return LanguageModel(opened(model), tokenizer=tokenizer(model))


def tokenizer(model: str):
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_file=str(MODELS / model / "tokenizer.json"), pad_token="<|endoftext|>")


def forward(model: str, tokens: int):
    network, given = opened(model), torch.tensor([ids(model, tokens)])

    def run():
        with torch.inference_mode():
            return network(given, use_cache=False).logits
    return run, lambda logits: float(logits[0, -1, 5])


def decode(model: str, rows: int, tokens: int, prompt: int = 16):
    network = opened(model)
    given = torch.tensor([ids(model, prompt, row) for row in range(rows)])
    mask = torch.ones_like(given)

    def run():
        with torch.inference_mode():
            return network.generate(given, attention_mask=mask, do_sample=False, max_new_tokens=tokens,
                                    min_new_tokens=tokens, pad_token_id=0)
    return run, lambda made: made[-1, prompt:].tolist()


def lens(model: str, tokens: int):
    """The logit lens of nnsight's documentation: each block's output through the last norm and the unembedding."""
    network, given = traced(model), torch.tensor([ids(model, tokens)])

    def run():
        found = []
        with torch.no_grad(), network.trace(given):
            for block in network.transformer.h:
                output = block.output
                hidden = output[0] if isinstance(output, tuple) else output
                logits = network.lm_head(network.transformer.ln_f(hidden))
                best = torch.softmax(logits, dim=-1).max(dim=-1)
                found.append((best.values.save(), best.indices.save()))
        return found
    return run, lambda found: float(found[-1][0].flatten()[-1])


def trace(model: str):
    """One saved value, recorded each time."""
    network, given = traced(model), torch.tensor([ids(model, 16)])

    def run():
        with torch.no_grad(), network.trace(given):
            output = network.transformer.h[6].output
            hidden = (output[0] if isinstance(output, tuple) else output).save()
        return hidden
    return run, lambda hidden: float(hidden.flatten()[5])


SWEEP_ROWS, SWEEP_TOKENS, SWEEP_FROM, LAYERS = 8, 15, 10, 12
CELLS = [(layer, position) for layer in range(LAYERS) for position in range(SWEEP_TOKENS)]
EVERY = 12


def pairs():
    """Clean and corrupted prompts that differ from one position on; as Inputs.pairs in Java."""
    clean = [ids("gpt2", SWEEP_TOKENS, row) for row in range(SWEEP_ROWS)]
    corrupted = [row[:SWEEP_FROM] + [token % 50000 + 100 for token in row[SWEEP_FROM:]] for row in clean]
    return torch.tensor(clean), torch.tensor(corrupted)


def score(logits):
    return (logits[:, -1, 100] - logits[:, -1, 200]).mean()


def sweep_nnsight():
    """The loop of nnsight's documentation, one trace for each cell; every 12th cell stands for all."""
    network = traced("gpt2")
    clean, corrupted = pairs()

    def run():
        sources, found = [], []
        with torch.no_grad():
            with network.trace(clean):
                for block in network.transformer.h:
                    output = block.output
                    sources.append((output[0] if isinstance(output, tuple) else output).save())
            for layer, position in CELLS[EVERY - 1::EVERY]:
                with network.trace(corrupted):
                    output = network.transformer.h[layer].output
                    hidden = output[0] if isinstance(output, tuple) else output
                    hidden[:, position, :] = sources[layer][:, position, :]
                    found.append(score(network.lm_head.output).save())
        return found
    return run, lambda found: float(found[-1])


def sweep_transformer_lens():
    import pandas
    from transformer_lens import HookedTransformer, HookedTransformerConfig, patching
    from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights

    config = HookedTransformerConfig(
        n_layers=12, d_model=768, n_ctx=1024, d_head=64, n_heads=12, d_vocab=50257, act_fn="gelu_new",
        normalization_type="LN", eps=1e-5)
    network = HookedTransformer(config)
    network.load_state_dict(convert_gpt2_weights(opened("gpt2"), config), strict=False)
    clean, corrupted = pairs()
    cells = pandas.DataFrame(CELLS[EVERY - 1::EVERY], columns=["layer", "pos"])

    def run():
        with torch.no_grad():
            _, cache = network.run_with_cache(clean, names_filter=lambda name: name.endswith("hook_resid_post"))
            return patching.generic_activation_patch(
                network, corrupted, cache, score, patching.layer_pos_patch_setter, "resid_post", index_df=cells)
    return run, lambda found: float(found.flatten()[-1])


def bandwidth():
    """Reading half a gigabyte: a decoder must read its weights for each token."""
    numbers = torch.ones(128 * 2**20)
    return lambda: numbers.sum(), lambda total: int(total)


def first_token():
    """A new process: imports, opens the 124 M checkpoint, reads a text, gives one token."""
    program = Path(__file__).with_name("benchmark_first_token.py")

    def run():
        return subprocess.run([sys.executable, program, MODELS / "gpt2", str(THREADS)], check=True,
                              capture_output=True, text=True).stdout
    return run, str.strip


ROWS = {
    **{f"forward-{model}-{tokens}": (forward, model, tokens)
       for model in ("gpt2", "llama", "tiny") for tokens in (16, 64, 128)},
    **{f"decode-{model}": (decode, model, 1, DECODED) for model in ("gpt2", "llama", "tiny")},
    "batch-gpt2": (decode, "gpt2", 16, 32),
    "lens-gpt2": (lens, "gpt2", 16),
    "lens-tiny": (lens, "tiny", 16),
    "trace-tiny": (trace, "tiny"),
    "sweep-nnsight": (sweep_nnsight,),
    "sweep-transformer-lens": (sweep_transformer_lens,),
    "bandwidth": (bandwidth,),
    "first-token": (first_token,),
}
LONG = ("sweep-nnsight", "sweep-transformer-lens", "first-token")
TIMES = {
    "sweep-nnsight": EVERY,
    "sweep-transformer-lens": EVERY,
    **{f"decode-{model}": 1 / DECODED for model in VOCABULARY},
}


@functools.cache
def prepared(row: str):
    make, *arguments = ROWS[row]
    return make(*arguments)


def versions() -> dict:
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "nnsight", "transformer-lens")}


def measure(row: str, seconds: float, most: int) -> dict:
    run, shown = prepared(row)
    for _ in range(0 if row in LONG else 3):
        run()
    samples = []
    end = time.perf_counter() + seconds
    result = None
    while not samples or (time.perf_counter() < end and len(samples) < most):
        begin = time.perf_counter()
        result = run()
        samples.append(time.perf_counter() - begin)
    return {"row": row, "samples": samples, "times": TIMES.get(row, 1), "gave": shown(result)}


def main() -> None:
    torch.set_num_threads(THREADS)
    for line in sys.stdin:
        request = json.loads(line)
        answer = versions() if request["row"] == "versions" else measure(
            request["row"], request["seconds"], request["most"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
