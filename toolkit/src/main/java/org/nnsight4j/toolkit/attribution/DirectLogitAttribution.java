package org.nnsight4j.toolkit.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.arch.DenseMlp;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Direct logit attribution (Wang et al. 2022): how much each part of the model writes along the
 * direction that an answer's logit reads, at one position. Each part {@code c} gets {@code <c, D>}
 * with
 *
 * <pre>{@code
 * D = (w * (W_U[answer] - W_U[against]) - its mean) / s
 * }</pre>
 *
 * where {@code w} and {@code s} are the weight and the scale of the final normalisation; the scale
 * is frozen at the one of this prompt, and the mean is subtracted only where the normalisation does
 * so. Where a family also normalises what attention or the MLP gives back (Gemma 2), that scale is
 * frozen too, so that heads and neurons still add up.
 *
 * <pre>{@code
 * DirectLogitAttributionResult parts =
 *     DirectLogitAttribution.of(gpt2).answer(" Paris").against(" Rome").run("The Eiffel Tower is in the city of");
 * parts.head(2, 3);
 * }</pre>
 *
 * <p>All parts and biases together are the logit, or the difference of two, before a cap on logits;
 * a run whose sum differs fails. Indirect effects, through later layers, are not part of it.
 * Immutable.
 */
public final class DirectLogitAttribution {
  private final LanguageModel<?> model;
  private final @Nullable Answer answer;
  private final @Nullable Answer against;
  private final int position;

  private DirectLogitAttribution(
      LanguageModel<?> model, @Nullable Answer answer, @Nullable Answer against, int position) {
    this.model = model;
    this.answer = answer;
    this.against = against;
    this.position = position;
  }

  /** The attribution of a decoder's logits, at the last position. */
  public static DirectLogitAttribution of(LanguageModel<?> model) {
    Passes.places(model);
    return new DirectLogitAttribution(model, null, null, -1);
  }

  /** The token whose logit is explained: a text of one token. */
  public DirectLogitAttribution answer(String token) {
    return new DirectLogitAttribution(model, Answer.of(model, token), against, position);
  }

  /** {@link #answer(String)} by its id. */
  public DirectLogitAttribution answer(long id) {
    return new DirectLogitAttribution(model, Answer.of(model, id), against, position);
  }

  /** Another token: the difference of the two logits is explained. */
  public DirectLogitAttribution against(String token) {
    return new DirectLogitAttribution(model, answer, Answer.of(model, token), position);
  }

  /** {@link #against(String)} by its id. */
  public DirectLogitAttribution against(long id) {
    return new DirectLogitAttribution(model, answer, Answer.of(model, id), position);
  }

  /** The position whose prediction is explained: from 0, or from -1 backwards. */
  public DirectLogitAttribution position(int at) {
    return new DirectLogitAttribution(model, answer, against, at);
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    int layers = Passes.layers(model);
    long width = Passes.width(model);
    return Cost.of(3L, PromptTokens.of(model, prompt).length() + 2, layers * width * 4 * 12);
  }

  /** Runs on a text. */
  public DirectLogitAttributionResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public DirectLogitAttributionResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** What one layer writes, and what it is made of; all at one position. */
  record Written(
      Saved<Axis> attention,
      Saved<Axis> projected,
      Saved<Axis> z,
      Saved<Axis> mlp,
      @Nullable Saved<Axis> neurons,
      @Nullable Saved<Axis> down) {}

  /** All that is read. */
  record Stream(
      Saved<Axis> tokens,
      Saved<Axis> embedded,
      List<Written> layers,
      Saved<Axis> last,
      Saved<Axis> logits) {}

  private DirectLogitAttributionResult over(PromptTokens prompt) {
    if (answer == null) {
      throw new RunException("no answer was given; answer(\" Paris\") names the token to explain");
    }
    Passes.requireNoEdits(model, "direct logit attribution", Passes.OWN_PARTS);
    List<Answer> answers = against == null ? List.of(answer) : List.of(answer, against);
    int at = prompt.position(position);
    Function<Decoder, Stream> recording = view -> record(view, at, answers);
    Stream stream = Passes.trace(model, prompt.ids(), recording);
    return new Decomposition(model, answers, stream).result(prompt, at);
  }

  private Stream record(Decoder view, int at, List<Answer> answers) {
    Saved<Axis> tokens = at(view.tokenEmbeddings(), at);
    Saved<Axis> embedded = at(view.embedded(), at);
    List<Written> layers = new ArrayList<>();
    for (int i = 0; i < view.layerCount(); i++) {
      DecoderLayer layer = view.layer(i);
      if (!layer.addsUp()) {
        throw view.fail(
            "%s normalises the residual stream itself, so what its parts add cannot be added up; the logit lens still works"
                .formatted(layer));
      }
      String projection = Passes.places(model).layers().get(i).attention().projection();
      DenseMlp mlp = layer.denseMlp().orElse(null);
      layers.add(
          new Written(
              at(layer.attentionOut(), at),
              at(view.module(projection).output(), at),
              layer.attention().z().get("0, :, " + at).as(Axis.class).save(),
              at(layer.mlpOut(), at),
              mlp == null ? null : at(mlp.neurons(), at),
              mlp == null ? null : at(mlp.output(), at)));
    }
    Value<Axis> last = Passes.any(view.layer(-1).output());
    Value<Axis> logits = last.at(at);
    for (String module : Passes.places(model).last()) {
      logits = view.module(module).apply(logits);
    }
    logits = view.module(Passes.places(model).unembedding()).apply(logits);
    Value<Axis> wanted = logits.get("0, " + answers.get(0).id());
    for (Answer other : answers.subList(1, answers.size())) {
      wanted = wanted.sub(logits.get("0, " + other.id()));
    }
    return new Stream(tokens, embedded, layers, last.at(at).save(), wanted.save());
  }

  private static Saved<Axis> at(Value<?> value, int position) {
    return Passes.any(value).at(position).save();
  }
}
