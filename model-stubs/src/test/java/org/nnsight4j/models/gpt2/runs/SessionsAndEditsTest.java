package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.refused;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.Attachment;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.wire.GraphFile;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Values between runs, and edits that come from elsewhere. */
final class SessionsAndEditsTest {
  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  @Test
  void runThatDependsOnAValueOfALoop() {
    refused(
        RecordingException.class,
        () ->
            GPT2.session(
                session -> {
                  Value<Axis> truth =
                      session
                          .generate(maxNewTokens(3))
                          .invoke(IDS, i -> i.steps(0, 3).each(m -> hidden(m, 1).norm().gt(0)));
                  session.when(truth, () -> session.trace().invoke(IDS).close());
                  return session;
                }),
        "is inside a loop or branch",
        "SessionsAndEditsTest.java");
  }

  @Test
  void gradientOfANumberOfAnEarlierRun() {
    refused(
        RecordingException.class,
        () ->
            GPT2.session(
                session -> {
                  Value<Axis> loss = session.trace().invoke(IDS, i -> hidden(i.model(), 1).sum());
                  return session
                      .trace()
                      .invoke(IDS, i -> hidden(i.model(), 1).gradient(loss).save());
                }),
        "is of an earlier run of the session",
        "SessionsAndEditsTest.java");
  }

  @Test
  void moduleOnAValueOfAnotherInvokerOfAnEarlierRun() {
    Saved<Hidden> applied =
        GPT2.session(
            session -> {
              Generator<Gpt2> first = session.trace();
              first.invoke(new long[] {1}).close();
              first.invoke(new long[] {1, 2}).close();
              Value<Hidden> value = first.invoke(IDS, i -> hidden(i.model(), 1));
              return session
                  .trace()
                  .invoke(IDS, i -> i.call(m -> m.transformer().h(2), value).output(0).save());
            });
    Saved<Hidden> expected = Probe.trace(model -> hidden(model, 2).save());
    assertClose("h.2", applied.value(), expected.value(), 1e-5);
  }

  @Test
  void twoEditsThatUseOneName() {
    LinearProbe probe = LinearProbe.of(Tensor.of(new float[256], 2, 128), Probe.floats(1, 2));
    Edit one = GPT2.edit(i -> i.call("p", probe, hidden(i.model(), 1)));
    Edit other = GPT2.edit(i -> i.call("p", probe, hidden(i.model(), 2)));
    try (LanguageModel<Gpt2> edited = GPT2.with(one, other)) {
      refused(
          PlanningException.class,
          () -> edited.trace("Hello", model -> model.output().save()),
          "two edits of this model call a value 'p.logits'",
          "SessionsAndEditsTest.java");
    }
  }

  @Test
  void rowsOfAPointThatCannotBeDistinguished() {
    Attachment flat = (input, points) -> points.show("flat", input.reshape(-1, 128));
    Edit edit = GPT2.edit(i -> i.call("f", flat, hidden(i.model(), 1)));
    try (LanguageModel<Gpt2> edited = GPT2.with(edit)) {
      refused(
          RunException.class,
          () ->
              edited
                  .trace()
                  .run(
                      generator -> {
                        generator.invoke(IDS).close();
                        return generator.invoke(IDS, i -> i.point("f.flat").save());
                      })
                  .result(),
          "have no batch",
          "SessionsAndEditsTest.java");
      Saved<Axis> alone =
          edited.trace().run(g -> g.invoke(IDS, i -> i.point("f.flat").save())).result();
      assertThat(alone.value().shape()).isEqualTo(new long[] {IDS.length, 128});
    }
  }

  @Test
  void runGivenAsAnEdit(@TempDir Path folder) {
    Path file = folder.resolve("edit.safetensors");
    GPT2.edit(i -> hidden(i.model(), 1).set(hidden(i.model(), 1).mul(0.5))).export(file);
    Graph graph = GraphFile.read(file).get(0);
    Prompt ids = new Prompt.Ids(List.of(new long[] {1, 2}));
    GraphFile.write(
        file,
        List.of(new Graph(graph.architecture(), List.of(ids), graph.nodes(), graph.blocks(), 0)));
    RecordingException error = assertThrows(RecordingException.class, () -> Edit.load(file));
    assertThat(error).hasMessageThat().contains("has prompts");
  }

  @Test
  void damagedFilesAreRefusedOrRun(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("edit.safetensors");
    GPT2.edit(
            i -> {
              Value<Hidden> value = hidden(i.model(), 1);
              value.get(":, -1, :2").set(Probe.floats(Double.NaN, 3));
              value.get("0, 0").set(5);
              value.norm().gt(1).cond(() -> value.set(value.mul(0.5)));
            })
        .export(file);
    byte[] good = Files.readAllBytes(file);
    byte[] symbols = "0123456789-\"{}[],:azL".getBytes(StandardCharsets.US_ASCII);
    Random random = new Random(5);
    int before = Probe.liveArrays();
    int refused = 0;
    for (int i = 0; i < 600; i++) {
      byte[] bad = Arrays.copyOf(good, i % 10 == 0 ? random.nextInt(good.length) : good.length);
      for (int change = 0; change < 2 && bad.length > 0; change++) {
        bad[random.nextInt(bad.length)] = symbols[random.nextInt(symbols.length)];
      }
      Files.write(file, bad);
      try (LanguageModel<Gpt2> edited = GPT2.with(Edit.load(file))) {
        edited.trace().run(g -> g.invoke(IDS, j -> j.model().output().save())).result();
      } catch (Nnsight4jException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(300);
    assertThat(Probe.liveArrays()).isEqualTo(before);
  }
}
