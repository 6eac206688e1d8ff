"""Writes sparse autoencoders as all versions of SAELens wrote them, and what SAELens computes, for the Java tests to match.

    python autoencoder_fixtures.py

Each folder is loaded by SAELens' own loader, which knows the files of its older versions. What it no longer computes
(`tanh-relu`, `finetuning_scaling_factor`) is computed by its encode and decode around the one line that is gone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import warnings
from pathlib import Path

import sae_lens
import torch
import transformers
from safetensors.torch import load_file, save_file
from sae_lens import SAE
from sae_lens.saes.abstopk_sae import AbsTopKSAE, AbsTopKSAEConfig
from sae_lens.saes.matryoshka_batchtopk_sae import MatryoshkaBatchTopKTrainingSAE, MatryoshkaBatchTopKTrainingSAEConfig
from sae_lens.saes.transcoder import (JumpReLUSkipTranscoder, JumpReLUSkipTranscoderConfig, JumpReLUTranscoder,
                                      JumpReLUTranscoderConfig, SkipTranscoder, SkipTranscoderConfig, Transcoder,
                                      TranscoderConfig)

from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from fixture_file import Fixture
from intervention_cases import EIFFEL, EMBEDDED, EVERY, MARY, close, margin, vector

TARGET = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures/autoencoders"
MODULES = TARGET.parent / "interventions/modules"
WIDTH, FEATURES, OUT = 16, 24, 12
SIX = {"max_new_tokens": 6, "min_new_tokens": 6, "eos_token_id": 0, "pad_token_id": 0}

# As SAELens 3 to 5 wrote it.
OLD = {"architecture": "standard", "d_in": WIDTH, "d_sae": FEATURES, "activation_fn_str": "relu", "activation_fn_kwargs": {},
       "apply_b_dec_to_input": True, "finetuning_scaling_factor": False, "context_size": 128, "model_name": "gpt2-small",
       "hook_name": "blocks.1.hook_resid_pre", "hook_layer": 1, "hook_head_index": None, "prepend_bos": True,
       "dataset_path": "Skylion007/openwebtext", "dataset_trust_remote_code": True, "normalize_activations": "none",
       "dtype": "torch.float32", "device": "cpu", "sae_lens_training_version": "3.20.0", "model_from_pretrained_kwargs": {},
       "neuronpedia_id": None, "seqpos_slice": [None]}
# As its first versions did: the whole training.
OLDEST = {"model_name": "gpt2-small", "hook_point": "blocks.1.hook_resid_pre", "hook_point_layer": 1,
          "hook_point_head_index": None, "dataset_path": "Skylion007/openwebtext", "is_dataset_tokenized": False,
          "context_size": 128, "use_cached_activations": False, "cached_activations_path": "activations", "d_in": WIDTH,
          "n_batches_in_buffer": 128, "total_training_tokens": 300000000, "store_batch_size": 32, "device": "cpu",
          "seed": 42, "dtype": "torch.float32", "b_dec_init_method": "geometric_median", "expansion_factor": 2,
          "from_pretrained_path": None, "l1_coefficient": 8e-05, "lp_norm": 1, "lr": 0.0004, "lr_scheduler_name": None,
          "lr_warm_up_steps": 5000, "train_batch_size": 4096, "use_ghost_grads": False, "feature_sampling_window": 1000,
          "dead_feature_window": 5000, "dead_feature_threshold": 1e-06, "log_to_wandb": True, "wandb_project": "mats",
          "wandb_entity": None, "wandb_log_frequency": 100, "n_checkpoints": 10, "checkpoint_path": "checkpoints/x",
          "d_sae": FEATURES, "tokens_per_buffer": 67108864, "run_name": "24-L1-8e-05"}

OLD_FILES: dict[str, dict] = {
    "old-relu": {},
    "old-topk": {"activation_fn_str": "topk", "activation_fn_kwargs": {"k": 5}, "normalize_activations": False},
    "old-topk-named": {"architecture": "topk", "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 3},
                       "apply_b_dec_to_input": False},
    "old-tanh": {"activation_fn_str": "tanh-relu"},
    "old-gated": {"architecture": "gated"},
    "old-jumprelu": {"architecture": "jumprelu", "apply_b_dec_to_input": False, "normalize_activations": None},
    "old-finetuned": {"finetuning_scaling_factor": True},
    "old-gated-finetuned": {"architecture": "gated", "finetuning_scaling_factor": True},
    "old-factors-of-one": {"finetuning_scaling_factor": False},
    "old-factors-of-one-said": {"finetuning_scaling_factor": True},
    "old-constant-norm": {"normalize_activations": "constant_norm_rescale"},
    "old-layer-norm": {"normalize_activations": "layer_norm", "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 4}},
    "old-heads": {"hook_name": "blocks.1.attn.hook_z", "sae_lens_version": "5.10.7", "hook_head_index": 2},
}


def filled(sae):
    """Numbers that make some features of each position active, some not."""
    with torch.no_grad():
        for seed, (name, weight) in enumerate(sorted(sae.state_dict().items())):
            size = {"threshold": 0.4, "W_skip": 0.2, "r_mag": 0.3, "topk_threshold": 0.0}.get(name, 0.4)
            weight.copy_(vector(300 + seed, *weight.shape, size=size).abs() if name == "threshold" else
                         vector(300 + seed, *weight.shape, size=size))
        if hasattr(sae, "topk_threshold"):
            sae.topk_threshold.fill_(0.35)
    return sae


def new_ones(folder: Path) -> None:
    """Files of today, by SAELens' own writer."""
    sizes = {"d_in": WIDTH, "d_sae": FEATURES}
    wide = sizes | {"d_out": OUT, "apply_b_dec_to_input": False}
    trained = sizes | {"k": 4, "decoder_init_norm": None}
    for name, sae in (
            ("new-standard", sae_lens.StandardSAE(sae_lens.StandardSAEConfig(**sizes, normalize_activations="layer_norm"))),
            ("new-gated", sae_lens.GatedSAE(sae_lens.GatedSAEConfig(**sizes, normalize_activations="constant_norm_rescale"))),
            ("new-jumprelu", sae_lens.JumpReLUSAE(sae_lens.JumpReLUSAEConfig(**sizes, apply_b_dec_to_input=False))),
            ("new-topk-rescaled", sae_lens.TopKSAE(sae_lens.TopKSAEConfig(**sizes, k=5, rescale_acts_by_decoder_norm=True))),
            ("new-abstopk", AbsTopKSAE(AbsTopKSAEConfig(**sizes, k=5))),
            ("transcoder", Transcoder(TranscoderConfig(**wide, normalize_activations="layer_norm"))),
            ("skip-transcoder", SkipTranscoder(SkipTranscoderConfig(**wide))),
            ("jumprelu-transcoder", JumpReLUTranscoder(JumpReLUTranscoderConfig(**wide))),
            ("jumprelu-skip-transcoder", JumpReLUSkipTranscoder(JumpReLUSkipTranscoderConfig(**wide))),
            ("batchtopk-training", sae_lens.BatchTopKTrainingSAE(sae_lens.BatchTopKTrainingSAEConfig(**trained))),
            ("matryoshka-training", MatryoshkaBatchTopKTrainingSAE(MatryoshkaBatchTopKTrainingSAEConfig(
                **trained, matryoshka_widths=[8, FEATURES], rescale_acts_by_decoder_norm=True)))):
        filled(sae).save_model(folder / name)
        if name.endswith("training"):  # what SAELens gives out of such a file for inference
            sae.save_inference_model(folder / name.replace("training", "inference"))


def old_ones(folder: Path) -> None:
    weights = {kind: filled(sae).state_dict() for kind, sae in (
        ("standard", sae_lens.StandardSAE(sae_lens.StandardSAEConfig(d_in=WIDTH, d_sae=FEATURES))),
        ("gated", sae_lens.GatedSAE(sae_lens.GatedSAEConfig(d_in=WIDTH, d_sae=FEATURES))),
        ("jumprelu", sae_lens.JumpReLUSAE(sae_lens.JumpReLUSAEConfig(d_in=WIDTH, d_sae=FEATURES))))}
    for name, changed in OLD_FILES.items():
        tensors = dict(weights.get(changed.get("architecture", ""), weights["standard"]))
        if name.endswith("finetuned"):
            tensors["scaling_factor"] = 1 + vector(400, FEATURES, size=0.3)
        elif "of-one" in name:
            tensors["scaling_factor"] = torch.ones(FEATURES)
        write(folder / name, OLD | changed, tensors)
    write(folder / "oldest", OLDEST, weights["standard"])
    write(folder / "oldest-normed", OLDEST | {"normalize_activations": False, "architecture": "standard"}, weights["standard"])


def write(folder: Path, config: dict, tensors: dict[str, torch.Tensor]) -> None:
    folder.mkdir(parents=True)
    (folder / "cfg.json").write_text(json.dumps(config))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "sae_weights.safetensors")


@torch.no_grad()
def computed(folder: Path, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, str]:
    name, config = folder.name, json.loads((folder / "cfg.json").read_text())
    if name.endswith("training"):
        return *computed(folder.with_name(name.replace("training", "inference")), x)[:2], "its save_inference_model"
    source, loaded = "its SAE.load_from_disk", folder
    factor = load_file(folder / "sae_weights.safetensors").get("scaling_factor")
    if name.endswith("finetuned"):
        loaded = folder.with_name("without-factor")
        tensors = load_file(folder / "sae_weights.safetensors")
        write(loaded, config, {key: value for key, value in tensors.items() if key != "scaling_factor"})
        source += ", features times the factors, decode"
    sae = SAE.load_from_disk(loaded)
    if loaded != folder:
        shutil.rmtree(loaded)
    if name == "old-tanh":
        sae.activation_fn = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh())
        source += ", tanh of relu as its function"
    if config.get("hook_name", "").endswith("hook_z"):
        features = sae.encode(x.reshape(*x.shape[:-1], 4, WIDTH // 4))
        return features, sae.decode(features).reshape(x.shape), source + ", given heads apart"
    features = sae.encode(x)
    rebuilt = sae.decode(features * factor if name.endswith("finetuned") else features)
    if not name.endswith("finetuned"):
        if "skip" not in name:
            close(rebuilt, sae(x))
        rebuilt = sae(x)
    return features, rebuilt, source


@torch.no_grad()
def add_spliced(fixture: Fixture) -> None:
    """An autoencoder in the place of a layer's output, at every step of generation."""
    model = GPT2LMHeadModel.from_pretrained(EMBEDDED, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(EMBEDDED)
    probe = load_file(MODULES / "probe.safetensors")
    for kind in ("relu", "topk", "jumprelu"):
        sae = SAE.load_from_disk(MODULES / f"sae-{kind}")
        for what, text in (("eiffel", EIFFEL), ("mary", MARY)):
            ids, features, scores = tokenizer.encode(text), [], []

            def splice(module, inputs, output):
                features.append(sae.encode(output[:, -1])[0])
                scores.append(output[0, -1] @ probe["weight"].T + probe["bias"])
                return sae(output)
            handle = model.transformer.h[1].register_forward_hook(splice)
            out = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                                 do_sample=False, return_dict_in_generate=True, output_logits=True, **SIX)
            handle.remove()
            logits = torch.stack(out.logits)[:, 0]
            assert margin(logits) > 1e-3, f"{kind}: a decision hangs by a hair"
            fixture.add(f"spliced-{kind}-{what}", "spliced", {
                "logits_every_8": logits[:, ::EVERY], "features": torch.stack(features), "scores": torch.stack(scores)},
                inputs=[ids], texts=[text], folder=f"../interventions/modules/sae-{kind}", options=SIX,
                generated=[out.sequences[0, len(ids):].tolist()], source=f"sae-lens {sae_lens.__version__} in a torch hook")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--target", type=Path, default=TARGET)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    shutil.rmtree(options.target, ignore_errors=True)
    fixture = Fixture(options.target, sae_lens=sae_lens.__version__)
    new_ones(options.target)
    old_ones(options.target)
    x = vector(299, 1, 5, WIDTH)
    seen = []
    for folder in sorted(options.target.iterdir()):
        (folder / "sae_weights.safetensors").chmod(0o644)
        config = json.loads((folder / "cfg.json").read_text())
        # SAELens writes some of them in the order of a set.
        (folder / "cfg.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        features, rebuilt, source = computed(folder, x)
        active = (features != 0).sum(-1)
        assert (active > 0).all() and (active < FEATURES).any(), folder
        seen.append(features)
        fixture.add(folder.name, "autoencoder", {"features": features, "rebuilt": rebuilt}, folder=folder.name,
                    active=active[0].tolist(), source=f"sae-lens {sae_lens.__version__}: {source}")
    add_spliced(fixture)
    fixture.tensors["input"] = x
    fixture.write()
    (options.target / "expected.safetensors").chmod(0o644)
    size = sum(file.stat().st_size for file in options.target.rglob("*") if file.is_file())
    print(f"{len(fixture.cases)} cases, {size:,} bytes")


if __name__ == "__main__":
    main()
