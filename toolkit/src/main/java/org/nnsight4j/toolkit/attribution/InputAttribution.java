package org.nnsight4j.toolkit.attribution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Which tokens of a prompt made the next one: attribution of a logit, or of a difference of two, to
 * the embeddings of the tokens.
 *
 * <pre>{@code
 * InputAttributionResult tokens =
 *     InputAttribution.of(gpt2).answer(" Paris").against(" Rome").run("The Eiffel Tower is in the city of");
 * }</pre>
 *
 * <p>Integrated gradients (Sundararajan et al. 2017) go from a text all of whose tokens have the
 * prompt's mean embedding to the prompt; how far their sum is from the difference of the two ends
 * is told. (From zeros there is no way: models with RMSNorm do not see how long an embedding is.)
 * Immutable.
 */
public final class InputAttribution {
  /** How a token's share is measured. */
  public enum Method {
    /** The length of the gradient: how sensitive, not in which direction. */
    SALIENCY,
    /** Gradient times embedding, a first-order estimate of what it adds. */
    INPUT_X_GRADIENT,
    /** The mean gradient on the way from the mean embedding, times the way. */
    INTEGRATED_GRADIENTS,
    /** What is lost when it has the mean embedding. */
    OCCLUSION
  }

  private static final int ROWS = 16;

  private final LanguageModel<?> model;
  private final Method method;
  private final @Nullable Answer answer;
  private final @Nullable Answer against;
  private final int steps;
  private final Progress progress;

  private InputAttribution(
      LanguageModel<?> model,
      Method method,
      @Nullable Answer answer,
      @Nullable Answer against,
      int steps,
      Progress progress) {
    this.model = model;
    this.method = method;
    this.answer = answer;
    this.against = against;
    this.steps = steps;
    this.progress = progress;
  }

  /** Integrated gradients in 32 steps. */
  public static InputAttribution of(LanguageModel<?> model) {
    Passes.places(model);
    return new InputAttribution(model, Method.INTEGRATED_GRADIENTS, null, null, 32, Progress.NONE);
  }

  /** Another way to measure. */
  public InputAttribution method(Method other) {
    return new InputAttribution(model, other, answer, against, steps, progress);
  }

  /** The token whose logit is explained: a text of one token. */
  public InputAttribution answer(String token) {
    return new InputAttribution(model, method, Answer.of(model, token), against, steps, progress);
  }

  /** {@link #answer(String)} by its id. */
  public InputAttribution answer(long id) {
    return new InputAttribution(model, method, Answer.of(model, id), against, steps, progress);
  }

  /** A token whose logit is subtracted. */
  public InputAttribution against(String token) {
    return new InputAttribution(model, method, answer, Answer.of(model, token), steps, progress);
  }

  /** {@link #against(String)} by its id. */
  public InputAttribution against(long id) {
    return new InputAttribution(model, method, answer, Answer.of(model, id), steps, progress);
  }

  /** The number of steps of integrated gradients; more are more exact. */
  public InputAttribution steps(int count) {
    if (count < 1) {
      throw new RunException("expected a step or more, found " + count);
    }
    return new InputAttribution(model, method, answer, against, count, progress);
  }

  /** Listens to the work: one part is one row. */
  public InputAttribution progress(Progress listener) {
    return new InputAttribution(model, method, answer, against, steps, Progress.required(listener));
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    return cost(PromptTokens.of(model, prompt).length());
  }

  private Cost cost(int length) {
    long rows = rows(length);
    long gradients = method == Method.OCCLUSION ? 0 : rows - 2;
    return new Cost(rows, gradients, rows * length, 0);
  }

  /** With those of the prompt as it is and of the mean embedding. */
  private int rows(int length) {
    return 2
        + switch (method) {
          case SALIENCY, INPUT_X_GRADIENT -> 1;
          case INTEGRATED_GRADIENTS -> steps;
          case OCCLUSION -> length;
        };
  }

  /** Runs on a text. */
  public InputAttributionResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public InputAttributionResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /**
   * Lets the model continue a text, and attributes the logit of each new token to all tokens before
   * it, those that are new included.
   *
   * @param newTokens how many at most; fewer if the model stops
   */
  public GeneratedAttributionResult runGenerated(String prompt, int newTokens) {
    return generated(model, PromptTokens.of(model, prompt), newTokens);
  }

  /** {@link #runGenerated(String, int)} on token ids. */
  public GeneratedAttributionResult runGenerated(long[] prompt, int newTokens) {
    return generated(model, PromptTokens.of(model, prompt), newTokens);
  }

  private <M> GeneratedAttributionResult generated(
      LanguageModel<M> of, PromptTokens prompt, int newTokens) {
    if (newTokens < 1) {
      throw new RunException("expected a new token or more, found " + newTokens);
    }
    try (Generator<M> generator = of.generate(Options.maxNewTokens(newTokens))) {
      try (Invoker<M> invoker = generator.invoke(prompt.ids())) {
        Decoder.of(invoker.model());
      }
      generator.run();
      return runContinuation(prompt.ids(), generator.output().newIds(0));
    }
  }

  /**
   * Attributes the logit of each token of a given continuation to all tokens before it.
   *
   * @param continuation what follows the prompt, whether the model would say it or not
   */
  public GeneratedAttributionResult runContinuation(long[] prompt, long[] continuation) {
    if (answer != null) {
      throw new RunException(
          "each token of the continuation is explained in its turn, so answer(...) has no meaning here; leave it out");
    }
    if (continuation.length == 0) {
      throw new RunException("expected a token or more that follows the prompt, found none");
    }
    long[] all = Arrays.copyOf(prompt, prompt.length + continuation.length);
    System.arraycopy(continuation, 0, all, prompt.length, continuation.length);
    List<InputAttributionResult> steps = new ArrayList<>();
    long parts = 0;
    for (int i = 0; i < continuation.length; i++) {
      parts += rows(prompt.length + i);
    }
    long before = 0;
    for (int i = 0; i < continuation.length; i++) {
      long done = before;
      long whole = parts;
      steps.add(
          answer(continuation[i])
              .progress((now, any) -> progress.at(done + now, whole))
              .run(Arrays.copyOf(all, prompt.length + i)));
      before += rows(prompt.length + i);
    }
    return new GeneratedAttributionResult(
        PromptTokens.of(model, all), prompt.length, method, steps);
  }

  /** What {@link #runGenerated(String, int)} will do, if the model does not stop before. */
  public Cost costGenerated(String prompt, int newTokens) {
    int length = PromptTokens.of(model, prompt).length();
    Cost cost = Cost.of(newTokens, length + newTokens - 1L, 0);
    for (int i = 0; i < newTokens; i++) {
      cost = cost.plus(cost(length + i));
    }
    return cost;
  }

  /** The measure of a row, and each token's share of it. */
  private record Row(Saved<Axis> measure, @Nullable Saved<Axis> shares) {}

  private InputAttributionResult over(PromptTokens prompt) {
    if (answer == null) {
      throw new RunException("no answer was given; answer(\" Paris\") names the token to explain");
    }
    Answer wanted = answer;
    int count = rows(prompt.length());
    double[] measures = new double[count];
    double[] shares = new double[prompt.length()];
    for (int from = 0; from < count; from += ROWS) {
      int first = from;
      int size = Math.min(ROWS, count - from);
      List<Row> rows =
          Passes.all(
              model,
              Collections.nCopies(size, prompt.ids()),
              (view, row) -> row(view, wanted, first + row));
      for (int i = 0; i < size; i++) {
        measures[from + i] = rows.get(i).measure.value().item();
        Saved<Axis> own = rows.get(i).shares;
        if (own != null) {
          double[] numbers = own.value().toDoubleArray();
          for (int p = 0; p < shares.length; p++) {
            shares[p] += numbers[p] / (count - 2);
          }
        }
      }
      progress.at(from + (long) size, count);
    }
    if (method == Method.OCCLUSION) {
      Arrays.setAll(shares, p -> measures[0] - measures[p + 2]);
    }
    String measured =
        against == null
            ? "logit of " + wanted.label()
            : "%s - %s (logits)".formatted(wanted.label(), against.label());
    return new InputAttributionResult(prompt, measured, method, measures[0], measures[1], shares);
  }

  /** Row 0 is the prompt, row 1 the mean, the others are steps on the way or tokens left out. */
  private Row row(Decoder view, Answer wanted, int index) {
    Value<Axis> own = Passes.any(view.tokenEmbeddings());
    Value<Axis> mean = own.mean(1, true);
    Value<Axis> way = own.sub(mean);
    if (index == 1) {
      own.set(own.mul(0).add(mean));
    } else if (index > 1 && method == Method.OCCLUSION) {
      own.at(index - 2).set(mean.squeeze(1));
    } else if (index > 1 && method == Method.INTEGRATED_GRADIENTS) {
      own.set(mean.add(way.mul((index - 1.5) / steps)));
    }
    Value<Axis> given = Passes.any(view.tokenEmbeddings());
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    Value<Axis> measure = logits.get("0, " + wanted.id());
    if (against != null) {
      measure = measure.sub(logits.get("0, " + against.id()));
    }
    if (index < 2 || method == Method.OCCLUSION) {
      return new Row(measure.save(), null);
    }
    Value<Axis> gradient = given.gradient(measure);
    Value<Axis> shares =
        switch (method) {
          case SALIENCY -> gradient.norm(-1);
          case INPUT_X_GRADIENT -> own.mul(gradient).sum(-1);
          default -> way.mul(gradient).sum(-1);
        };
    return new Row(measure.save(), shares.save());
  }
}
