"""The model of decoding_fixtures.py and stop_fixtures.py: a table.

The logits are the row of a state, which folds in every token of the sequence, so the Java tests can play the model from
the file and a confused beam is noticed.
"""

import torch
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

VOCABULARY = 23
STATES = 97
PAD = 1
EOS = 2


class TableConfig(PretrainedConfig):
    model_type = "table"

    def __init__(self, vocab_size=VOCABULARY, **kwargs):
        self.vocab_size = vocab_size
        self.hidden_size = 1
        self.num_hidden_layers = 1
        self.num_attention_heads = 1
        super().__init__(**kwargs)


class Table(PreTrainedModel, GenerationMixin):
    config_class = TableConfig

    def __init__(self, config, table):
        super().__init__(config)
        self.table = torch.nn.Parameter(table, requires_grad=False)

    def forward(self, input_ids, attention_mask=None, **kwargs):
        states, state = [], torch.zeros_like(input_ids[:, 0])
        for token in input_ids.unbind(1):
            state = (state * 5 + token + 1) % STATES
            states.append(state)
        return CausalLMOutput(logits=self.table[torch.stack(states, 1)])

    def prepare_inputs_for_generation(self, input_ids, **kwargs):
        return {"input_ids": input_ids}


def table(seed, scale, eos_bonus):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(STATES, VOCABULARY, generator=generator) * scale
    logits[:, EOS] += eos_bonus
    # Short decimals, so that the file is small and both sides read the same floats.
    return (logits * 1000).round() / 1000


TABLES = {"plain": table(0, 2.0, 0.0), "ending": table(1, 1.5, 2.0), "flat": table(2, 0.5, 0.7)}
