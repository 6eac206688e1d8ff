package org.nnsight4j.toolkit.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Forward passes whose recordings use the view that all decoders share. */
public final class Passes {
  /** Refuses a model with edits, for analyses that look at the checkpoint's own parts. */
  public static void requireNoEdits(LanguageModel<?> model, String analysis, String why) {
    if (!model.edits().isEmpty()) {
      throw new RunException(
          "this model has edits (%s), and %s %s; run it on the model without them, or after clearEdits()"
              .formatted(model.edits().size(), analysis, why));
    }
  }

  /** How many bytes of logits are there at the same time, to save calls. */
  private static final long MOST_LOGITS = 64L << 20;

  /** Why an analysis refuses edits. */
  public static final String OWN_PARTS = "knows only the checkpoint's own parts";

  private Passes() {}

  /** Where the model has the places of a decoder. */
  public static DecoderPlaces places(LanguageModel<?> model) {
    DecoderPlaces places = model.blueprint().decoder();
    if (places == null) {
      throw new RunException(
          "expected a decoder, found '%s', which has no residual stream that the toolkit knows"
              .formatted(model.blueprint().architecture()));
    }
    return places;
  }

  public static int layers(LanguageModel<?> model) {
    return places(model).layers().size();
  }

  /** The width of the residual stream. */
  public static int width(LanguageModel<?> model) {
    Integer width = model.blueprint().widths().get("hidden");
    if (width == null) {
      throw new RunException(
          "'%s' names no width 'hidden' of its residual stream"
              .formatted(model.blueprint().architecture()));
    }
    return width;
  }

  /** A layer from 0. */
  public static int layer(LanguageModel<?> model, int layer) {
    return Index.of("layer", layer, layers(model), "this model has");
  }

  /**
   * A pass that applies modules to values of its own, so that its prompt does not matter: the
   * shortest that the model is used to.
   */
  public static <R> R without(LanguageModel<?> model, Function<Decoder, R> body) {
    return trace(model, shortest(model), body);
  }

  /** The shortest prompt that the model is used to: the token that begins texts, or any. */
  public static long[] shortest(LanguageModel<?> model) {
    long[] first;
    try {
      first = model.tokenizer().encode("");
    } catch (CheckpointException e) {
      return new long[] {0}; // There is no tokenizer.
    }
    return first.length == 0 ? new long[] {0} : first;
  }

  /** One pass over one prompt. */
  public static <R> R trace(LanguageModel<?> model, long[] prompt, Function<Decoder, R> body) {
    return all(model, List.of(prompt), (view, row) -> body.apply(view)).get(0);
  }

  /** One pass over several prompts, each a row of its own that knows nothing of the others. */
  public static <R> List<R> all(
      LanguageModel<?> model, List<long[]> prompts, BiFunction<Decoder, Integer, R> body) {
    return invoking(model, prompts, (invoker, row) -> body.apply(Decoder.of(invoker.model()), row));
  }

  /** One pass whose rows are one input, so that they can be read and written together. */
  public static <R> R rows(
      LanguageModel<?> model, List<long[]> prompts, Function<Decoder, R> body) {
    return together(model, prompts, body);
  }

  private static <M, R> R together(
      LanguageModel<M> model, List<long[]> prompts, Function<Decoder, R> body) {
    long[][] ids = prompts.toArray(long[][]::new);
    Function<Generator<M>, R> recording =
        generator ->
            generator.invoke(
                ids,
                invoker -> {
                  return body.apply(Decoder.of(invoker.model()));
                });
    return model.trace().run(recording::apply).result();
  }

  /** {@link #all} with the whole context of each row. */
  public static <R> List<R> invoking(
      LanguageModel<?> model, List<long[]> prompts, BiFunction<Invoker<?>, Integer, R> body) {
    return captured(model, prompts, body);
  }

  private static <M, R> List<R> captured(
      LanguageModel<M> model, List<long[]> prompts, BiFunction<Invoker<?>, Integer, R> body) {
    Function<Generator<M>, List<R>> recording =
        generator -> {
          List<R> rows = new ArrayList<>();
          for (int i = 0; i < prompts.size(); i++) {
            try (Invoker<M> invoker = generator.invoke(prompts.get(i))) {
              rows.add(body.apply(invoker, i));
            }
          }
          return rows;
        };
    return model.trace().run(recording::apply).result();
  }

  /**
   * The logits of each layer's output, {@code [1, position, vocabulary]}. Layers share a matrix
   * product, whose time is in reading the matrix; the last has its own, because it is what the
   * model predicts, bit by bit.
   *
   * @param length the tokens of the prompt, of one row
   */
  public static List<Value<Axis>> logits(LanguageModel<?> model, Decoder view, int length) {
    int last = view.layerCount() - 1;
    long each = 4L * length * model.blueprint().vocabularySize();
    int together = (int) Math.max(1, Math.min(last, MOST_LOGITS / each));
    List<Value<Axis>> logits = new ArrayList<>();
    for (int begin = 0; begin < last; begin += together) {
      int end = Math.min(last, begin + together);
      List<Value<?>> outputs = new ArrayList<>();
      for (int i = begin; i < end; i++) {
        outputs.add(view.layer(i).output());
      }
      Value<Axis> all = any(view.project(Value.concat(outputs, 0).as(Decoder.Hidden.class)));
      for (int i = 0; i < end - begin; i++) {
        logits.add(end - begin == 1 ? all : all.get("%s:%s".formatted(i, i + 1)));
      }
    }
    logits.add(any(view.project(view.layer(last).output())));
    return logits;
  }

  /** The value at a site, by its key. */
  public static Value<Axis> read(Decoder view, SiteKey site) {
    return site.port() == Port.INPUT
        ? view.module(site.module()).input()
        : view.module(site.module()).output();
  }

  /** A value of whose width nothing is known. */
  @SuppressWarnings("unchecked")
  public static Value<Axis> any(Value<?> value) {
    return (Value<Axis>) value;
  }

  /** The name of a block without the names around it: {@code h.3} for {@code transformer.h.3}. */
  public static String shortened(String block) {
    return block.replaceFirst("^.*\\.(?=[^.]+\\.[^.]+$)", "");
  }

  /** The names of all blocks, shortened. */
  public static List<String> layerNames(LanguageModel<?> model) {
    return places(model).layers().stream().map(layer -> shortened(layer.module())).toList();
  }
}
