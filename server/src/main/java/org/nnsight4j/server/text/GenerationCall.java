package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.server.execute.TextCall;

/** A chat or a text that the model continues. */
final class GenerationCall implements TextCall {
  private static final int USUAL_TOKENS = 16;
  private static final int MOST_TOKENS = 4096;

  /** They say who asks, or what is done anyway. */
  private static final Set<String> HARMLESS =
      Set.of("user", "metadata", "safety_identifier", "prompt_cache_key", "parallel_tool_calls");

  private static final Set<String> SHARED =
      Set.of(
          "model",
          "stream",
          "stream_options",
          "max_tokens",
          "frequency_penalty",
          "presence_penalty",
          "logit_bias",
          "logprobs",
          "store",
          "service_tier",
          Extension.NAME);

  private static final Set<String> CHAT =
      names(
          Set.of(
              "messages",
              "max_completion_tokens",
              "top_logprobs",
              "tools",
              "tool_choice",
              "functions",
              "function_call",
              "response_format",
              "modalities"));

  private static final Set<String> COMPLETION =
      names(Set.of("prompt", "echo", "suffix", "best_of"));

  private final String name;
  private final boolean chat;
  private final boolean streams;
  private final boolean usage;
  private final int promptTokens;
  private final int sequences;
  private final Extension extension;
  private final byte[] request;
  private final List<Choice> choices = new ArrayList<>();

  private GenerationCall(
      TextModel model, Fields fields, boolean chat, long[][] rows, int maxTokens, long seed) {
    this.name = fields.text("model");
    this.chat = chat;
    this.streams = fields.flag("stream");
    this.usage = usage(fields);
    this.promptTokens = Arrays.stream(rows).mapToInt(row -> row.length).sum();
    Sampling sampling = Sampling.of(fields, maxTokens, seed);
    this.sequences = rows.length * sampling.choices();
    this.extension = new Extension(model, fields.get(Extension.NAME), rows[0].length, maxTokens);
    if (!extension.isEmpty() && sequences > 1) {
      throw Fields.wrong(
          Extension.NAME,
          "expected one prompt and one choice with this field, found %s sequences"
              .formatted(sequences));
    }
    for (int i = 0; i < sequences; i++) {
      choices.add(new Choice(model.model().tokenizer(), sampling.stops()));
    }
    this.request =
        model
            .model()
            .request(
                sampling.options(),
                generator -> {
                  try (Invoker<AnyModel> invoker = generator.invoke(rows)) {
                    extension.record(invoker);
                  }
                });
  }

  private static Set<String> names(Set<String> own) {
    Set<String> all = new HashSet<>(own);
    all.addAll(SHARED);
    all.addAll(HARMLESS);
    all.addAll(Sampling.FIELDS);
    return all;
  }

  static GenerationCall chat(TextModel model, JsonNode json, long seed) {
    Fields fields = Fields.of("", json, CHAT);
    neutral(fields);
    fields.only("logprobs", "false");
    fields.only("top_logprobs", "0");
    fields.only("tools", "[]");
    fields.only("tool_choice", "\"none\"", "\"auto\"");
    fields.only("functions", "[]");
    fields.only("function_call", "\"none\"", "\"auto\"");
    fields.only("response_format", "{\"type\":\"text\"}");
    fields.only("modalities", "[\"text\"]");
    long[] row =
        new Prompts(model).chat("messages", fields.required("messages", "a list of messages"));
    Integer most = fields.whole("max_completion_tokens", 1, Integer.MAX_VALUE);
    Integer older = fields.whole("max_tokens", 1, Integer.MAX_VALUE);
    if (most != null && older != null && !most.equals(older)) {
      throw Fields.wrong(
          "max_tokens",
          "expected max_completion_tokens alone, found max_tokens with another value");
    }
    // The last new token is never an input, so it needs no position.
    int room = Math.min(MOST_TOKENS, model.positions() - row.length + 1);
    int tokens = most != null ? most : older != null ? older : room;
    return new GenerationCall(model, fields, true, new long[][] {row}, tokens, seed);
  }

  static GenerationCall completion(TextModel model, JsonNode json, long seed) {
    Fields fields = Fields.of("", json, COMPLETION);
    neutral(fields);
    fields.only("logprobs");
    fields.only("echo", "false");
    fields.only("suffix", "\"\"");
    fields.only("best_of", "1");
    long[][] rows =
        new Prompts(model).rows("prompt", fields.required("prompt", "a text, texts or token ids"));
    Integer most = fields.whole("max_tokens", 1, Integer.MAX_VALUE);
    return new GenerationCall(model, fields, false, rows, most == null ? USUAL_TOKENS : most, seed);
  }

  /** Fields for which this server has one value alone. */
  private static void neutral(Fields fields) {
    fields.only("frequency_penalty", "0", "0.0");
    fields.only("presence_penalty", "0", "0.0");
    fields.only("logit_bias", "{}");
    fields.only("store", "false");
    fields.only("service_tier", "\"auto\"", "\"default\"");
  }

  private static boolean usage(Fields fields) {
    JsonNode options = fields.get("stream_options");
    if (options == null) {
      return false;
    }
    Fields given =
        Fields.of("stream_options", options, Set.of("include_usage", "include_obfuscation"));
    given.only("include_obfuscation", "false");
    return given.flag("include_usage");
  }

  @Override
  public byte[] request() {
    return request;
  }

  @Override
  public boolean streams() {
    return streams;
  }

  @Override
  public ObjectNode answer(String id, long created, byte[] bytes) {
    Result result = result(bytes);
    ObjectNode answer = head(id, created, chat ? "chat.completion" : "text_completion");
    int index = 0;
    for (GeneratedSequence sequence : sequences(result)) {
      ObjectNode choice = answer.withArray("choices").addObject().put("index", index);
      String text = choices.get(index++).whole(sequence.newIds());
      if (chat) {
        choice
            .putObject("message")
            .put("role", "assistant")
            .put("content", text)
            .putNull("refusal");
      } else {
        choice.put("text", text);
      }
      choice.putNull("logprobs").put("finish_reason", reason(sequence));
    }
    answer.set("usage", usage(result));
    tell(answer, result);
    return answer;
  }

  private void tell(ObjectNode answer, Result result) {
    if (extension.isEmpty()) {
      return;
    }
    List<Integer> saves =
        RunRequest.read(request).graphs().get(0).nodes().stream()
            .filter(Node.Save.class::isInstance)
            .map(Node::id)
            .toList();
    answer.set(Extension.NAME, extension.answer(result, saves));
  }

  private static Result result(byte[] bytes) {
    return ResultFile.read(bytes).get(0).orElseThrow();
  }

  private static List<GeneratedSequence> sequences(Result result) {
    Generated generated = result.generated();
    if (generated == null) {
      throw new IllegalStateException("expected a result with new tokens");
    }
    return generated.rows().stream().flatMap(List::stream).toList();
  }

  private static List<Long> ids(GeneratedSequence sequence) {
    return Arrays.stream(sequence.newIds()).boxed().toList();
  }

  private static String reason(GeneratedSequence sequence) {
    return sequence.finishReason() == FinishReason.LENGTH ? "length" : "stop";
  }

  private ObjectNode usage(Result result) {
    int completion =
        sequences(result).stream().mapToInt(sequence -> sequence.newIds().length).sum();
    return JsonNodeFactory.instance
        .objectNode()
        .put("prompt_tokens", promptTokens)
        .put("completion_tokens", completion)
        .put("total_tokens", promptTokens + completion);
  }

  private ObjectNode head(String id, long created, String object) {
    ObjectNode head = JsonNodeFactory.instance.objectNode();
    head.put("id", (chat ? "chatcmpl-" : "cmpl-") + id);
    return head.put("object", object).put("created", created).put("model", name);
  }

  private ObjectNode piece(String id, long created) {
    ObjectNode piece = head(id, created, chat ? "chat.completion.chunk" : "text_completion");
    piece.putArray("choices");
    if (usage) {
      piece.putNull("usage");
    }
    return piece;
  }

  /** A piece of one choice. */
  private ObjectNode piece(
      String id, long created, int index, @Nullable String text, @Nullable String reason) {
    ObjectNode piece = piece(id, created);
    ObjectNode choice = piece.withArray("choices").addObject().put("index", index);
    if (!chat) {
      choice.put("text", text == null ? "" : text);
    } else {
      ObjectNode delta = choice.putObject("delta");
      if (text != null) {
        delta.put("content", text);
      }
    }
    choice.putNull("logprobs").put("finish_reason", reason);
    return piece;
  }

  @Override
  public List<ObjectNode> begin(String id, long created) {
    List<ObjectNode> pieces = new ArrayList<>();
    for (int index = 0; chat && index < sequences; index++) {
      ObjectNode piece = piece(id, created, index, "", null);
      ((ObjectNode) piece.at("/choices/0/delta")).put("role", "assistant");
      pieces.add(piece);
    }
    return pieces;
  }

  @Override
  public List<ObjectNode> pieces(String id, long created, List<List<Long>> newIds) {
    List<ObjectNode> pieces = new ArrayList<>();
    for (int index = 0; index < Math.min(sequences, newIds.size()); index++) {
      String text = choices.get(index).next(newIds.get(index));
      if (!text.isEmpty()) {
        pieces.add(piece(id, created, index, text, null));
      }
    }
    return pieces;
  }

  @Override
  public List<ObjectNode> end(String id, long created, byte[] bytes) {
    Result result = result(bytes);
    List<ObjectNode> pieces = new ArrayList<>();
    int index = 0;
    for (GeneratedSequence sequence : sequences(result)) {
      String text = choices.get(index).end(ids(sequence));
      if (!text.isEmpty()) {
        pieces.add(piece(id, created, index, text, null));
      }
      ObjectNode last = piece(id, created, index, null, reason(sequence));
      if (index++ == 0) {
        tell(last, result);
      }
      pieces.add(last);
    }
    if (usage) {
      ObjectNode last = piece(id, created);
      last.set("usage", usage(result));
      pieces.add(last);
    }
    return pieces;
  }
}
