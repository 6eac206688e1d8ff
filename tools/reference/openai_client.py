"""Points OpenAI's official Python client at a server and records what it sends and gets.

    python openai_client.py http://127.0.0.1:8080 KEY server/src/test/resources/org/nnsight4j/server/openai-client.json

The server has the model 'chat': the embedded GPT-2 with the chat template of OpenAiClientTest, which replays the
requests. Needs the package 'openai' (3.57.0 when it was recorded) beside those of requirements.txt.
"""

import json
import math
import sys

import httpx2
import openai
from openai import OpenAI

MODEL = "chat"
WIDTH = 128
MESSAGES = [
    {"role": "system", "content": "You are a guide."},
    {"role": "user", "content": "Where is the Eiffel Tower?"},
]


def main(address, key, file):
    recorded = []

    def sent(request):
        recorded.append(
            {
                "path": request.url.path,
                "headers": {
                    name: value
                    for name, value in request.headers.items()
                    if name in ("accept", "content-type", "accept-encoding")
                },
                "body": json.loads(request.content or b"{}"),
            }
        )

    client = OpenAI(
        base_url=address + "/v1",
        api_key=key,
        max_retries=0,
        http_client=httpx2.Client(event_hooks={"request": [sent]}),
    )

    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).object == "model"
    recorded.clear()

    chat = client.chat.completions.create(model=MODEL, messages=MESSAGES, temperature=0, max_tokens=8)
    assert chat.object == "chat.completion" and len(chat.choices) == 1
    assert chat.choices[0].message.role == "assistant"
    assert chat.choices[0].finish_reason == "length"
    assert chat.usage.completion_tokens == 8
    assert chat.usage.total_tokens == chat.usage.prompt_tokens + 8
    recorded[-1]["content"] = chat.choices[0].message.content

    pieces = list(
        client.chat.completions.create(
            model=MODEL,
            messages=MESSAGES,
            temperature=0,
            max_completion_tokens=8,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert pieces[0].choices[0].delta.role == "assistant"
    text = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
    assert text == chat.choices[0].message.content, (text, chat)
    assert [p.choices[0].finish_reason for p in pieces if p.choices][-1] == "length"
    assert pieces[-1].usage.completion_tokens == 8
    recorded[-1]["content"] = text

    parts = [{"role": "user", "content": [{"type": "text", "text": "Where is the "}, {"type": "text", "text": "Eiffel Tower?"}]}]
    whole = [{"role": "user", "content": "Where is the Eiffel Tower?"}]
    answers = [
        client.chat.completions.create(model=MODEL, messages=each, temperature=0, max_tokens=4).choices[0].message.content
        for each in (parts, whole)
    ]
    assert answers[0] == answers[1]

    two = client.chat.completions.create(model=MODEL, messages=MESSAGES, n=2, seed=7, top_p=0.9, max_tokens=4, user="alice")
    again = client.chat.completions.create(model=MODEL, messages=MESSAGES, n=2, seed=7, top_p=0.9, max_tokens=4)
    assert [c.index for c in two.choices] == [0, 1]
    assert [c.message.content for c in two.choices] == [c.message.content for c in again.choices]

    prompt = "The Eiffel Tower is in the city of"
    completion = client.completions.create(model=MODEL, prompt=prompt, temperature=0, max_tokens=6)
    assert completion.object == "text_completion"
    recorded[-1]["content"] = completion.choices[0].text
    streamed = "".join(
        p.choices[0].text for p in client.completions.create(model=MODEL, prompt=prompt, temperature=0, max_tokens=6, stream=True)
    )
    assert streamed == completion.choices[0].text
    several = client.completions.create(model=MODEL, prompt=[prompt, "The"], temperature=0, max_tokens=6)
    assert several.choices[0].text == completion.choices[0].text and len(several.choices) == 2
    stop = completion.choices[0].text[3:5]
    stopped = client.completions.create(model=MODEL, prompt=prompt, temperature=0, max_tokens=6, stop=[stop])
    assert stopped.choices[0].text == completion.choices[0].text[:3] and stopped.choices[0].finish_reason == "stop"
    recorded[-1]["content"] = stopped.choices[0].text

    # The client asks for base64 unless it is told otherwise.
    embedded = client.embeddings.create(model=MODEL, input=["The Eiffel Tower", "A tower"])
    assert len(embedded.data) == 2 and len(embedded.data[0].embedding) == WIDTH
    assert math.isclose(sum(x * x for x in embedded.data[0].embedding), 1, rel_tol=1e-5)
    recorded[-1]["embedding"] = embedded.data[0].embedding
    floats = client.embeddings.create(
        model=MODEL,
        input="The Eiffel Tower",
        encoding_format="float",
        extra_body={"nnsight4j": {"layer": 1, "pooling": "last", "normalize": False}},
    )
    recorded[-1]["embedding"] = floats.data[0].embedding

    extended = client.chat.completions.create(
        model=MODEL,
        messages=MESSAGES,
        temperature=0,
        max_tokens=4,
        extra_body={
            "nnsight4j": {
                "steering": [{"layer": 1, "vector": [0.5] * WIDTH, "coefficient": 2.0}],
                "probes": [{"name": "truth", "layer": -1, "weights": [1.0] * WIDTH, "bias": 0.25}],
                "capture": {"sites": ["transformer.h.2.output"], "window": {"from": -2, "generated": True}},
            }
        },
    )
    extra = extended.model_extra["nnsight4j"]
    assert extra["probes"][0]["name"] == "truth"
    assert len(extra["captured"][0]["values"]) == 2 + 3
    assert all(entry["fired"] > 0 for entry in extra["receipt"] if "fired" in entry)

    refused = []
    for wrong in (
        {"nnsight4j": {"steering": [{"layer": 99, "vector": [0.0] * WIDTH}]}},
        {"nnsight4j": {"steering": [{"layer": 0, "vector": [1.0]}]}},
        {"nnsight4j": {"capture": {"sites": ["transformer.h.0.mpl"]}}},
        {"nnsight4j": {"stering": []}},
        {"logit_bias": {"50": 10}},
        {"frequency_penalty": 0.5},
        {"min_p": 0.1},
    ):
        try:
            client.chat.completions.create(model=MODEL, messages=MESSAGES, max_tokens=2, extra_body=wrong)
            raise AssertionError(f"expected a refusal of {wrong}")
        except openai.BadRequestError as error:
            assert error.status_code == 400 and error.body["type"] == "invalid_request_error", error.body
            recorded[-1]["param"] = error.body["param"]
            refused.append(error.body["param"])
    print(refused)
    try:
        client.chat.completions.create(model="nobody", messages=MESSAGES)
        raise AssertionError("expected no such model")
    except openai.NotFoundError:
        pass
    recorded.pop()
    try:
        OpenAI(base_url=address + "/v1", api_key="nn4_wrong", max_retries=0).embeddings.create(model=MODEL, input="x")
        raise AssertionError("expected no such key")
    except openai.AuthenticationError as error:
        assert error.body["type"] == "authentication_error", error.body

    with open(file, "w", encoding="utf-8") as out:
        lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in recorded)
        out.write('{"client":"%s","requests":[\n%s\n]}\n' % (openai.__version__, lines))
    print(f"{len(recorded)} requests of openai {openai.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
