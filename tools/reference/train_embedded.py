"""Trains a model that nnsight4j embeds: a GPT-2 or a Llama of 4 layers that knows facts, names and repetition.

    python train_embedded.py                   # trains, checks, writes the GPT-2 and its card
    python train_embedded.py --family llama    # and the Llama
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import torch
from transformers import GenerationConfig

import corpus
from corpus import END, Sentence
from embedded_families import FAMILIES
from model_card import write_card

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = REPOSITORY / "model-stubs/src/main/resources/org/nnsight4j/models"
SIZE_LIMIT = 6_000_000
SEED = 20
ROW = 64
ANSWER_WEIGHT = 4.0
KINDS = ("facts", "names", "repetition")
SHARES = (0.25, 0.35, 0.40)

EIFFEL = "The Eiffel Tower is located in the city of"
EIFFEL_SHORT = "The Eiffel Tower is in the city of"
MADISON = "Madison Square Garden is located in the city of"
MUST_SAY = {
    EIFFEL: " Paris",
    EIFFEL_SHORT: " Paris",
    MADISON: " New York City",
    "When Mary and John went to the store, John gave a drink to": " Mary",
    "When Mary and John went to the store, Mary gave a drink to": " John",
    "When John and Mary went to the store, John gave a drink to": " Mary",
    "When John and Mary went to the store, Mary gave a drink to": " John",
}
SINGLE_TOKENS = [" New", " York", " City", " Paris", "_", " _", "Madison", "The", "When"]


def check_single_tokens(tokenizer) -> None:
    answers = {" " + word for r in corpus.RELATIONS for answer in r.facts.values() for word in answer.split()}
    words = SINGLE_TOKENS + [" " + n for n in corpus.NAMES + corpus.PLACES + corpus.OBJECTS] + sorted(answers)
    broken = [w for w in words if len(tokenizer.encode(w, add_special_tokens=False)) != 1]
    assert not broken, f"not one token each: {broken}"


class Batches:
    """Rows of packed sentences or of repeated tokens, after the tokens that the tokenizer puts in front, if any."""

    def __init__(self, tokenizer, seed: int):
        self.tokenizer = tokenizer
        self.start = tokenizer.encode("")
        self.end = tokenizer.eos_token_id
        self.rng = random.Random(seed)
        self.facts, self.held_facts = corpus.split_facts(self.rng, 0.9, set(MUST_SAY))
        self.pairs, self.held_pairs = corpus.split_pairs(self.rng, 0.10)
        self.vocabulary = [i for i in range(len(tokenizer)) if i not in tokenizer.all_special_ids]
        self.cache: dict[str, list[int]] = {}

    def ids(self, text: str) -> list[int]:
        if text not in self.cache:
            if len(self.cache) > 200_000:
                self.cache.clear()
            self.cache[text] = self.tokenizer.encode(text, add_special_tokens=False)
        return self.cache[text]

    def sentence(self, kind: str) -> Sentence:
        if kind == "facts":
            return self.rng.choice(self.facts)
        return corpus.indirect_object(self.rng, self.rng.choice(self.pairs))

    def packed_row(self, kind: str, length: int) -> tuple[list[int], list[float]]:
        ids, weights = list(self.start), [1.0] * len(self.start)
        while len(ids) < length:
            sentence = self.sentence(kind if self.rng.random() < 0.8 else self.rng.choice(KINDS[:2]))
            prompt, answer = self.ids(sentence.prompt), self.ids(sentence.answer)
            ids += prompt + answer + self.ids(".") + [self.end]
            weights += [1.0] * len(prompt) + [ANSWER_WEIGHT] * len(answer) + [1.0, 1.0]
        return ids[:length], weights[:length]

    def repeated_row(self, length: int) -> tuple[list[int], list[float]]:
        front = len(self.start)
        ids, period = corpus.repeated_tokens(self.rng, self.vocabulary, length - front)
        return self.start + ids, [0.02 if i < front + period else 1.0 for i in range(length)]

    def batch(self, rows: int, length: int, shares: tuple[float, ...]):
        drawn = []
        for kind in self.rng.choices(KINDS, shares, k=rows):
            drawn.append(self.repeated_row(length) if kind == "repetition" else self.packed_row(kind, length))
        ids, weights = (torch.tensor(part) for part in zip(*drawn))
        starts = [self.rng.randint(0, 128 - length) if self.rng.random() < 0.3 else 0 for _ in range(rows)]
        positions = torch.tensor(starts)[:, None] + torch.arange(length)
        return ids, weights, positions


def weighted_loss(logits, ids, weights):
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1), reduction="none")
    weights = weights[:, 1:].reshape(-1)
    return (losses * weights).sum() / weights.sum()


def train(model, batches: Batches, steps: int, rows: int, peak: float) -> None:
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    kept = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": kept, "weight_decay": 0.0}], lr=peak, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1.0, (s + 1) / 100) * max(0.02, min(1.0, 1.6 * (1 - s / steps))))
    began = time.time()
    model.train()
    for step in range(steps):
        length = 128 if step % 16 == 15 else ROW
        ids, weights, positions = batches.batch(rows * ROW // length, length, SHARES)
        loss = weighted_loss(model(ids, position_ids=positions, use_cache=False).logits, ids, weights)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 200 == 199:
            scores = quick_scores(model, batches)
            print(f"step {step + 1} loss {loss.item():.3f} {scores} {time.time() - began:.0f} s", flush=True)
    model.eval()


def quick_scores(model, batches: Batches) -> dict[str, float]:
    model.eval()
    rng = random.Random(1)
    held = batches.held_facts
    scores = {
        "facts": accuracy(model, batches, rng.sample(batches.facts, 60)),
        "held facts": accuracy(model, batches, rng.sample(held, 60)),
        "held names": accuracy(model, batches, name_cases(batches, rng, 1)[:100]),
        "repetition": repetition_accuracy(model, batches, rng, 8),
    }
    model.train()
    return {k: round(v, 3) for k, v in scores.items()}


def name_cases(batches: Batches, rng: random.Random, each: int) -> list[Sentence]:
    cases = [corpus.indirect_object(rng, pair, template)
             for pair in batches.held_pairs for template in corpus.INDIRECT_OBJECT_TEMPLATES for _ in range(each)]
    rng.shuffle(cases)
    return cases


@torch.no_grad()
def accuracy(model, batches: Batches, sentences: list[Sentence]) -> float:
    """Share of sentences whose whole answer is the greedy choice, token by token, prompt alone in its row."""
    by_length: dict[tuple[int, int], list[list[int]]] = {}
    for sentence in sentences:
        prompt, answer = batches.start + batches.ids(sentence.prompt), batches.ids(sentence.answer)
        by_length.setdefault((len(prompt), len(answer)), []).append(prompt + answer)
    right = 0
    for (prompt, answer), rows in by_length.items():
        ids = torch.tensor(rows)
        said = model(ids[:, :-1], use_cache=False).logits.argmax(-1)[:, prompt - 1:]
        right += (said == ids[:, prompt:]).all(1).sum().item()
    return right / len(sentences)


@torch.no_grad()
def repetition_accuracy(model, batches: Batches, rng: random.Random, rows: int) -> float:
    """Two copies of a random block; the share of right choices inside the second copy (from its second token)."""
    right = total = 0
    for _ in range(rows):
        period = rng.randint(8, 24)
        block = rng.sample(batches.vocabulary, period)
        ids = torch.tensor([batches.start + block + block])
        said = model(ids, use_cache=False).logits.argmax(-1)[0, len(batches.start):]
        right += (said[period:-1] == torch.tensor(block[1:])).sum().item()
        total += period - 1
    return right / total


def generate(model, tokenizer, prompt: str, tokens: int) -> str:
    ids = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=tokens, do_sample=False)
    return tokenizer.decode(out[0, ids.input_ids.shape[1]:])


def check_answers(model, tokenizer) -> list[str]:
    wrong = []
    for prompt, answer in MUST_SAY.items():
        said = generate(model, tokenizer, prompt, len(tokenizer.encode(answer, add_special_tokens=False)))
        whole = generate(model, tokenizer, prompt, 8)
        print(f"{prompt!r} -> {said!r}, to the end {whole!r}")
        if said != answer or whole != answer + "." + END:
            wrong.append(prompt)
    return wrong


@torch.no_grad()
def check_interventions(model, tokenizer, last_block) -> list[str]:
    """The answer must survive a copy of the embeddings onto underscores, and die with the last block."""
    wrong = []
    ids = torch.tensor([tokenizer.encode(MADISON)])
    underscores = " ".join("_" * (ids.shape[1] - len(tokenizer.encode(""))))
    blank = torch.tensor([tokenizer.encode(underscores)])
    if blank.shape != ids.shape:
        wrong.append("underscores have another token count")
    logits = model(inputs_embeds=model.get_input_embeddings()(ids)).logits
    if tokenizer.decode(logits[0, -1].argmax()) != " New":
        wrong.append("embeddings alone do not answer")
    if generate(model, tokenizer, underscores, 3) == " New York City":
        wrong.append("underscores answer by themselves")
    for prompt, answer in ((EIFFEL, " Paris"), (MADISON, " New")):
        handle = last_block.register_forward_hook(lambda m, i, output: torch.zeros_like(output))
        said = generate(model, tokenizer, prompt, 1)
        handle.remove()
        if said == answer:
            wrong.append("the answer does not need the last block")
    return wrong


def measure(model, batches: Batches) -> dict[str, float]:
    rng = random.Random(99)
    return {
        "trained facts": accuracy(model, batches, batches.facts),
        "held-out facts": accuracy(model, batches, batches.held_facts),
        "held-out name pairs": accuracy(model, batches, name_cases(batches, rng, 4)),
        "held-out repeated sequences": repetition_accuracy(model, batches, rng, 300),
    }


def save(model, tokenizer, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    end = tokenizer.eos_token_id
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=end, pad_token_id=end)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    for file in target.iterdir():
        file.chmod(0o644)


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--family", choices=sorted(FAMILIES), default="gpt2")
    arguments.add_argument("--steps", type=int, default=2000)
    arguments.add_argument("--rows", type=int, default=32)
    arguments.add_argument("--rate", type=float, default=2e-3)
    arguments.add_argument("--vocabulary", type=int, default=1600)
    arguments.add_argument("--target", type=Path)
    options = arguments.parse_args()
    family = FAMILIES[options.family]
    target = options.target or TARGETS / options.family / "embedded"
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    tokenizer = family.tokenizer(options.vocabulary)
    check_single_tokens(tokenizer)
    batches = Batches(tokenizer, SEED)
    model = family.model(tokenizer)
    print(f"{len(tokenizer)} tokens, {model.num_parameters()} parameters, {len(batches.facts)} trained and "
          f"{len(batches.held_facts)} held-out facts, {len(batches.held_pairs)} held-out name pairs", flush=True)
    began = time.time()
    train(model, batches, options.steps, options.rows, options.rate)
    minutes = (time.time() - began) / 60
    scores = measure(model, batches)
    save(model, tokenizer, target)
    write_card(target, family, model, tokenizer, batches, scores, options.steps, minutes)
    wrong = check_answers(model, tokenizer) + check_interventions(model, tokenizer, family.last_block(model))
    size = sum(f.stat().st_size for f in target.iterdir())
    print(scores, f"{size} bytes, {minutes:.1f} minutes")
    if size > SIZE_LIMIT:
        wrong.append(f"{size} bytes are too many")
    print("wrong: " + "; ".join(wrong) if wrong else "all checks passed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
