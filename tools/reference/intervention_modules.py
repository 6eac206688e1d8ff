"""Lasting edits and trained parts that are put into the model: a probe, sparse autoencoders, LoRA pairs."""

from __future__ import annotations

import json
from pathlib import Path

import peft
import sae_lens
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import GPT2LMHeadModel

from fixture_file import Fixture
from intervention_cases import BOTH, EIFFEL, EMBEDDED, EVERY, FIVE, FRANCE, MARY, Reference, close, margin, vector
from intervention_language import plain_run

WIDTH = 128


def add_lasting(fixture: Fixture, ref: Reference) -> None:
    """One edit made once, then several runs: nnsight's `edit`, and the free model afterwards."""
    steering = vector(51, WIDTH, size=2.0)
    for name, edit, change in (
            ("steering", {"site": "transformer.h.2.output", "op": "add", "tensor": "vector"},
             lambda lm: lm.transformer.h[2].output.add_(steering)),
            ("zeroed-head", {"site": "transformer.h.1.attn.z", "op": "zero", "heads": [3]},
             lambda lm: lm.transformer.h[1].attn.c_proj.input[..., 96:].zero_())):
        lm, caught = ref.lm, {}
        with lm.edit() as (_, lasting):
            change(lasting)
        saved, runs = ({"vector": steering} if "tensor" in edit else {}), []
        for n, text in enumerate((EIFFEL, FRANCE, MARY)):
            ids = ref.ids(text)
            with torch.no_grad(), lasting.trace(torch.tensor([ids])):
                caught["edited"] = lasting.lm_head.output[0, -1].clone()
            with torch.no_grad(), lm.trace(torch.tensor([ids])):
                caught["free"] = lm.lm_head.output[0, -1].clone()
            logits = plain_run(ref.model, ids, [edit], tensors={"vector": steering})[1][0]
            close(caught["edited"], logits)
            close(caught["free"], plain_run(ref.model, ids)[1][0])
            assert (caught["free"] - logits).abs().max() > 1e-2
            saved |= {f"run.{n}/logits_every_8": logits[::EVERY]}
            runs.append({"inputs": [ids], "texts": [text], "top_id": int(logits.argmax())})
        _, logits, generated = plain_run(ref.model, ref.ids(EIFFEL), [edit], tensors={"vector": steering}, options=FIVE)
        assert margin(logits) > 1e-3
        runs.append({"inputs": [ref.ids(EIFFEL)], "texts": [EIFFEL], "options": FIVE, "generated": [generated]})
        fixture.add(f"lasting-{name}", "lasting_edit", saved, edits=[edit], runs=runs, source=BOTH)


def add_probe(fixture: Fixture, ref: Reference) -> None:
    probe = torch.nn.Linear(WIDTH, 3)
    with torch.no_grad():
        probe.weight.copy_(vector(52, 3, WIDTH, size=0.1))
        probe.bias.copy_(vector(53, 3))
    save_file(probe.state_dict(), fixture.folder / "probe.safetensors")
    (fixture.folder / "probe.safetensors").chmod(0o644)
    for name, text in (("eiffel", EIFFEL), ("mary", MARY)):
        ids, caught, lm = ref.ids(text), {}, ref.lm
        with torch.no_grad(), lm.trace(torch.tensor([ids])):
            caught["scores"] = probe(lm.transformer.h[2].output)[0].clone()
        hidden = plain_run(ref.model, ids, reads=[{"site": "transformer.h.2.output"}])[0][0][0]
        close(caught["scores"], hidden @ probe.weight.T.detach() + probe.bias.detach())
        fixture.add(f"probe-{name}", "probe", {"scores": caught["scores"]}, inputs=[ids], texts=[text],
                    site="transformer.h.2.output", file="probe.safetensors", source=BOTH)


def autoencoders() -> dict[str, sae_lens.SAE]:
    metadata = sae_lens.saes.sae.SAEMetadata(model_name="embedded", hook_name="transformer.h.1.output")
    made = {"relu": sae_lens.StandardSAE(sae_lens.StandardSAEConfig(d_in=WIDTH, d_sae=256, metadata=metadata)),
            "topk": sae_lens.TopKSAE(sae_lens.TopKSAEConfig(d_in=WIDTH, d_sae=64, k=8, metadata=metadata)),
            "jumprelu": sae_lens.JumpReLUSAE(sae_lens.JumpReLUSAEConfig(d_in=WIDTH, d_sae=64, metadata=metadata))}
    for seed, sae in enumerate(made.values()):
        size = sae.cfg.d_sae
        base = torch.linalg.qr(vector(60 + seed, WIDTH, WIDTH)).Q
        encoder = torch.cat([base, -base], dim=1)[:, :size] + vector(63 + seed, WIDTH, size, size=0.01)
        with torch.no_grad():
            sae.W_enc.copy_(encoder)
            sae.W_dec.copy_(encoder.T)
            sae.b_enc.copy_(vector(66 + seed, size, size=0.1))
            sae.b_enc[7] += 6.0  # a feature that is active, so that zeroing it shows
            sae.b_dec.copy_(vector(69 + seed, WIDTH, size=0.1))
            if hasattr(sae, "threshold"):
                sae.threshold.copy_(vector(72, size).abs() * 0.5)
    return made


def by_hand(kind: str, sae, x: torch.Tensor) -> torch.Tensor:
    """The features as the formulas say."""
    before = (x - sae.b_dec) @ sae.W_enc + sae.b_enc
    if kind == "topk":
        best = before.topk(sae.cfg.k)
        return torch.zeros_like(before).scatter(-1, best.indices, best.values.relu())
    return before.relu() * (before > sae.threshold) if kind == "jumprelu" else before.relu()


def write_autoencoder(folder: Path, sae) -> None:
    sae.save_model(folder)
    config = json.loads((folder / "cfg.json").read_text())
    (folder / "cfg.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "sae_weights.safetensors").chmod(0o644)


@torch.no_grad()
def add_autoencoders(fixture: Fixture, ref: Reference) -> None:
    site, lm = "transformer.h.1.output", ref.lm
    for kind, sae in autoencoders().items():
        write_autoencoder(fixture.folder / f"sae-{kind}", sae)
        for name, text in (("eiffel", EIFFEL), ("mary", MARY)):
            ids, caught = ref.ids(text), {}
            x = plain_run(ref.model, ids, reads=[{"site": site}])[0][0][0]
            features = sae.encode(x[None])[0]
            close(features, by_hand(kind, sae, x))
            without = features.clone()
            without[:, 7] = 0
            assert (features[-1, 7] > 0).all() and 0 < (features == 0).sum()
            rebuilt, less = sae.decode(features[None])[0], sae.decode(without[None])[0]
            saved = {"features_last": features[-1], "active_per_position": (features > 0).sum(-1), "rebuilt": rebuilt}
            written = {"replaced": rebuilt, "feature_7_zeroed": less, "feature_7_zeroed_keeping_error": x - rebuilt + less}
            tops = {}
            for way, value in written.items():
                logits = plain_run(ref.model, ids, [{"site": site, "op": "set", "tensor": "v"}], tensors={"v": value})[1][0]
                saved[f"{way}/logits_every_8"], tops[way] = logits[::EVERY], int(logits.argmax())
            with lm.trace(torch.tensor([ids])):
                lm.transformer.h[1].output = sae(lm.transformer.h[1].output)
                caught["replaced"] = lm.lm_head.output[0, -1].clone()
            with lm.trace(torch.tensor([ids])):
                acts = sae.encode(lm.transformer.h[1].output)
                acts[:, :, 7] = 0
                lm.transformer.h[1].output = sae.decode(acts)
                caught["feature_7_zeroed"] = lm.lm_head.output[0, -1].clone()
            for way, logits in caught.items():
                close(logits[::EVERY], saved[f"{way}/logits_every_8"])
            assert (saved["replaced/logits_every_8"] - saved["feature_7_zeroed/logits_every_8"]).abs().max() > 1e-2
            fixture.add(f"sae-{kind}-{name}", "sae", saved, inputs=[ids], texts=[text], site=site, folder=f"sae-{kind}",
                        feature=7, top_ids=tops, source=f"{BOTH}; autoencoder by sae-lens {sae_lens.__version__}")


def add_adapters(fixture: Fixture, ref: Reference) -> None:
    """LoRA as PEFT computes, saves and loads it."""
    targets = {"c_fc": (["transformer.h.2.mlp.c_fc"], {}), "c_attn": (["transformer.h.1.attn.c_attn"], {}),
               "both": (["transformer.h.2.mlp.c_fc", "transformer.h.1.attn.c_attn"], {"use_rslora": True})}
    for number, (name, (modules, more)) in enumerate(targets.items()):
        base = GPT2LMHeadModel.from_pretrained(EMBEDDED, dtype=torch.float32, attn_implementation="eager").eval()
        config = LoraConfig(r=4, lora_alpha=8, target_modules=modules, fan_in_fan_out=True, lora_dropout=0.0,
                            bias="none", task_type="CAUSAL_LM", **more)
        model = get_peft_model(base, config).eval()
        with torch.no_grad():
            for seed, (key, weight) in enumerate((k, w) for k, w in model.named_parameters() if "lora_" in k):
                weight.copy_(vector(80 + 10 * number + seed, *weight.shape, size=0.15))
        folder = fixture.folder / f"lora-{name}"
        model.peft_config["default"].base_model_name_or_path = "embedded"
        model.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        written = json.loads((folder / "adapter_config.json").read_text())
        written["target_modules"] = sorted(written["target_modules"])  # PEFT keeps a set, in any order
        (folder / "adapter_config.json").write_text(json.dumps(written, indent=2) + "\n")
        for file in folder.iterdir():
            file.chmod(0o644)
        pairs = load_file(folder / "adapter_model.safetensors")
        scaling = 8 / 4 ** 0.5 if more else 8 / 4
        for what, text in (("eiffel", EIFFEL), ("mary", MARY)):
            ids, caught, lm = ref.ids(text), {}, ref.lm
            with torch.no_grad():
                logits = model(torch.tensor([ids])).logits[0, -1]
            with torch.no_grad(), lm.trace(torch.tensor([ids])):
                for path in sorted(modules):
                    layer = lm.transformer.h[int(path.split(".")[2])]
                    module = layer.mlp.c_fc if path.endswith("c_fc") else layer.attn.c_attn
                    a, b = (pairs[f"base_model.model.{path}.lora_{x}.weight"] for x in "AB")
                    added = module.input @ a.T @ b.T * scaling
                    module.output = module.output + added
                caught["logits"] = lm.lm_head.output[0, -1].clone()
            close(caught["logits"], logits)
            assert (plain_run(ref.model, ids)[1][0] - logits).abs().max() > 1e-2
            saved = {"logits_every_8": logits[::EVERY]}
            fixture.add(f"lora-{name}-{what}", "lora", saved, inputs=[ids], texts=[text], folder=f"lora-{name}",
                        target_modules=modules, scaling=scaling, top_id=int(logits.argmax()),
                        source=f"peft {peft.__version__}; nnsight adding input @ A^T @ B^T * scaling agrees")


def add_modules(fixture: Fixture, ref: Reference) -> None:
    fixture.folder.mkdir(parents=True, exist_ok=True)
    for add in (add_lasting, add_probe, add_autoencoders, add_adapters):
        add(fixture, ref)
