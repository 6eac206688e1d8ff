package org.nnsight4j.toolkit.mask;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The likeliest tokens at the masks of a text, like Hugging Face's pipeline {@code fill-mask}. */
public final class FillMask {
  private static final String MASK = "mask_token";

  private FillMask() {}

  /** One token and its probability. */
  public record Token(long id, String text, double probability) {}

  /**
   * One mask.
   *
   * @param position its position among the tokens of the text
   * @param tokens the likeliest tokens, in descending order
   */
  public record Filled(int position, List<Token> tokens) {
    public Filled {
      tokens = List.copyOf(tokens);
    }
  }

  private record Best(Saved<Axis> probabilities, Saved<Axis> ids) {}

  /**
   * Runs one forward pass: {@code FillMask.of(bert, "Paris is the [MASK] of France.", 5,
   * Bert::output)}.
   *
   * @param top the number of tokens for each mask
   * @param logits the model's logits, {@code [1, position, vocabulary]}
   * @throws RunException if the tokenizer has no mask token, or the text has no mask
   */
  public static <M> List<Filled> of(
      LanguageModel<M> language,
      String text,
      int top,
      Function<M, ? extends Value<? extends Axis>> logits) {
    long[] ids = language.tokenizer().encode(text);
    List<Integer> masks = masks(language, text, ids);
    Best best =
        language
            .trace()
            .run(
                generator ->
                    generator.invoke(
                        ids,
                        invoker -> {
                          Value.TopK most = logits.apply(invoker.model()).softmax(-1).topK(top, -1);
                          return new Best(most.values().save(), most.indices().save());
                        }))
            .result();
    return masks.stream().map(place -> filled(language, best, place)).toList();
  }

  private static List<Integer> masks(LanguageModel<?> language, String text, long[] ids) {
    String mask = language.tokenizer().specialTokens().get(MASK);
    if (mask == null) {
      throw new RunException(
          "the tokenizer has no %s, so there is nothing to fill; masked language models have one"
              .formatted(MASK));
    }
    long id = language.tokenizer().singleToken(mask);
    List<Integer> places = new ArrayList<>();
    for (int place = 0; place < ids.length; place++) {
      if (ids[place] == id) {
        places.add(place);
      }
    }
    if (places.isEmpty()) {
      throw new RunException("expected %s in the text, found none: '%s'".formatted(mask, text));
    }
    return places;
  }

  private static Filled filled(LanguageModel<?> language, Best best, int place) {
    Tensor ids = best.ids().value();
    List<Token> tokens = new ArrayList<>();
    for (int rank = 0; rank < ids.shape(-1); rank++) {
      long id = (long) ids.get(0, place, rank);
      double probability = best.probabilities().value().get(0, place, rank);
      tokens.add(new Token(id, language.tokenizer().token(id), probability));
    }
    return new Filled(place, tokens);
  }
}
