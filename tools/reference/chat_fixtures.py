"""Writes cases.json and tokens.json in runtime/src/test/resources/chat: what transformers' apply_chat_template makes of templates.

The templates there are written for this project, with the constructs of those of Llama 3, Qwen 2.5 and 3, Gemma 2 and 3,
Mistral and Phi-3. `expressions` are small ones, each with its result or the words of its error. Run from the repository root:

    python tools/reference/chat_fixtures.py
"""

import json
import logging
import pathlib
import shutil
import tempfile

from transformers import AutoTokenizer
from transformers.utils.chat_template_utils import render_jinja_template

OUT = pathlib.Path("runtime/src/test/resources/chat")
TOKENIZER = pathlib.Path("runtime/src/test/resources/tokenizers/spaces.json")


def say(role, content, **more):
    return {"role": role, "content": content, **more}


TOOL = {"type": "function", "function": {"name": "weather", "description": "Weather of a city <now>", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 1}}, "required": ["city"]}}}
CALL = {"id": "abcdefghi", "type": "function", "function": {"name": "weather", "arguments": {"city": "Malmö", "hot": True, "low": None, "t": 1.5}}}
CHATS = {
    "question": [say("user", "  Who are you? ")],
    "turns": [say("user", "Hi"), say("assistant", " Hello! \n"), say("user", "Bye\n")],
    "system": [say("system", " Be brief. "), say("user", "Hi"), say("assistant", "Hello"), say("user", "What is 1 + 1?")],
    "reply": [say("user", "Hi"), say("assistant", "Hello")],
    "two_users": [say("user", "a"), say("user", "b")],
    "thought": [say("user", "Hi"), say("assistant", "<think>\nhm\n</think>\n\nHello"), say("user", "And?"), say("assistant", "<think>\n1\n</think>\n\nNo.")],
    "reasoning": [say("user", "Hi"), say("assistant", "Hello", reasoning_content="\nhm, so\n")],
    "tools": [say("system", "Call."), say("user", "Malmö?"), say("assistant", "", tool_calls=[CALL]), say("tool", "rain", tool_call_id="abcdefghi"), say("assistant", "Rain.")],
    "call": [say("user", "Malmö?"), {"role": "assistant", "tool_calls": [CALL]}, say("tool", {"content": 5}, tool_call_id="abcdefghi")],
    "parts": [say("user", [{"type": "image"}, {"type": "text", "text": " What is this? "}]), say("assistant", "é漢😀 <b> & \"q\"")],
    "other": [say("critic", "no")],
    "empty": [say("system", ""), say("user", "")],
    "lines": [say("user", "a\n\n  b\t\n"), say("assistant", "\\ {{ x }} {% y %} '")],
}
FLAGS = [{}, {"add_generation_prompt": True}]
VARIABLES = {"bos_token": "<s>", "eos_token": "</s>", "date_string": "30 Nov 2026"}
MORE = {"qwen3": [{"add_generation_prompt": True, "enable_thinking": False}]}
TEMPLATES = ["llama3", "qwen2", "qwen3", "gemma2", "gemma3", "mistral", "phi3", "blocks"]

VALUES = {
    "n": 7, "f": 2.5, "t": True, "none_": None, "s": "Hello, World", "sp": "  a b \n", "l": [3, 1, 2], "e": [],
    "d": {"b": 2, "a": [1, {"x": "y"}], "items": 5}, "m": [{"role": "user", "n": 1}, {"role": "tool", "n": 2}, {"role": "user", "n": 3}],
    "html": "<a href='x'>&</a>", "u": "é漢😀", "big": 12345678901234567890,
}
EXPRESSIONS = """
1 + 2 * 3 - 4 / 2
7 // 2, 7 % 3, -7 // 2, -7 % 3, 2 ** 3
7 / 2
-n + +n
1.0, 1e3, 2.50, 1e20, 1e-7, 0.1 + 0.2
'a' 'b'
'a' + 'b' ~ 1 ~ none ~ true
'ab' * 3
[1] + [2, 'x']
n > 3 and n < 10
n > 3 or undefined_thing.x
not n
n == 7.0, n != 7, '7' == 7
1 < 2 < 3
'ell' in s, 'x' not in s, 3 in l, 'b' in d, 5 in d
s if t else 'no'
s if none_
none_
t, true, True, false, None
undefined_name
d.b, d['b'], d.a[1].x, d.nothing, d['nothing']
m[-1].n, m[0]['role'], m[1:] | length, m[::-1][0].n, m[:-1] | length, m[::2] | length
s[0], s[-1], s[1:4], s[::-1], s[7:]
l[0], l[-1], l[5]
s.upper(), s.lower(), s.title(), s.capitalize()
s.strip('Hd'), sp.strip(), sp.lstrip(), sp.rstrip(), sp.strip() | length
s.split(', '), s.split(), s.split(',', 1), 'a,b,c'.split(',')[-1], 'a b'.split(' ')[0], ''.split(','), ''.split()
s.startswith('Hello'), s.endswith('x'), s.startswith(('x', 'H'))
s.replace('l', 'L'), s.replace('l', 'L', 1), s.find('World'), s.count('l'), s.index('W')
'-'.join(['a', 'b']), ', '.join(d)
'%s is %d' % ('x', 3), '%s' % 5, '%05.2f|%-5s|%x' % (1.5, 'a', 255)
'{} and {}'.format(1, 'b'), '{0}{1}{0}'.format('a', 'b'), '{x}'.format(x=1)
'abc'.isalpha(), '12'.isdigit(), 'a1'.isalnum(), ' '.isspace(), 'A'.isupper(), 'a'.islower()
d.keys() | list, d.values() | list, d.get('b'), d.get('zz'), d.get('zz', 9)
s | length, l | length, d | length, l | count
l | first, l | last, l | sort, l | sort(reverse=true), l | sum, l | max, l | min, l | reverse | list
e | first
s | upper | lower | title | capitalize
sp | trim, s | replace('l', 'L'), s | trim('Hd')
l | join(', '), l | join, m | map(attribute='role') | join('|')
m | selectattr('role', 'equalto', 'user') | list | length, m | selectattr('n', '>', 1) | map(attribute='n') | list
m | rejectattr('role', '==', 'user') | map(attribute='n') | list, l | select('odd') | list, l | reject('odd') | list
m | selectattr('nothing') | list, l | map('string') | list
undefined_name | default('x'), none_ | default('x'), none_ | default('x', true), '' | d('y', true)
n | string, '12' | int + 1, 'x' | int, 'x' | int(5), '1.5' | float, 2.7 | int, n | abs, 2.567 | round(1), 2.5 | round
d | tojson, html | tojson, u | tojson, [1, 2.5, none, true] | tojson, {} | tojson, [] | tojson
d | tojson(indent=2)
[] | tojson(indent=2), {'a': []} | tojson(indent=2)
d | tojson(sort_keys=true), d | tojson(separators=(',', ':')), u | tojson(ensure_ascii=true)
html | e ~ '', html | safe ~ ''
d | items | list, d | dictsort
l | unique | list, ['a', 'A'] | unique | list
s | list | length, 'ab' | list, range(3) | list, range(1, 7, 2) | list, range(3, 0, -1) | list
l | batch(2) | list
s | wordcount, 'a b c' | indent(2), 'a\\nb' | indent(2), 'a\\nb' | indent(2, true)
n is defined, undefined_name is defined, undefined_name is undefined, none_ is none, n is not none
s is string, n is number, l is sequence, d is mapping, l is iterable, s is iterable, n is iterable, t is boolean, n is integer, f is float, d is sequence, s is sequence
n is odd, n is even, n is divisibleby 7, n is divisibleby(3), true is true, 1 is true, false is false, n is eq 7, n is in [7]
n is sameas n, s is lower, 'A' is upper, n is gt 3, n is callable, n is none or true
[1, [2, 'x'], {'k': none}, true, 1.5, 'it\\'s', "say \\"hi\\"", 'both \\' and "']
{'a': 1, 'b': [true]}, (1,), (1, 2), ()
dict(a=1, b=2), dict(a=1).a
namespace(x=1).x
'\\n\\t\\\\\\'"' | length, 'é' | length, u | length, u[1:], u | upper
big, big + 1, 10 ** 20, 2 ** 0.5
'a' < 'b', [1, 2] < [1, 3], [1] == [1], {'a': 1} == {'a': 1}, (1, 2) == [1, 2]
(1, 2)[0], [1, 2, 3][1:][0]
l and 'yes', e or 'no', '' or none, 0 or [] or 'x'
not e and not '' and not 0 and not none
1 if 0 else 2 if 0 else 3
raise_exception('told ' + s)
1 + 'a'
'a' + 1
none_ + 'x'
undefined_name + 'x'
undefined_name.x
none_.x.y
n.nothing is defined
d.a.b.c
s.nothing()
s | nothing
n is nothing
messages.append(1)
1 // 0
[1, 2
'open
loop.index
""".strip("\n").split("\n")


def rendered(template, chat, **variables):
    try:
        texts, _ = render_jinja_template(conversations=[json.loads(json.dumps(chat))], chat_template=template, **variables)
        return {"text": texts[0]}
    except Exception as e:  # Whatever it is, the template says no.
        return {"error": type(e).__name__, "words": str(e)}


def tokens():
    """Ids of chats, with a tokenizer that writes a beginning of its own."""
    cases = []
    for name in ["gemma2", "gemma3", "phi3", "qwen3"]:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(TOKENIZER, pathlib.Path(folder) / "tokenizer.json")
            config = {"tokenizer_class": "GemmaTokenizer", "chat_template": (OUT / f"{name}.jinja").read_text(encoding="utf-8")}
            (pathlib.Path(folder) / "tokenizer_config.json").write_text(json.dumps(config))
            tokenizer = AutoTokenizer.from_pretrained(folder)
        for chat in ["question", "turns", "reply"]:
            for generation, going_on in [(False, False), (True, False), (False, True)]:
                given = dict(add_generation_prompt=generation, continue_final_message=going_on)
                try:
                    text = tokenizer.apply_chat_template(CHATS[chat], tokenize=False, **given)
                except Exception:
                    continue
                ids = tokenizer.apply_chat_template(CHATS[chat], tokenize=True, return_dict=True, **given)["input_ids"]
                cases.append({"template": name, "messages": CHATS[chat], "generation": generation, "continue": going_on, "text": text, "ids": ids})
    return cases


def main():
    logging.disable(logging.WARNING)
    cases = []
    for name in TEMPLATES:
        template = (OUT / f"{name}.jinja").read_text(encoding="utf-8")
        for chat, messages in CHATS.items():
            for flags in FLAGS + MORE.get(name, []):
                given = {**flags, **({"tools": [TOOL]} if chat in ("tools", "call") else {})}
                cases.append({"template": name, "chat": chat, "given": given, **rendered(template, messages, **VARIABLES, **given)})
    expressions = []
    for text in EXPRESSIONS:
        expressions.append({"expression": text, **rendered("{{ " + text + " }}", [say("user", "x")], **VALUES)})
    (OUT / "tokens.json").write_text(json.dumps(tokens(), ensure_ascii=False, indent=None) + "\n", encoding="utf-8")
    lines = lambda each: "[\n" + ",\n".join(json.dumps(x, ensure_ascii=False) for x in each) + "\n]"
    (OUT / "cases.json").write_text(
        "{\"chats\": " + json.dumps(CHATS, ensure_ascii=False) + ",\n\"variables\": " + json.dumps(VARIABLES)
        + ",\n\"values\": " + json.dumps(VALUES, ensure_ascii=False) + ",\n\"cases\": " + lines(cases)
        + ",\n\"expressions\": " + lines(expressions) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
