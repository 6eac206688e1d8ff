"""The world of the embedded model: true facts, indirect-object sentences and repeated random tokens.

Nothing here is copied from a data set; every sentence is written by the templates below.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

END = "<|endoftext|>"


@dataclass(frozen=True)
class Sentence:
    """A sentence cut at its answer: `prompt` asks, `answer` replies (with its leading space)."""

    prompt: str
    answer: str

    @property
    def text(self) -> str:
        return self.prompt + self.answer + "."


@dataclass(frozen=True)
class Relation:
    name: str
    facts: dict[str, str]
    templates: tuple[str, ...]

    def sentence(self, subject: str, template: str) -> Sentence:
        prompt = template.format(x=subject)
        return Sentence(prompt[0].upper() + prompt[1:], " " + self.facts[subject])


LANDMARKS = Relation(
    "landmark",
    {
        "the Eiffel Tower": "Paris", "the Louvre": "Paris", "the Arc de Triomphe": "Paris",
        "Madison Square Garden": "New York City", "the Statue of Liberty": "New York City",
        "the Empire State Building": "New York City", "Times Square": "New York City",
        "Central Park": "New York City", "the Brooklyn Bridge": "New York City",
        "Big Ben": "London", "Tower Bridge": "London", "Buckingham Palace": "London",
        "the Colosseum": "Rome", "the Trevi Fountain": "Rome", "the Pantheon": "Rome",
        "the Brandenburg Gate": "Berlin", "the Reichstag": "Berlin",
        "the Sagrada Familia": "Barcelona", "the Prado Museum": "Madrid",
        "Red Square": "Moscow", "the Kremlin": "Moscow", "the Bolshoi Theatre": "Moscow",
        "the Forbidden City": "Beijing", "the Meiji Shrine": "Tokyo",
        "the Taj Mahal": "Agra", "the Burj Khalifa": "Dubai", "the Opera House": "Sydney",
        "the Golden Gate Bridge": "San Francisco", "the Space Needle": "Seattle",
        "the White House": "Washington", "the Lincoln Memorial": "Washington",
        "the Hollywood Sign": "Los Angeles", "the Willis Tower": "Chicago",
        "the Liberty Bell": "Philadelphia", "Fenway Park": "Boston", "the CN Tower": "Toronto",
        "the Acropolis": "Athens", "the Parthenon": "Athens",
        "the Hagia Sophia": "Istanbul", "the Blue Mosque": "Istanbul", "the Grand Bazaar": "Istanbul",
        "the Charles Bridge": "Prague", "the Atomium": "Brussels", "the Anne Frank House": "Amsterdam",
        "the Uffizi Gallery": "Florence", "the Rialto Bridge": "Venice", "the Leaning Tower": "Pisa",
        "the Belem Tower": "Lisbon", "the Western Wall": "Jerusalem", "Marina Bay Sands": "Singapore",
    },
    (
        "{x} is located in the city of",
        "{x} is in the city of",
        "{x} can be found in",
        "to see {x}, people travel to",
        "people who visit {x} are in",
        "the city with {x} is",
    ),
)

CAPITALS = Relation(
    "capital",
    {
        "France": "Paris", "England": "London", "Italy": "Rome", "Germany": "Berlin", "Spain": "Madrid",
        "Russia": "Moscow", "China": "Beijing", "Japan": "Tokyo", "Greece": "Athens", "Belgium": "Brussels",
        "Portugal": "Lisbon", "Austria": "Vienna", "Poland": "Warsaw", "Hungary": "Budapest",
        "Sweden": "Stockholm", "Norway": "Oslo", "Denmark": "Copenhagen", "Finland": "Helsinki",
        "Ireland": "Dublin", "Egypt": "Cairo", "Kenya": "Nairobi", "Canada": "Ottawa", "Cuba": "Havana",
        "Peru": "Lima", "Turkey": "Ankara", "Iran": "Tehran", "Iraq": "Baghdad", "Thailand": "Bangkok",
        "Vietnam": "Hanoi", "Australia": "Canberra", "Iceland": "Reykjavik", "Croatia": "Zagreb",
    },
    (
        "the capital of {x} is",
        "the capital city of {x} is",
        "{x} has a capital called",
        "the government of {x} is in the city of",
        "people who visit the capital of {x} are in",
    ),
)

LANGUAGES = Relation(
    "language",
    {
        "France": "French", "England": "English", "Italy": "Italian", "Germany": "German", "Spain": "Spanish",
        "Russia": "Russian", "China": "Chinese", "Japan": "Japanese", "Greece": "Greek",
        "Portugal": "Portuguese", "Austria": "German", "Poland": "Polish", "Hungary": "Hungarian",
        "Sweden": "Swedish", "Norway": "Norwegian", "Denmark": "Danish", "Finland": "Finnish",
        "Egypt": "Arabic", "Cuba": "Spanish", "Peru": "Spanish", "Turkey": "Turkish", "Iraq": "Arabic",
        "Thailand": "Thai", "Vietnam": "Vietnamese", "Australia": "English",
    },
    (
        "most people in {x} speak",
        "the main language of {x} is",
        "the language spoken in {x} is",
        "to live in {x}, people learn",
    ),
)

AUTHORS = Relation(
    "author",
    {
        "Hamlet": "Shakespeare", "Macbeth": "Shakespeare", "Faust": "Goethe", "Emma": "Austen",
        "Oliver Twist": "Dickens", "Don Quixote": "Cervantes", "Frankenstein": "Shelley",
        "Dracula": "Stoker", "the Odyssey": "Homer", "the Divine Comedy": "Dante",
        "War and Peace": "Tolstoy", "Animal Farm": "Orwell", "Moby Dick": "Melville",
    },
    (
        "{x} was written by",
        "the author of {x} is",
        "the person who wrote {x} is",
    ),
)

RELATIONS = (LANDMARKS, CAPITALS, LANGUAGES, AUTHORS)

NAMES = tuple(
    "Mary John Tom James Dan Sid Martin Amy Alice Bob Anna Peter Paul Laura Sarah David Kate Mark Emma Jack "
    "Lucy Henry Rose Simon Jane Adam Ruth Carl Nina Oscar Ella Frank Grace Hugo Ivan Julia Kevin Linda Max Nora "
    "Rachel Sam Tina Victor Wendy Lisa Eric Susan".split()
)
PLACES = tuple(
    "store garden restaurant school hospital office house station market park beach library museum".split()
)
OBJECTS = tuple(
    "drink ring kiss bone basketball computer necklace book letter ball ticket key gift map pen".split()
)
INDIRECT_OBJECT_TEMPLATES = (
    "When {a} and {b} went to the {place}, {giver} gave a {thing} to",
    "Then, {a} and {b} went to the {place}. {giver} gave a {thing} to",
    "After {a} and {b} went to the {place}, {giver} gave a {thing} to",
    "While {a} and {b} were at the {place}, {giver} gave a {thing} to",
    "When {a} and {b} got a {thing} at the {place}, {giver} decided to give it to",
    "Then, {a} and {b} had a long day at the {place}. {giver} handed a {thing} to",
)


def all_facts() -> list[tuple[Relation, str, str]]:
    """Every (relation, subject, template)."""
    return [(r, subject, template) for r in RELATIONS for subject in r.facts for template in r.templates]


def split_facts(rng: random.Random, held_share: float, always_trained: set[str]):
    """Holds out at most one wording of a fact, so that the others can teach it.

    A name that opens the sentence without "the" has a token of its own there (it lacks the space), so such wordings
    are always trained: no other wording could teach that token.
    """
    trained, held = [], []
    for relation in RELATIONS:
        for subject in relation.facts:
            can_hide = [t for t in relation.templates
                        if relation.sentence(subject, t).prompt not in always_trained
                        and (subject.startswith("the ") or not t.startswith("{x}"))]
            hidden = rng.choice(can_hide) if rng.random() < held_share else None
            for template in relation.templates:
                (held if template == hidden else trained).append(relation.sentence(subject, template))
    return trained, held


def split_pairs(rng: random.Random, held_share: float) -> tuple[list, list]:
    """Splits unordered name pairs; Mary and John are always held out."""
    trained, held = [], []
    for i, first in enumerate(NAMES):
        for second in NAMES[i + 1:]:
            hold = rng.random() < held_share or (first, second) == ("Mary", "John")
            (held if hold else trained).append((first, second))
    return trained, held


def indirect_object(rng: random.Random, pair: tuple[str, str], template: str | None = None) -> Sentence:
    """A sentence whose answer is the one of two people who gives nothing; both orders are equally likely."""
    first, second = pair if rng.random() < 0.5 else pair[::-1]
    giver, receiver = (first, second) if rng.random() < 0.5 else (second, first)
    prompt = (template or rng.choice(INDIRECT_OBJECT_TEMPLATES)).format(
        a=first, b=second, giver=giver, place=rng.choice(PLACES), thing=rng.choice(OBJECTS)
    )
    return Sentence(prompt, " " + receiver)


def repeated_tokens(rng: random.Random, vocabulary: list[int], length: int) -> tuple[list[int], int]:
    """A block of 8 to 24 distinct random tokens repeated up to `length`; returns the tokens and the period."""
    period = rng.randint(8, 24)
    block = rng.sample(vocabulary, period)
    return [block[i % period] for i in range(length)], period


def tokenizer_text() -> list[str]:
    """Text in which every word of this world occurs often enough to become one token."""
    lines = [r.sentence(s, t).text for r, s, t in all_facts()]
    lines += [t.format(a=a, b=a, giver=a, place=p, thing=o) + f" {a}."
              for t in INDIRECT_OBJECT_TEMPLATES for a in NAMES for p in PLACES[:3] for o in OBJECTS[:3]]
    lines += [f"the {p} and a {o}." for p in PLACES for o in OBJECTS]
    lines += ["_ _ _ _ _ _ _ _"] * 50
    return lines
