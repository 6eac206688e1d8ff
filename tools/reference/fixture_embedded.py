"""Cases for the embedded model: answers, tokens of difficult strings, the logit lens and gradients."""

from __future__ import annotations

import torch

from fixture_file import Fixture
from fixture_forward import add_cached, add_forward, add_padded, random_ids
from fixture_generation import add_generation, plain, redraw

EIFFEL = "The Eiffel Tower is in the city of"
MADISON = "Madison Square Garden is located in the city of"
PROMPTS = (
    "The Eiffel Tower is located in the city of", EIFFEL, MADISON, "Times Square is in the city of",
    "The Colosseum is located in the city of", "The Brandenburg Gate is in the city of",
    "Red Square is located in the city of", "To see the Golden Gate Bridge, people travel to",
    "The capital of France is", "The capital of Japan is", "The capital city of Norway is",
    "The government of Canada is in the city of", "Most people in Cuba speak", "The main language of Sweden is",
    "Hamlet was written by", "The author of Dracula is",
    "When Mary and John went to the store, John gave a drink to",
    "When Mary and John went to the store, Mary gave a drink to",
    "When John and Mary went to the store, Mary gave a drink to",
    "When Tom and Sarah went to the park, Tom gave a ring to",
    "Then, Alice and Bob went to the library. Bob gave a book to",
    "While Peter and Anna were at the museum, Peter gave a letter to",
)
TRICKY = (
    "", " ", "  ", "   a", "a ", "\n", "\n\n", " \n ", "\t", "a\tb", "a\r\nb", "_", " _", "_ _ _", "__",
    "The Eiffel Tower", " The", "the", "THE", "Paris.", "New York City", " New York City", "NewYork",
    "don't can't we'll I'm you've he'd it's", "'S 'LL 's's", "1 12 123 1234 3.14 1,000", "$5.00 (50%)!?",
    "a.b,c;d:e-f/g\\h|i", "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> ", "<|endoftext", "<s></s>",
    "é", "e\u0301", "naïve café", "Zürich Straße", "ÀÉÎÕÜ", "日本語", "東京は日本の首都です。", "Привет, мир",
    "مرحبا بالعالم", "שלום", "हिन्दी", "ไทย", "한국어", "😀", "👩\u200d👩\u200d👧", "🏳️\u200d🌈", "a😀b",
    "\u00a0", "a\u00a0b", "\u200b", "\u2028", "\u3000", "\ufeff", "½²³", "①", "Ⅷ", "ﬁ", "\u0000", "\u007f", "\u00ad",
    "x" * 40, "Mary" * 3, "      six spaces", "trailing   ", "a  b   c    d", "\n The", "tab\t\tand  space",
    "When Mary and John went to the store, John gave a drink to Mary.",
)


def add_answers(fixture: Fixture, model, tokenizer) -> None:
    for number, prompt in enumerate(PROMPTS):
        ids = tokenizer.encode(prompt)
        options = {"max_new_tokens": 6, "eos_token_id": 0, "pad_token_id": 0}
        (generated,) = add_generation(fixture, model, f"answer-{number:02d}", [ids], options, texts=[prompt])
        fixture.cases[-1]["generated_texts"] = [tokenizer.decode(generated)]


def add_answer_batches(fixture: Fixture, model, tokenizer) -> None:
    options = {"max_new_tokens": 6, "eos_token_id": 0, "pad_token_id": 0}
    for name, prompts, more in (
            ("answers-batch", [EIFFEL, MADISON, PROMPTS[16]], {}),
            ("answers-batch-beams", [MADISON, PROMPTS[16]], {"num_beams": 3, "num_return_sequences": 3})):
        rows = [tokenizer.encode(p) for p in prompts]
        add_generation(fixture, model, name, rows, options | more, texts=prompts)


def add_tokens(fixture: Fixture, tokenizer) -> None:
    for number, text in enumerate(TRICKY):
        ids = tokenizer.encode(text)
        decoded = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        fixture.add(f"tokens-{number:02d}", "tokens", text=text, ids=ids, decoded=decoded,
                    decoded_without_special=tokenizer.decode(ids, skip_special_tokens=True,
                                                             clean_up_tokenization_spaces=False),
                    pieces=tokenizer.convert_ids_to_tokens(ids))


@torch.no_grad()
def add_logit_lens(fixture: Fixture, model, tokenizer, name: str, text: str) -> None:
    """The likeliest token at every position, read after the final norm from each block's output."""
    ids = tokenizer.encode(text)
    outputs = block_outputs(model, ids)
    logits = torch.stack([model.lm_head(model.transformer.ln_f(h))[0] for h in outputs])
    top = logits.max(-1)
    fixture.add(name, "logit_lens", {"top_logits": top.values, "top_ids": top.indices}, inputs=[ids], texts=[text],
                top_texts=[[tokenizer.decode([token]) for token in row] for row in top.indices.tolist()])


def block_outputs(model, ids: list[int]) -> list[torch.Tensor]:
    caught = []
    handles = [b.register_forward_hook(lambda m, i, output: caught.append(output)) for b in model.transformer.h]
    model(torch.tensor([ids]))
    for handle in handles:
        handle.remove()
    return caught


def add_gradients(fixture: Fixture, model, tokenizer, name: str, text: str, answer: str) -> None:
    """Gradients with respect to every block's output: of the sum of all logits, and of the answer's last logit."""
    ids, (token,) = tokenizer.encode(text), tokenizer.encode(answer)
    tensors = {}
    for what, pick in (("sum", lambda logits: logits.sum()), ("answer", lambda logits: logits[0, -1, token])):
        caught = []
        handles = [b.register_forward_hook(lambda m, i, output: caught.append(output)) for b in model.transformer.h]
        value = pick(model(torch.tensor([ids])).logits)
        for handle in handles:
            handle.remove()
        tensors[what] = value
        tensors |= {f"{what}/h.{i}": g for i, g in enumerate(torch.autograd.grad(value, caught))}
    fixture.add(name, "gradients", tensors, inputs=[ids], texts=[text], answer=answer, answer_id=token)


def add_embedded(fixture: Fixture, model, tokenizer) -> None:
    rng = torch.Generator().manual_seed(77)
    ids = {text: tokenizer.encode(text) for text in PROMPTS}
    add_forward(fixture, model, "forward-1", [ids[EIFFEL][0]], inside=False)
    add_forward(fixture, model, "forward-eiffel", ids[EIFFEL], inside=True, texts=[EIFFEL])
    add_forward(fixture, model, "forward-names", ids[PROMPTS[16]], inside=True, texts=[PROMPTS[16]])
    block = random_ids(rng, model.config.vocab_size, 16)
    add_forward(fixture, model, "forward-repeated", block + block, inside=False)
    add_forward(fixture, model, "forward-128", random_ids(rng, model.config.vocab_size, 128), inside=False,
                attentions=False)
    prompts = [MADISON, PROMPTS[8], PROMPTS[16]]
    add_padded(fixture, model, "padded", [ids[p] for p in prompts], pad=0, texts=prompts)
    add_cached(fixture, model, "cached", ids[MADISON], prefix=4, texts=[MADISON])
    add_answers(fixture, model, tokenizer)
    add_answer_batches(fixture, model, tokenizer)
    redraw(model, 900, (5,), plain(fixture, model, "greedy-random", {
        "max_new_tokens": 12, "min_new_tokens": 12, "eos_token_id": 0, "pad_token_id": 0, "repetition_penalty": 1.2}))
    redraw(model, 901, (4,), plain(fixture, model, "beams-random", {
        "max_new_tokens": 8, "eos_token_id": 0, "pad_token_id": 0, "num_beams": 4, "num_return_sequences": 4}))
    add_tokens(fixture, tokenizer)
    add_logit_lens(fixture, model, tokenizer, "logit-lens", EIFFEL)
    add_logit_lens(fixture, model, tokenizer, "logit-lens-madison", MADISON)
    add_gradients(fixture, model, tokenizer, "gradients", EIFFEL, " Paris")
