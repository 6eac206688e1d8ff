package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;

/** Texts are counted before a request is accepted, by a process that has the tokenizer. */
final class TextLengthsTest {
  private static final int POSITIONS = 128;
  private final GraphKind kind = new GraphKind();

  private RequestCheck check(Path directory) {
    ModelSpec spec = new ModelSpec("m", "graph", EmbeddedGpt2.directory().toString(), 1);
    return kind.check(kind.describe(spec), new ModelSpec("m", "graph", directory.toString(), 1));
  }

  private static byte[] pass(String text) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      return gpt2.request(
          TraceOptions.defaults(),
          generator ->
              generator.invoke(
                  List.of("short", text),
                  invoker -> {
                    var unused = invoker.model().lmHead().output().save();
                  }));
    }
  }

  private static byte[] generation(String text, GenerateOptions options) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      return gpt2.request(options, generator -> generator.invoke(text, invoker -> {}));
    }
  }

  private static int tokens(String text) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      return gpt2.tokenizer().encode(text).length;
    }
  }

  private static String detail(Verdict verdict) {
    return verdict.problems().isEmpty() ? "" : verdict.problems().get(0).detail();
  }

  @Test
  void aTextIsRefusedByItsTokens() {
    String text = " city".repeat(POSITIONS + 1);
    assertThat(detail(check(EmbeddedGpt2.directory()).check(pass(text))))
        .contains(
            "a prompt of %s tokens needs %s positions, this model has 128"
                .formatted(tokens(text), tokens(text)));
  }

  /** More bytes than positions say nothing. */
  @Test
  void aTextOfManyBytesAndFewTokensIsAccepted() {
    String text = " city".repeat(POSITIONS - 8);
    assertThat(tokens(text)).isAtMost(POSITIONS);
    assertThat(detail(check(EmbeddedGpt2.directory()).check(pass(text)))).isEmpty();
  }

  @Test
  void newTokensNeedPositionsToo() {
    String text = " city".repeat(100);
    int room = POSITIONS - tokens(text) + 1;
    RequestCheck check = check(EmbeddedGpt2.directory());
    assertThat(detail(check.check(generation(text, Options.maxNewTokens(room).doSample(false)))))
        .isEmpty();
    assertThat(
            detail(check.check(generation(text, Options.maxNewTokens(room + 1).doSample(false)))))
        .contains("and %s new ones need 129 positions".formatted(room + 1));
  }

  /** Whoever has no tokenizer leaves it to the worker. */
  @Test
  void withoutATokenizerNothingIsCounted() {
    byte[] request = pass(" city".repeat(POSITIONS + 1));
    assertThat(detail(check(Path.of("/nowhere")).check(request))).isEmpty();
    assertThat(detail(Requests.check().check(request))).isEmpty();
  }
}
