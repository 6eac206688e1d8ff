package org.nnsight4j.internal.local;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.internal.spelling.HalfCharacters;
import org.nnsight4j.tokenizer.TextPair;

/**
 * Turns the users' inputs into prompts that a run can use.
 *
 * @param fail makes an error on the user's line
 */
public record PromptChecks(Blueprint blueprint, Function<String, RecordingException> fail) {
  public Prompt texts(List<String> texts) {
    if (texts == null || texts.stream().anyMatch(Objects::isNull)) {
      throw fail.apply("the prompt is null");
    }
    if (texts.isEmpty() || texts.stream().anyMatch(String::isEmpty)) {
      throw fail.apply("the prompt is empty; a run needs at least one token in every row");
    }
    for (int row = 0; row < texts.size(); row++) {
      String where = "row %s of the prompt: ".formatted(row);
      HalfCharacters.in(texts.get(row))
          .ifPresent(
              half -> {
                throw fail.apply(where + half);
              });
    }
    return new Prompt.Texts(texts);
  }

  public Prompt pairs(List<TextPair> pairs) {
    if (pairs == null || pairs.stream().anyMatch(Objects::isNull)) {
      throw fail.apply("the prompt is null");
    }
    if (blueprint.tokenTypes() == 0) {
      throw fail.apply(
          "'%s' reads one text in a row, so a pair of texts has no meaning for it; put both in one text"
              .formatted(blueprint.architecture()));
    }
    texts(pairs.stream().flatMap(pair -> Stream.of(pair.text(), pair.pair())).toList());
    return new Prompt.Pairs(
        pairs.stream().map(pair -> new Prompt.Pairs.Pair(pair.text(), pair.pair())).toList());
  }

  public Prompt ids(long[][] ids) {
    if (ids == null || Arrays.stream(ids).anyMatch(Objects::isNull)) {
      throw fail.apply("the ids are null");
    }
    if (ids.length == 0) {
      throw fail.apply("the batch of ids has no rows");
    }
    for (int row = 0; row < ids.length; row++) {
      check(row, ids[row]);
    }
    return new Prompt.Ids(Arrays.asList(ids));
  }

  private void check(int row, long[] ids) {
    int vocabulary = blueprint.vocabularySize();
    int positions = blueprint.maxPositions();
    if (ids.length == 0) {
      throw fail.apply(
          "row %s of the prompt is empty; a run needs at least one token".formatted(row));
    }
    if (ids.length > positions) {
      throw fail.apply(
          "row %s has %s, this model has %s"
              .formatted(row, Counted.of(ids.length, "token"), Counted.of(positions, "position")));
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw fail.apply(
            "token %s of row %s is %s, outside the vocabulary: 0 to %s"
                .formatted(i, row, ids[i], vocabulary - 1));
      }
    }
  }
}
