package org.nnsight4j.internal.local;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.run.Batch;

/**
 * The {@code max_position_embeddings} of a model that computes its positions. Such a model runs on
 * longer rows, here as in Hugging Face, but it was not made for their positions.
 */
record TrainedPositions(int most) {
  private static final String KEY = "max_position_embeddings";
  private static final Pattern COUNT = Pattern.compile("[1-9]\\d{0,8}");

  /** Those of a model; empty if longer rows are refused, or the file does not say their length. */
  static Optional<TrainedPositions> of(Blueprint blueprint, ModelConfig config) {
    if (blueprint.maxPositions() != Blueprint.NO_LIMIT || isMadeForLonger(config)) {
      return Optional.empty();
    }
    Optional<String> outside = config.json(KEY);
    return outside
        .or(() -> config.isNull("text_config") ? Optional.empty() : text(config))
        .filter(number -> COUNT.matcher(number).matches())
        .map(number -> new TrainedPositions(Integer.parseInt(number)));
  }

  private static Optional<String> text(ModelConfig config) {
    return config.section("text_config").flatMap(section -> section.json(KEY));
  }

  /** Dynamic tables grow with the row; slopes of ALiBi have no length. */
  private static boolean isMadeForLonger(ModelConfig config) {
    return config.json("rope_scaling").orElse("").contains("\"dynamic\"")
        || config.json("rope_parameters").orElse("").contains("\"dynamic\"")
        || config.json("alibi").orElse("").equals("true");
  }

  /** The warning for the rows of a run; none if all are short enough. */
  List<String> warnings(Batch batch, @Nullable Generated generated) {
    int longest = batch.length();
    if (generated != null) {
      for (GeneratedSequence row : generated.sequences()) {
        // The last new token is never an input.
        longest = Math.max(longest, row.ids().length - 1);
      }
    }
    return longest <= most
        ? List.of()
        : List.of(
            "a row has %s positions, and config.json says %s = %s: the model runs, as in Hugging Face, but was not made for the positions after %s; shorten the prompt, or lower maxNewTokens"
                .formatted(longest, KEY, most, most));
  }
}
