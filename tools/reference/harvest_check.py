"""Reads a harvest in Arrow as SAELens does, compares it with transformers, and trains on it.

    python tools/reference/harvest_check.py MODEL_DIRECTORY DATASET HOOK

DATASET is a folder that `DatasetRun...format("arrow")` wrote; HOOK is blocks.N.hook_resid_post. Prints
the largest difference, and the loss of a sparse autoencoder at the first and the last step.
"""

import logging
import re
import sys
from pathlib import Path

import datasets
import torch
from sae_lens import StandardTrainingSAE, StandardTrainingSAEConfig
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.activations_store import ActivationsStore
from sae_lens.training.sae_trainer import SAETrainer
from transformers import AutoModelForCausalLM


def differences(model_directory: str, folder: str, hook: str) -> float:
    """The largest difference from the hidden states of transformers on the same token ids."""
    model = AutoModelForCausalLM.from_pretrained(model_directory, dtype=torch.float32)
    layer = int(re.fullmatch(r"blocks\.(\d+)\.hook_resid_post", hook).group(1))
    rows = datasets.load_from_disk(folder).with_format("torch")
    largest = 0.0
    for begin in range(0, len(rows), 64):
        some = rows[begin : begin + 64]
        with torch.no_grad():
            states = model(some["token_ids"].long(), output_hidden_states=True).hidden_states
        largest = max(largest, (states[layer + 1] - some[hook]).abs().max().item())
    return largest


def train(folder: str, hook: str, steps: int = 200) -> tuple[float, float]:
    """Trains on the folder through SAELens' own store; the first and the last loss."""
    context, width = datasets.load_from_disk(folder).features[hook].shape
    batch = 64
    store = ActivationsStore(
        model=None,
        dataset=None,
        streaming=False,
        hook_name=hook,
        hook_head_index=None,
        context_size=context,
        d_in=width,
        n_batches_in_buffer=32,
        total_training_tokens=steps * batch,
        store_batch_size_prompts=8,
        train_batch_size_tokens=batch,
        prepend_bos=False,
        normalize_activations="none",
        device=torch.device("cpu"),
        dtype="float32",
        cached_activations_path=folder,
    )
    sae = StandardTrainingSAE(
        StandardTrainingSAEConfig(d_in=width, d_sae=4 * width, l1_coefficient=0.1)
    )
    losses = []
    trainer = SAETrainer(
        SAETrainerConfig(
            total_training_samples=steps * batch,
            train_batch_size_samples=batch,
            lr=1e-3,
            lr_end=1e-4,
            logger=LoggingConfig(log_to_wandb=False),
        ),
        sae,
        store.get_data_loader() if hasattr(store, "get_data_loader") else iter(store),
    )
    step = trainer._train_step

    def counted(*args, **kwargs):
        output = step(*args, **kwargs)
        losses.append(float(output.loss))
        return output

    trainer._train_step = counted
    trainer.fit()
    return losses[0], losses[-1]


def main() -> None:
    logging.disable(logging.WARNING)
    model_directory, folder, hook = sys.argv[1:]
    largest = differences(model_directory, folder, hook)
    first, last = train(str(Path(folder)), hook)
    print(f"largest difference from transformers: {largest:.2e}")
    print(f"loss of SAELens: {first:.4f} at first, {last:.4f} at last")
    if largest > 1e-4 or not last < 0.7 * first:
        sys.exit("the dataset does not hold what it should")


if __name__ == "__main__":
    main()
