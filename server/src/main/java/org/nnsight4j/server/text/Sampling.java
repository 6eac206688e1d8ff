package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.nnsight4j.Options;
import org.nnsight4j.generate.GenerateOptions;

/**
 * How tokens are chosen.
 *
 * @param choices how many sequences each prompt gets
 * @param stops the strings that end a sequence
 */
record Sampling(GenerateOptions options, int choices, List<String> stops) {
  /** The fields that are read here. */
  static final Set<String> FIELDS =
      Set.of("temperature", "top_p", "top_k", "repetition_penalty", "n", "seed", "stop");

  private static final int MOST_CHOICES = 16;
  private static final int MOST_STOPS = 16;

  /**
   * Reads the fields: the temperature is 1 unless another is given, and 0 takes the most likely
   * token.
   *
   * @param seed draws the tokens if the request gives no seed
   */
  static Sampling of(Fields fields, int maxTokens, long seed) {
    Double temperature = fields.number("temperature", 0, 2);
    Double topP = fields.positive("top_p", 1);
    Integer topK = fields.whole("top_k", 0, Integer.MAX_VALUE);
    Double penalty = fields.positive("repetition_penalty", 100);
    Integer n = fields.whole("n", 1, MOST_CHOICES);
    Long given = fields.seed("seed");
    List<String> stops = stops(fields);
    int choices = n == null ? 1 : n;
    GenerateOptions options = Options.maxNewTokens(maxTokens).numBeams(1);
    if (temperature != null && temperature == 0) {
      if (choices > 1) {
        throw Fields.wrong(
            "n", "expected one choice at temperature 0, where all are the same, found " + choices);
      }
      options = options.doSample(false);
    } else {
      options =
          options
              .doSample()
              .temperature(temperature == null ? 1 : temperature)
              .topP(topP == null ? 1 : topP)
              .topK(topK == null ? 0 : topK)
              .numReturnSequences(choices)
              .seed(given == null ? seed : given);
    }
    if (penalty != null) {
      options = options.repetitionPenalty(penalty);
    }
    if (!stops.isEmpty()) {
      options = options.stopStrings(stops.toArray(String[]::new));
    }
    return new Sampling(options, choices, stops);
  }

  private static List<String> stops(Fields fields) {
    JsonNode stop = fields.get("stop");
    List<String> stops = new ArrayList<>();
    if (stop != null && stop.isArray()) {
      stop.forEach(each -> stops.add(Fields.textOf("stop", each)));
    } else if (stop != null) {
      stops.add(Fields.textOf("stop", stop));
    }
    if (stops.size() > MOST_STOPS || stops.contains("")) {
      throw Fields.refused(
          "stop", "at most %s texts that are not empty".formatted(MOST_STOPS), stop);
    }
    return stops;
  }
}
