package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.stopStrings;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.refused;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;

/** Texts that hold half of a surrogate pair are refused, and not read as others; so are ids. */
final class HalfCharactersTest {
  private static final String CUT = "caf\ud83d";

  @Test
  void prompts() {
    refused(
        RecordingException.class,
        () -> GPT2.trace(CUT, model -> model.output().save()),
        "row 0 of the prompt: character 3 is \\ud83d, half of a surrogate pair",
        "HalfCharactersTest.java");
    refused(
        RecordingException.class,
        () -> {
          try (Generator<Gpt2> generator = GPT2.trace()) {
            generator.invoke(List.of("ok", "\ude00")).close();
          }
        },
        "row 1 of the prompt: character 0 is \\ude00");
    assertThat(GPT2.trace("\ud83d\ude00", model -> model.output().save()).value().shape(1))
        .isEqualTo(4);
  }

  @Test
  void names() {
    LinearProbe probe = LinearProbe.of(Tensor.of(new float[256], 2, 128), Probe.floats(1, 2));
    refused(
        RecordingException.class,
        () ->
            GPT2.trace()
                .run(
                    generator ->
                        generator.invoke(
                            IDS,
                            i -> i.call(CUT, probe, i.model().transformer().h(1).output(0)).save()))
                .result(),
        "the name of a value: character 3 is \\ud83d");
  }

  @Test
  void stops() {
    OptionsException error = assertThrows(OptionsException.class, () -> stopStrings("a", CUT));
    assertThat(error)
        .hasMessageThat()
        .contains("stopStrings must be texts: character 3 is \\ud83d, half of a surrogate pair");
  }

  @Test
  void ids() {
    for (long none : new long[] {-1, 99_999, (1L << 32) + 5}) {
      refused(
          RunException.class,
          () -> GPT2.tokenizer().decode(new long[] {5, none}),
          none + " is no token id; there are 0 to ");
      refused(RunException.class, () -> GPT2.tokenizer().token(none), none + " is no token id");
    }
  }
}
