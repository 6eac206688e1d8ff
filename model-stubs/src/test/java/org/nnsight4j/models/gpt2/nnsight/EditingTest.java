package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.Attachment;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_lm.py}: TestEditing. */
final class EditingTest {
  /** Gives its input; its inner value is {@code out} (nnsight's {@code WrapperModule}). */
  private static final Attachment WRAPPER = (input, points) -> points.show("out", input);

  private static final Edit WRAPPED =
      GPT2.edit(
          i -> {
            Value<Hidden> hidden = hidden(i.model(), 1);
            hidden.set(i.call("wrapper", WRAPPER, hidden).as(Hidden.class));
          });

  private static final Edit ZEROED = GPT2.edit(i -> hidden(i.model(), 1).set(0));

  private static <R> R trace(LanguageModel<Gpt2> model, Function<Invoker<Gpt2>, R> body) {
    return model.trace().run(generator -> generator.invoke(MSG, body::apply)).result();
  }

  private static Saved<Vocab> logits(LanguageModel<Gpt2> model) {
    return trace(model, i -> i.model().output().save());
  }

  @Test
  void editWithAttachment() {
    try (LanguageModel<Gpt2> edited = GPT2.with(WRAPPED)) {
      record Two(Saved<Axis> inner, Saved<Hidden> site) {}
      Two read =
          trace(edited, i -> new Two(i.point("wrapper.out").save(), hidden(i.model(), 1).save()));
      assertThat(read.inner().value()).isEqualTo(read.site().value());
      assertThat(logits(edited).value()).isEqualTo(logits(GPT2).value());
      Saved<Vocab> zeroed =
          trace(
              edited,
              i -> {
                i.point("wrapper.out").set(0);
                return i.model().output().save();
              });
      try (LanguageModel<Gpt2> direct = GPT2.with(ZEROED)) {
        assertThat(zeroed.value()).isEqualTo(logits(direct).value());
      }
      assertThat(zeroed.value()).isNotEqualTo(logits(GPT2).value());
    }
    RecordingException error =
        assertThrows(RecordingException.class, () -> trace(GPT2, i -> i.point("wrapper.out")));
    assertThat(error).hasMessageThat().contains("no value named 'wrapper.out'");
  }

  @Test
  void nonInplaceEditing() {
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class);
        LanguageModel<Gpt2> copy = model.with(ZEROED)) {
      assertThat(isZero(trace(copy, i -> hidden(i.model(), 1).save()).value())).isTrue();
      assertThat(isZero(trace(model, i -> hidden(i.model(), 1).save()).value())).isFalse();
      model.apply(GPT2.edit(i -> hidden(i.model(), 2).set(0)));
      assertThat(isZero(trace(model, i -> hidden(i.model(), 2).save()).value())).isTrue();
      assertThat(isZero(trace(copy, i -> hidden(i.model(), 2).save()).value())).isFalse();
    }
  }

  @Test
  void clearEdits() {
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
      model.apply(ZEROED);
      assertThat(logits(model).value()).isNotEqualTo(logits(GPT2).value());
      model.clearEdits();
      assertThat(model.edits()).isEmpty();
      assertThat(logits(model).value()).isEqualTo(logits(GPT2).value());
    }
  }

  @Test
  void batchedEditing() {
    try (LanguageModel<Gpt2> edited = GPT2.with(ZEROED)) {
      Generator<Gpt2> generator = edited.trace();
      List<Saved<Hidden>> hidden =
          List.of(
              generator.invoke(MSG, i -> hidden(i.model(), 1).save()),
              generator.invoke(
                  List.of(Suite.ET, "The capital of France is"), i -> hidden(i.model(), 1).save()));
      generator.close();
      assertThat(hidden.get(1).value().shape(0)).isEqualTo(2);
      assertThat(hidden.stream().allMatch(saved -> isZero(saved.value()))).isTrue();
    }
  }

  /** An edit and the user's own run on top of it, at every step. */
  @Test
  void editHappensAtEachStepBeforeTheRunsOwn() {
    try (LanguageModel<Gpt2> edited = GPT2.with(ZEROED)) {
      Generator<Gpt2> generator = edited.generate(Suite.exactly(3));
      record Two(Saved<Hidden> seen, Saved<Hidden> after) {}
      Two found =
          generator.invoke(
              MSG,
              i -> {
                Saved<Hidden> seen = i.allSteps().each(model -> hidden(model, 1).save());
                i.allSteps().forEach(model -> hidden(model, 1).set(1));
                return new Two(seen, i.allSteps().each(model -> hidden(model, 1).save()));
              });
      generator.close();
      assertThat(found.seen().values()).hasSize(3);
      assertThat(found.seen().values().stream().allMatch(Suite::isZero)).isTrue();
      assertThat(found.after().values().stream().noneMatch(Suite::isZero)).isTrue();
    }
  }

  /** {@code test_export_edits} of earlier versions: to a file and back. */
  @Test
  void exportEdits(@TempDir Path folder) {
    Edit both = WRAPPED.then(ZEROED);
    both.export(folder.resolve("edit.safetensors"));
    Edit loaded = Edit.load(folder.resolve("edit.safetensors"));
    try (LanguageModel<Gpt2> one = GPT2.with(both);
        LanguageModel<Gpt2> other = GPT2.with(loaded)) {
      assertThat(logits(other).value()).isEqualTo(logits(one).value());
      assertThat(near(logits(one).value(), logits(GPT2).value())).isFalse();
    }
  }

  @Test
  void anEditKeepsNothing() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () -> GPT2.edit(i -> assertThat(hidden(i.model(), 1).save()).isNotNull()));
    assertThat(error).hasMessageThat().contains("save() and stop() belong into a run");
  }
}
