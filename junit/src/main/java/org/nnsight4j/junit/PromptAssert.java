package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * What a model does with one prompt. Each assertion is one forward pass, or two where two prompts
 * or models are compared; {@link #generates} generates.
 */
public final class PromptAssert {
  private static final int SHOWN = 5;

  private final Prompted prompted;
  private final Failures failures;

  PromptAssert(Prompted prompted, Failures failures) {
    this.prompted = prompted;
    this.failures = failures;
  }

  /**
   * Fails unless the model continues the prompt with this text when it always takes the likeliest
   * token. The text may have several tokens; they are checked in one forward pass.
   *
   * @throws RunException if the tokenizer joins the end of the prompt with the text
   */
  @CanIgnoreReturnValue
  public PredictionAssert predicts(String continuation) {
    long[] expected = prompted.continuation(continuation);
    List<Distribution> rows = prompted.next(expected);
    for (int at = 0; at < expected.length; at++) {
      if (rows.get(at).rank(expected[at]) > 0) {
        failures.fail(
            "on %s: expected '%s', found '%s'%s; likeliest: %s"
                .formatted(
                    prompted.prompt(),
                    continuation,
                    prompted.name(rows.get(at).likeliest(1).get(0)),
                    expected.length == 1 ? "" : " as token " + (at + 1),
                    likeliest(rows.get(at))));
        break;
      }
    }
    return new PredictionAssert(this, continuation, expected, rows);
  }

  /** Fails if the likeliest next token is the first of this text. */
  @CanIgnoreReturnValue
  public PromptAssert doesNotPredict(String continuation) {
    long[] unwanted = prompted.continuation(continuation);
    List<Distribution> rows = prompted.next(unwanted);
    for (int at = 0; at < unwanted.length; at++) {
      if (rows.get(at).rank(unwanted[at]) > 0) {
        return this;
      }
    }
    failures.fail(
        "on %s: expected anything but '%s'; likeliest: %s"
            .formatted(prompted.prompt(), continuation, likeliest(rows.get(0))));
    return this;
  }

  /**
   * Fails unless this token is among the likeliest next tokens.
   *
   * @param token a text of one token
   */
  @CanIgnoreReturnValue
  public PromptAssert ranks(String token, int amongFirst) {
    Distribution next = prompted.next();
    int rank = next.rank(prompted.token(token));
    if (rank >= amongFirst) {
      failures.fail(
          "on %s: expected '%s' among the first %s, found it at rank %s (0 is the likeliest); likeliest: %s"
              .formatted(prompted.prompt(), token, amongFirst, rank, likeliest(next)));
    }
    return this;
  }

  /**
   * Fails unless the logit of one token is above the logit of another.
   *
   * @param token a text of one token, like the other
   */
  @CanIgnoreReturnValue
  public PreferenceAssert prefers(String token, String over) {
    Distribution next = prompted.next();
    double difference = next.logit(prompted.token(token)) - next.logit(prompted.token(over));
    if (!(difference > 0)) {
      failures.fail(
          "on %s: expected '%s' above '%s', found a logit difference of %s; likeliest: %s"
              .formatted(prompted.prompt(), token, over, shown(difference), likeliest(next)));
    }
    return new PreferenceAssert(this, token, over, difference);
  }

  /**
   * Fails unless the new text of greedy generation is this.
   *
   * @param newTokens how many tokens are generated
   */
  @CanIgnoreReturnValue
  public PromptAssert generates(String text, int newTokens) {
    String found = generated(prompted.model(), newTokens);
    if (!found.equals(text)) {
      failures.fail(
          "on %s: expected the text '%s', found '%s'".formatted(prompted.prompt(), text, found));
    }
    return this;
  }

  private <M> String generated(LanguageModel<M> model, int newTokens) {
    return model
        .generate(Options.maxNewTokens(newTokens))
        .run(
            generator -> {
              generator.invoke(prompted.ids()).close();
            })
        .output()
        .newText(0);
  }

  /** The residual stream after one layer; negative layers count from the last. */
  @CheckReturnValue
  public LayerAssert layer(int layer) {
    return new LayerAssert(this, layer);
  }

  /** One attention head; negative layers count from the last. */
  @CheckReturnValue
  public HeadAssert head(int layer, int head) {
    return new HeadAssert(this, layer, head);
  }

  /**
   * The next token after another prompt, for which the model should think the same. Fails if its
   * likeliest token is another one.
   */
  @CanIgnoreReturnValue
  public DivergenceAssert isInvariantTo(String paraphrase) {
    Prompted other = Prompted.text(prompted.model(), paraphrase);
    Distribution mine = prompted.next();
    Distribution others = other.next();
    if (!mine.likeliest(1).equals(others.likeliest(1))) {
      failures.fail(
          "on %s and %s: expected the same next token, found %s and %s"
              .formatted(prompted.prompt(), other.prompt(), likeliest(mine), likeliest(others)));
    }
    return new DivergenceAssert(this, "from " + other.prompt(), mine.divergence(others));
  }

  /** The next token of another model for the same token ids. */
  @CheckReturnValue
  public DivergenceAssert differsFrom(LanguageModel<?> baseline) {
    Distribution expected = Prompted.ids(baseline, prompted.ids()).next();
    return new DivergenceAssert(this, "from the baseline", expected.divergence(prompted.next()));
  }

  /**
   * The outputs of modules and inner values whose paths match one of the patterns, as in {@code
   * model.layers.*.mlp}; {@code *} is one name, {@code **} any number of names.
   */
  @CheckReturnValue
  public ActivationsAssert activations(String... patterns) {
    return new ActivationsAssert(this, List.of(patterns));
  }

  Tensor read(Function<Decoder, Value<?>> site) {
    return prompted.read(new long[0], site);
  }

  Prompted prompted() {
    return prompted;
  }

  void fail(String message) {
    failures.fail("on %s: %s".formatted(prompted.prompt(), message));
  }

  private String likeliest(Distribution next) {
    return next.likeliest(SHOWN).stream()
        .map(id -> "'%s' %s".formatted(prompted.name(id), shown(next.probability(id))))
        .collect(Collectors.joining(", "));
  }

  static String shown(double number) {
    return String.format(Locale.ROOT, "%.4g", number);
  }
}
