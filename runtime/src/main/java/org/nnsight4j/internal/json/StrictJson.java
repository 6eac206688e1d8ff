package org.nnsight4j.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * The one way to read JSON from outside: no name occurs twice in an object, nothing follows the
 * value, and what is deeper or longer than its reader allows is refused.
 */
public final class StrictJson {
  private StrictJson() {}

  /** A factory within limits; its writers escape what is not ASCII. */
  public static JsonFactory factory(StreamReadConstraints limits) {
    return builder(limits).build();
  }

  static JsonFactoryBuilder builder(StreamReadConstraints limits) {
    return (JsonFactoryBuilder)
        new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Java strings can contain unpaired surrogates, which UTF-8 cannot encode.
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .streamReadConstraints(limits);
  }

  /** A reader of whole documents. */
  public static ObjectMapper mapper(JsonFactory factory) {
    return new ObjectMapper(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /** A reader of whole documents up to a depth. */
  public static ObjectMapper mapper(int deepest) {
    return mapper(factory(StreamReadConstraints.builder().maxNestingDepth(deepest).build()));
  }
}
