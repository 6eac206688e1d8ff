"""Writes autoencoders in the files of others than SAELens, and what their own libraries compute, for the Java tests to match.

    python scope_fixtures.py --llama-scope CHECKOUT

sparsify is the package `eai-sparsify`; Gemma Scope has no library, and SAELens' loaders read its repositories (which it
finds here, not on the hub); Llama Scope is read by the library that wrote it, CHECKOUT being a clone of
https://github.com/OpenMOSS/Language-Model-SAEs at 4ec6f0aa, the commit that brought it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import types
import warnings
from pathlib import Path

os.environ["SPARSIFY_DISABLE_TRITON"] = "1"  # its other decoder needs a GPU

import numpy as np
import sae_lens
import torch
import transformers
from safetensors.torch import load_file, save_file
from sae_lens.loading import pretrained_sae_loaders as loaders
from sae_lens.saes.sae import SAE
from sparsify import SparseCoder
from sparsify.config import SparseCoderConfig

from fixture_file import Fixture
from intervention_cases import vector

TARGET = Path(__file__).resolve().parents[2] / "model-stubs/src/test/resources/fixtures/scopes"
WIDTH, FEATURES = 16, 24
FIRST = "models--google--gemma-scope-2b-pt-{}/snapshots/0"
SECOND = "models--google--gemma-scope-2-270m-pt/snapshots/0"


def numbers(seed: int, out: int = WIDTH) -> dict[str, torch.Tensor]:
    """By SAELens' names, but for the threshold."""
    return {"W_enc": vector(seed, WIDTH, FEATURES, size=0.4), "b_enc": vector(seed + 1, FEATURES, size=0.4),
            "W_dec": vector(seed + 2, FEATURES, out, size=0.4), "b_dec": vector(seed + 3, out, size=0.4)}


# sparsify and, before it, EleutherAI's sae.

@torch.no_grad()
def sparsify(folder: Path, x: torch.Tensor) -> list[tuple[Path, torch.Tensor, torch.Tensor, str]]:
    results = []
    for seed, (name, keys) in enumerate({
            "topk/layers.1": {"k": 4, "num_latents": FEATURES},
            "groupmax/layers.1.mlp": {"k": 6, "num_latents": FEATURES, "activation": "groupmax", "multi_topk": True},
            "transcoder/layers.0.mlp": {"k": 5, "num_latents": FEATURES, "transcode": True, "normalize_decoder": False},
            "skip/layers.1.mlp": {"k": 5, "num_latents": FEATURES, "transcode": True, "skip_connection": True},
            "signed/h.1": {"k": 5, "num_latents": FEATURES}}.items()):
        coder = SparseCoder(WIDTH, SparseCoderConfig(**keys))
        for at, (key, weight) in enumerate(sorted(coder.named_parameters())):
            weight.copy_(vector(500 + 10 * seed + at, *weight.shape, size=0.2 if key == "W_skip" else 0.4))
        path = folder / "sparsify" / name
        coder.save_to_disk(path)
        source = "sparsify 1.3.3: SparseCoder.load_from_disk, encode and decode"
        if name.startswith("signed"):  # as its version 1.1 wrote it, whose encode is these three lines
            config = json.loads((path / "cfg.json").read_text()) | {"signed": True, "expansion_factor": 32}
            del config["activation"], config["transcode"]
            (path / "cfg.json").write_text(json.dumps(config))
            pre = coder.encoder(x - coder.b_dec)
            best = pre.abs().topk(keys["k"], dim=-1).indices
            features = torch.zeros_like(pre).scatter_(-1, best, pre.gather(-1, best))
            results.append((path, features, features @ coder.W_dec + coder.b_dec, "the encode of sparsify 1.1"))
            continue
        loaded = SparseCoder.load_from_disk(path)
        acts, indices, _ = loaded.encode(x[0])
        features = torch.zeros(x.shape[1], FEATURES).scatter_(-1, indices, acts)
        rebuilt = loaded.decode(acts, indices)
        if loaded.W_skip is not None:
            rebuilt = rebuilt + x[0] @ loaded.W_skip.T
        if not loaded.cfg.multi_topk:  # of which forward, but not encode, gives four times k, for the loss
            torch.testing.assert_close(loaded(x[0]).sae_out, rebuilt)
        results.append((path, features[None], rebuilt[None], source))
    return results


# Gemma Scope: no library of its own, so those of SAELens, which look for files of a repository on the hub.

def of_repository(root: Path):
    def download(repo_id=None, filename=None, subfolder=None, **more):
        path = root / (f"{subfolder}/{filename}" if subfolder else filename)
        if not path.exists():
            raise loaders.EntryNotFoundError(f"no {path}")
        return str(path)
    return download


@torch.no_grad()
def by_saelens(loader, repository: str, root: Path, folder: str, x: torch.Tensor, **overrides):
    loaders.hf_hub_download = of_repository(root)
    loaders.get_safetensors_tensor_shapes = lambda repo, name: {
        key: list(tensor.shape) for key, tensor in load_file(root / name).items()}
    config, weights, _ = loader(repository, folder, cfg_overrides={"d_in": WIDTH, "d_sae": FEATURES} | overrides)
    sae = SAE.from_dict(loaders.handle_config_defaulting(config))
    sae.process_state_dict_for_loading(weights)
    sae.load_state_dict({key: weight.float() for key, weight in weights.items()})
    if sae.cfg.reshape_activations == "hook_z":
        x = x.reshape(*x.shape[:-1], 4, WIDTH // 4)
    features, rebuilt = sae.encode(x), sae(x)
    return features, rebuilt.reshape(*features.shape[:-1], -1)


def gemma(folder: Path, x: torch.Tensor):
    results = []
    for seed, (kind, place) in enumerate({"res": "layer_1/width_16k/average_l0_71", "att": "layer_0/width_16k/average_l0_71",
                                          "mlp": "layer_1/width_65k/average_l0_9", "transcoders": "layer_1/width_16k/average_l0_6",
                                          "res ": "embedding/width_4k/average_l0_6"}.items()):
        root = folder / "gemma-scope" / FIRST.format(kind.strip())
        (root / place).mkdir(parents=True)
        tensors = numbers(600 + 10 * seed) | {"threshold": vector(604 + 10 * seed, FEATURES, size=0.4).abs()}
        arrays = {key: tensor.numpy() for key, tensor in tensors.items()}
        if kind == "mlp":  # as it looks when a matrix was transposed before, and compressed
            arrays["W_enc"] = np.asfortranarray(arrays["W_enc"])
            np.savez_compressed(root / place / "params.npz", **arrays)
        else:
            np.savez(root / place / "params.npz", **arrays)
        transcoder = kind == "transcoders"
        loader = loaders.gemma_2_transcoder_huggingface_loader if transcoder else loaders.gemma_2_sae_huggingface_loader
        more = {"d_out": WIDTH} if transcoder else {}
        repository = f"google/gemma-scope-2b-pt-{kind.strip()}"
        features, rebuilt = by_saelens(loader, repository, root, place, x, **more)
        results.append((root / place, features, rebuilt, f"SAELens' {loader.__name__}"))
    for seed, (place, config) in enumerate({
            "resid_post/layer_1_width_16k_l0_small": {
                "hf_hook_point_in": "model.layers.1.output", "hf_hook_point_out": "model.layers.1.output",
                "width": FEATURES, "model_name": "gemma-v3-270m-pt", "architecture": "jump_relu", "l0": 10,
                "affine_connection": False, "type": "sae"},
            "transcoder_all/layer_1_width_16k_l0_small_affine": {
                "hf_hook_point_in": "model.layers.1.pre_feedforward_layernorm.output",
                "hf_hook_point_out": "model.layers.1.post_feedforward_layernorm.output",
                "width": FEATURES, "model_name": "gemma-v3-270m-pt", "architecture": "jump_relu", "l0": 10,
                "affine_connection": True, "type": "transcoder"},
            "attn_out_all/layer_0_width_16k_l0_big": None, "transcoder/layer_0_width_16k_l0_big": None}.items()):
        root = folder / "gemma-scope" / SECOND
        (root / place).mkdir(parents=True)
        tensors = {key[0].lower() + key[1:]: tensor for key, tensor in numbers(700 + 10 * seed).items()}
        tensors["threshold"] = vector(704 + 10 * seed, FEATURES, size=0.4).abs()
        if place.endswith("affine"):
            tensors["affine_skip_connection"] = vector(705 + 10 * seed, WIDTH, WIDTH, size=0.2)
        save_file(tensors, root / place / "params.safetensors")
        if config is not None:
            (root / place / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        loader = loaders.gemma_3_sae_huggingface_loader
        features, rebuilt = by_saelens(loader, "google/gemma-scope-2-270m-pt", root, place, x)
        results.append((root / place, features, rebuilt, f"SAELens' {loader.__name__}"))
    return results


# Llama Scope.

LLAMA_SCOPE = {
    "device": "cpu", "seed": 42, "dtype": "torch.float32", "use_decoder_bias": True,
    "apply_decoder_bias_to_pre_encoder": False, "expansion_factor": 32, "d_model": WIDTH, "d_sae": FEATURES,
    "bias_init_method": "all_zero", "act_fn": "jumprelu", "norm_activation": "dataset-wise",
    "decoder_exactly_fixed_norm": False, "sparsity_include_decoder_norm": True, "use_glu_encoder": False,
    "init_decoder_norm": 0.5, "init_encoder_norm": None, "init_encoder_with_decoder_transpose": True, "lp": 1,
    "l1_coefficient": 8e-05, "l1_coefficient_warmup_steps": 78125, "top_k": 5, "k_warmup_steps": 78125,
    "use_batch_norm_mse": True, "use_ghost_grads": False, "tp_size": 1, "ddp_size": 1}


def llama_scope_library(checkout: Path):
    """Its two modules of the encoder, without what they import for training."""
    package = types.ModuleType("lm_saes")
    package.__path__ = [str(checkout / "src/lm_saes")]
    sys.modules["lm_saes"] = package
    store = types.ModuleType("lm_saes.activation.activation_store")
    store.ActivationStore = object
    sys.modules["lm_saes.activation"] = types.ModuleType("lm_saes.activation")
    sys.modules["lm_saes.activation.activation_store"] = store
    from lm_saes.sae import SparseAutoEncoder
    return SparseAutoEncoder


@torch.no_grad()
def llama(folder: Path, x: torch.Tensor, checkout: Path):
    library = llama_scope_library(checkout)
    results = []
    for seed, (name, keys) in enumerate({
            "Llama3_1-8B-Base-L1R-8x": {
                "hook_point_in": "blocks.1.hook_resid_post", "hook_point_out": "blocks.1.hook_resid_post",
                "jump_relu_threshold": 0.25, "dataset_average_activation_norm": {"in": 6.3125, "out": 6.3125}},
            "Llama3_1-8B-Base-L1TC-8x": {
                "hook_point_in": "blocks.1.ln2.hook_normalized", "hook_point_out": "blocks.1.hook_mlp_out",
                "jump_relu_threshold": 0.104, "dataset_average_activation_norm": {"in": 4.0, "out": 3.390625}},
            "relu-centred": {
                "hook_point_in": "blocks.0.hook_resid_post", "hook_point_out": "blocks.0.hook_resid_post",
                "act_fn": "relu", "jump_relu_threshold": 0.0, "norm_activation": "inference",
                "apply_decoder_bias_to_pre_encoder": True, "sparsity_include_decoder_norm": False,
                "dataset_average_activation_norm": None},
            "topk-as-jumprelu": {
                "hook_point_in": "blocks.0.hook_resid_post", "hook_point_out": "blocks.0.hook_resid_post",
                "act_fn": "topk", "jump_relu_threshold": 0.3,
                "dataset_average_activation_norm": {"in": 5.5, "out": 5.5}},
            "topk": {
                "hook_point_in": "blocks.0.hook_resid_post", "hook_point_out": "blocks.0.hook_resid_post",
                "act_fn": "topk", "jump_relu_threshold": 0.0, "sparsity_include_decoder_norm": False,
                "norm_activation": "inference", "use_decoder_bias": False,
                "dataset_average_activation_norm": None}}.items()):
        path = folder / "llama-scope" / name
        (path / "checkpoints").mkdir(parents=True)
        config = LLAMA_SCOPE | keys
        (path / "hyperparams.json").write_text(json.dumps(config, indent=2) + "\n")
        own = numbers(800 + 10 * seed)
        tensors = {"encoder.weight": own["W_enc"].T, "encoder.bias": own["b_enc"], "decoder.weight": own["W_dec"].T}
        if config["use_decoder_bias"]:
            tensors["decoder.bias"] = own["b_dec"]
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path / "checkpoints/final.safetensors")
        sae = library.from_pretrained(str(path))
        if config["act_fn"] == "topk" and config["jump_relu_threshold"] > 0:
            # It makes the function before it decides to have another one.
            sae.activation_function = sae.activation_function_factory(sae.cfg)
        results.append((path, sae.encode(x), sae(x), "OpenMOSS Language-Model-SAEs 4ec6f0aa: from_pretrained"))
    return results


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--target", type=Path, default=TARGET)
    arguments.add_argument("--llama-scope", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    shutil.rmtree(options.target, ignore_errors=True)
    fixture = Fixture(options.target, sae_lens=sae_lens.__version__, sparsify="1.3.3")
    x = vector(599, 1, 5, WIDTH)
    for path, features, rebuilt, source in [*sparsify(options.target, x), *gemma(options.target, x),
                                            *llama(options.target, x, options.llama_scope)]:
        active = (features != 0).sum(-1)
        assert (active > 0).all() and (active < FEATURES).any(), path
        folder = path.relative_to(options.target).as_posix()
        fixture.add(folder, "autoencoder", {"features": features, "rebuilt": rebuilt}, folder=folder,
                    active=active[0].tolist(), source=source)
    fixture.tensors["input"] = x
    fixture.write()
    for file in options.target.rglob("*"):
        if file.is_file():
            file.chmod(0o644)
    size = sum(file.stat().st_size for file in options.target.rglob("*") if file.is_file())
    print(f"{len(fixture.cases)} cases, {size:,} bytes")


if __name__ == "__main__":
    main()
