package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Attention knockout (Geva et al. 2023): some queries may not look at some keys, in a window of
 * layers around each layer; what does the answer lose? The scores are set to minus infinity, so
 * that the rows of the pattern still add up to 1.
 *
 * <pre>{@code
 * AttentionKnockout.of(gpt2).answer(" Paris").queries(-1).keys(1, 2).window(2)
 *     .run("The Eiffel Tower is in the city of");
 * }</pre>
 *
 * <p>How wide the window is is part of the claim: name it with the result. One pass, with a row for
 * each layer. Immutable.
 */
public final class AttentionKnockout {
  private final LanguageModel<?> model;
  private final @Nullable Answer answer;
  private final List<Integer> queries;
  private final List<Integer> keys;
  private final int window;

  private AttentionKnockout(
      LanguageModel<?> model,
      @Nullable Answer answer,
      List<Integer> queries,
      List<Integer> keys,
      int window) {
    this.model = model;
    this.answer = answer;
    this.queries = List.copyOf(queries);
    this.keys = List.copyOf(keys);
    this.window = window;
  }

  /** The last token as query, and windows of one layer. */
  public static AttentionKnockout of(LanguageModel<?> model) {
    Passes.places(model);
    return new AttentionKnockout(model, null, List.of(-1), List.of(), 1);
  }

  /** The token whose probability is measured: a text of one token. */
  public AttentionKnockout answer(String token) {
    return new AttentionKnockout(model, Answer.of(model, token), queries, keys, window);
  }

  /** {@link #answer(String)} by its id. */
  public AttentionKnockout answer(long id) {
    return new AttentionKnockout(model, Answer.of(model, id), queries, keys, window);
  }

  /** The positions that may not look: from 0, or from -1 backwards. */
  public AttentionKnockout queries(int... positions) {
    return new AttentionKnockout(model, answer, list(positions), keys, window);
  }

  /** The positions that may not be looked at. A query that could then see nothing is refused. */
  public AttentionKnockout keys(int... positions) {
    return new AttentionKnockout(model, answer, queries, list(positions), window);
  }

  private static List<Integer> list(int... positions) {
    return java.util.Arrays.stream(positions).distinct().boxed().toList();
  }

  /** How many layers are changed together: those around each layer. */
  public AttentionKnockout window(int layers) {
    if (layers < 1) {
      throw new RunException("expected a window of a layer or more, found " + layers);
    }
    return new AttentionKnockout(model, answer, queries, keys, layers);
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    int layers = Passes.layers(model);
    return Cost.of(layers + 1L, (layers + 1L) * PromptTokens.of(model, prompt).length(), 0);
  }

  /** Runs on a text. */
  public AttentionKnockoutResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public AttentionKnockoutResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  private AttentionKnockoutResult over(PromptTokens prompt) {
    if (answer == null) {
      throw new RunException("no answer was given; answer(\" Paris\") names the token to measure");
    }
    if (keys.isEmpty()) {
      throw new RunException("no keys were given; keys(1, 2) names the positions not to look at");
    }
    Answer wanted = answer;
    List<Integer> blocked = keys.stream().map(prompt::position).sorted().toList();
    List<Integer> from = queries.stream().map(prompt::position).sorted().toList();
    for (int query : from) {
      if (blocked.stream().filter(key -> key <= query).count() == query + 1) {
        throw new RunException(
            "position %s could see nothing at all: each key up to it is knocked out"
                .formatted(query));
      }
    }
    int layers = Passes.layers(model);
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i <= layers; i++) {
      rows.add(prompt.ids());
    }
    List<Saved<Axis>> saved =
        Passes.all(
            model,
            rows,
            (view, row) -> {
              for (int layer = 0; row > 0 && layer < layers; layer++) {
                if (layer >= first(row - 1) && layer < first(row - 1) + window) {
                  block(view, layer, from, blocked);
                }
              }
              return Passes.any(view.logits().at(-1)).softmax(-1).get("0, " + wanted.id()).save();
            });
    double[] probabilities = new double[layers];
    for (int i = 0; i < layers; i++) {
      probabilities[i] = saved.get(i + 1).value().item();
    }
    return new AttentionKnockoutResult(
        prompt, wanted, from, blocked, window, saved.get(0).value().item(), probabilities);
  }

  /** The first layer of the window around a layer. */
  private int first(int layer) {
    return layer - (window - 1) / 2;
  }

  private static void block(Decoder view, int layer, List<Integer> queries, List<Integer> keys) {
    Value<Axis> scores = Passes.any(view.layer(layer).attention().scores());
    for (int query : queries) {
      for (int key : keys) {
        if (key <= query) {
          scores.get("..., %s, %s:%s".formatted(query, key, key + 1)).set(Double.NEGATIVE_INFINITY);
        }
      }
    }
  }
}
