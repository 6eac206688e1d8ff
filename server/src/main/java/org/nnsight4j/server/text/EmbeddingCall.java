package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.nnsight4j.Invoker;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.server.execute.TextCall;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** One vector for each text: the output of a layer, over its tokens. */
final class EmbeddingCall implements TextCall {
  private static final Set<String> FIELDS =
      Set.of("model", "input", "encoding_format", "dimensions", "user", Extension.NAME);

  private static final long MOST_NUMBERS = 4_000_000;

  private final String name;
  private final boolean base64;
  private final boolean normalized;
  private final int tokens;
  private final int rows;
  private final byte[] request;

  private EmbeddingCall(TextModel model, Fields fields, long[][] rows) {
    this.name = fields.text("model");
    this.tokens = Arrays.stream(rows).mapToInt(row -> row.length).sum();
    this.rows = rows.length;
    String format = fields.text("encoding_format", "float");
    this.base64 = format.equals("base64");
    if (!base64 && !format.equals("float")) {
      throw Fields.refused("encoding_format", "float or base64", fields.get("encoding_format"));
    }
    JsonNode given = fields.get(Extension.NAME);
    Fields own =
        Fields.of(
            Extension.NAME,
            given == null ? JsonNodeFactory.instance.objectNode() : given,
            Set.of("layer", "pooling", "normalize"));
    int last = model.layers() - 1;
    int chosen = Extension.layer(model, own);
    int layer = chosen < 0 ? last : chosen;
    String pooling = own.text("pooling", "mean");
    if (!List.of("mean", "last", "first", "max").contains(pooling)) {
      throw Fields.refused(own.name("pooling"), "mean, last, first or max", own.get("pooling"));
    }
    this.normalized = own.get("normalize") == null || own.flag("normalize");
    long numbers = (long) rows.length * model.hiddenWidth();
    if (numbers > MOST_NUMBERS) {
      throw Fields.wrong(
          "input",
          "expected at most %s numbers in an answer, these are %s; send fewer texts at a time"
              .formatted(MOST_NUMBERS, numbers));
    }
    this.request =
        model
            .model()
            .request(
                TraceOptions.defaults(),
                generator -> {
                  try (Invoker<AnyModel> invoker = generator.invoke(rows)) {
                    var unused = pooled(pooling, invoker.model().layer(layer).output()).save();
                  }
                });
  }

  static EmbeddingCall of(TextModel model, JsonNode json) {
    Fields fields = Fields.of("", json, FIELDS);
    fields.only("dimensions");
    JsonNode input = fields.required("input", "a text, texts or token ids");
    return new EmbeddingCall(model, fields, new Prompts(model).rows("input", input));
  }

  private static Value<Decoder.Hidden> pooled(String pooling, Value<Decoder.Hidden> stream) {
    return switch (pooling) {
      case "last" -> stream.at(-1);
      case "first" -> stream.at(0);
      case "max" -> stream.maxOverTokens();
      default -> stream.meanOverTokens();
    };
  }

  @Override
  public byte[] request() {
    return request;
  }

  @Override
  public boolean streams() {
    return false;
  }

  @Override
  public ObjectNode answer(String id, long created, byte[] bytes) {
    Result result = ResultFile.read(bytes).get(0).orElseThrow();
    Tensor saved = result.saved().values().iterator().next().get(0);
    if (saved == null) {
      throw new IllegalStateException("expected the vectors of %s texts".formatted(rows));
    }
    float[] all = saved.toFloatArray();
    int width = all.length / rows;
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = answer.putArray("data");
    for (int row = 0; row < rows; row++) {
      float[] vector = Arrays.copyOfRange(all, row * width, (row + 1) * width);
      ObjectNode one = data.addObject().put("object", "embedding").put("index", row);
      put(one, normalized ? normalized(vector) : vector);
    }
    answer.put("model", name);
    answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return answer;
  }

  private static float[] normalized(float[] vector) {
    double squares = 0;
    for (float number : vector) {
      squares += (double) number * number;
    }
    double length = Math.sqrt(squares);
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = length == 0 ? 0 : (float) (vector[i] / length);
    }
    return unit;
  }

  private void put(ObjectNode one, float[] vector) {
    if (base64) {
      ByteBuffer bytes =
          ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(vector);
      one.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      return;
    }
    ArrayNode numbers = one.putArray("embedding");
    for (float number : vector) {
      numbers.add(number);
    }
  }

  @Override
  public List<ObjectNode> begin(String id, long created) {
    return List.of();
  }

  @Override
  public List<ObjectNode> pieces(String id, long created, List<List<Long>> newIds) {
    return List.of();
  }

  @Override
  public List<ObjectNode> end(String id, long created, byte[] result) {
    return List.of(answer(id, created, result));
  }
}
