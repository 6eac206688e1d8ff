package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.wire.GraphJson;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Graphs as bytes: the same graph comes back, and what is not known is refused by name. */
final class WireTest {
  @TempDir Path folder;

  private static Edit steering() {
    Tensor vector = Probe.floats(new double[128]);
    return GPT2.edit(
        invoker -> {
          Value<Hidden> hidden = invoker.model().transformer().h(1).output(0);
          Value<Hidden> scaled = hidden.add(hidden.constant(vector)).mul(Double.MAX_VALUE);
          hidden.norm().gt(0).cond(() -> hidden.set(hidden.mul(0.5)));
          hidden.at(-1).set(scaled.mul(0).at(-1));
        });
  }

  private static GraphJson.Document document(Edit edit, Path file) {
    edit.export(file);
    return new GraphJson.Document(
        String.valueOf(SafetensorsHeader.read(file).metadata().get("nnsight4j.graph")),
        Safetensors.read(file));
  }

  private static Tensor logits(LanguageModel<Gpt2> model) {
    Saved<Vocab> saved = model.trace("Hello", gpt2 -> gpt2.output().save());
    return saved.value();
  }

  @Test
  void aWrittenEditDoesTheSame() {
    Edit edit = steering();
    Path file = folder.resolve("edit.safetensors");
    edit.export(file);
    Tensor direct = logits(GPT2.with(edit));
    assertThat(logits(GPT2.with(Edit.load(file)))).isEqualTo(direct);
    assertThat(direct).isNotEqualTo(logits(GPT2));
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`\"settled\":false`|`\"settled\":false,\"eager\":true`|does not know the field 'eager'",
        "`\"op\":\"mul_real\"`|`\"op\":\"exec\"`|no operation 'exec'",
        "`\"kind\":\"write\"`|`\"kind\":\"run\"`|does not know nodes of the kind 'run'",
        "`\"kind\":\"branch\"`|`\"kind\":\"while\"`|does not know blocks of the kind 'while'",
        "`\"kind\":\"whole\"`|`\"kind\":\"url\"`|does not know prompts of the kind 'url'",
        "`{\"real\":0.5}`|`{\"code\":0.5}`|does not know arguments of the kind 'code'",
        "`{\"real\":0.5}`|`{\"text\":\"x\"}`|cannot be",
        "`{\"real\":0.5}`|`{\"real\":\"x\"}`|expected a number",
        "`\"tensor\":\"t0\"`|`\"tensor\":\"t9\"`|there is no tensor 't9'",
        "`\"port\":\"output\"`|`\"port\":\"side\"`|'port' must be one of",
        "`\"invoker\":0`|`\"invoker\":7`|there is no prompt 7",
        "`\"edits\":0`|`\"edits\":-1`|'edits' must be at least 0",
        "`\"from\":0`|`\"from\":5000000000`|'from' must be an integer",
        "`,\"settled\":false`|``|the field 'settled' is missing",
        "`{\"ref\":0}`|`{\"ref\":900}`|needs node 900, which is not before it",
        "`{\"ref\":0}`|`{\"ref\":-3}`|needs node -3, which is not before it",
        "`\"schema\":2,`|`\"schema\":2,\"schema\":2,`|not JSON",
      })
  void refusesWhatItDoesNotKnow(String from, String to, String message) {
    GraphJson.Document document = document(steering(), folder.resolve("edit.safetensors"));
    assertThat(document.json()).contains(from);
    String changed = document.json().replaceFirst(Pattern.quote(from), to);
    SerializationException error =
        assertThrows(
            SerializationException.class,
            () -> GraphJson.read(new GraphJson.Document(changed, document.tensors())));
    assertThat(error).hasMessageThat().contains(message);
  }

  @Test
  void refusesAnotherSchema() {
    GraphJson.Document document = document(steering(), folder.resolve("edit.safetensors"));
    String newer = document.json().replace("\"schema\":2", "\"schema\":3");
    SerializationException error =
        assertThrows(
            SerializationException.class,
            () -> GraphJson.read(new GraphJson.Document(newer, document.tensors())));
    assertThat(error)
        .hasMessageThat()
        .isEqualTo("the graph has the schema version 3, this version of nnsight4j reads 2");
  }

  @Test
  void aHostCallIsRefusedByItsLine() {
    Edit edit =
        GPT2.edit(
            invoker -> {
              Value<Hidden> hidden = invoker.model().transformer().h(1).output(0);
              hidden.set(hidden.hostCall(tensor -> tensor));
            });
    SerializationException error =
        assertThrows(
            SerializationException.class, () -> edit.export(folder.resolve("edit.safetensors")));
    assertThat(error).hasMessageThat().contains("host call at WireTest.java:");
    assertThat(folder.toFile().list()).isEmpty();
  }

  @Test
  void aFileWithoutAGraphIsRefused() {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file, Map.of("w", Probe.floats(1, 2)), Map.of());
    SerializationException error =
        assertThrows(SerializationException.class, () -> Edit.load(file));
    assertThat(error).hasMessageThat().contains("holds no graph");
  }

  @Test
  void numbersThatJsonLacksComeBack() {
    for (double number : List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)) {
      Edit edit =
          GPT2.edit(
              invoker -> {
                Value<Hidden> hidden = invoker.model().transformer().h(1).output(0);
                hidden.set(hidden.mul(number));
              });
      GraphJson.Document document = document(edit, folder.resolve("edit.safetensors"));
      assertWithMessage("%s", number)
          .that(GraphJson.write(GraphJson.read(document)).json())
          .isEqualTo(document.json());
    }
  }
}
