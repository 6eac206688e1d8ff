package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Scan;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_lm.py}: TestInvokerBatching and TestScan. */
final class BatchingTest {
  private static final List<String> LIST = List.of(Suite.ET, "The capital of France is");

  /** Rows 1, 2, (all) 4, (all) 4, 1. */
  @Test
  void invokerGroupBatching() {
    Generator<Gpt2> generator = GPT2.trace();
    List<Saved<Hidden>> out = new ArrayList<>();
    out.add(generator.invoke(MSG, i -> hidden(i.model(), 1).save()));
    out.add(generator.invoke(List.of(Suite.ET, MSG), i -> hidden(i.model(), 1).save()));
    out.add(generator.invoke(i -> hidden(i.model(), 1).save()));
    out.add(generator.invoke(i -> hidden(i.model(), 1).save()));
    out.add(generator.invoke(MSG, i -> hidden(i.model(), 1).save()));
    generator.close();
    List<Tensor> values = out.stream().map(Saved::value).toList();
    assertThat(values.stream().map(value -> value.shape(0)))
        .containsExactly(1L, 2L, 4L, 4L, 1L)
        .inOrder();
    assertThat(values.get(2)).isEqualTo(values.get(3));
    assertThat(row(values.get(2), 0)).isEqualTo(row(values.get(0), 0));
    assertThat(row(values.get(2), 1)).isEqualTo(row(values.get(1), 0));
    assertThat(row(values.get(2), 2)).isEqualTo(row(values.get(1), 1));
    assertThat(row(values.get(2), 3)).isEqualTo(row(values.get(4), 0));
    assertThat(near(row(values.get(1), 1), row(values.get(0), 0))).isTrue();
  }

  private static Tensor row(Tensor rows, int row) {
    long[] shape = Arrays.copyOfRange(rows.shape(), 1, rows.rank());
    int size = rows.size() / (int) rows.shape(0);
    return Tensor.of(Arrays.copyOfRange(rows.toFloatArray(), row * size, (row + 1) * size), shape);
  }

  private static Saved<Vocab> last(Generator<Gpt2> generator, List<String> texts) {
    return generator.invoke(texts, i -> i.model().output().at(-1).save());
  }

  @Test
  void invokeListAttentionMask() {
    List<String> texts = List.of(MSG, LIST.get(0), LIST.get(1), "Paris");
    List<List<List<String>>> groups =
        List.of(
            List.of(texts),
            List.of(texts.subList(0, 1), texts.subList(1, 4)),
            List.of(texts.subList(0, 3), texts.subList(3, 4)),
            List.of(texts.subList(0, 2), texts.subList(2, 4)));
    List<Tensor> first = null;
    for (List<List<String>> group : groups) {
      Generator<Gpt2> generator = GPT2.trace();
      List<Saved<Vocab>> saved = group.stream().map(each -> last(generator, each)).toList();
      generator.close();
      List<Tensor> rows = new ArrayList<>();
      for (Saved<Vocab> each : saved) {
        for (int row = 0; row < each.value().shape(0); row++) {
          rows.add(row(each.value(), row));
        }
      }
      assertThat(rows).hasSize(4);
      first = first == null ? rows : first;
      for (int row = 0; row < 4; row++) {
        assertThat(near(rows.get(row), first.get(row))).isTrue();
      }
    }
  }

  @Test
  void invokerInputIds() {
    Generator<Gpt2> generator = GPT2.trace();
    Saved<Axis> one = generator.invoke(MSG, i -> i.model().input().save());
    Saved<Axis> other = generator.invoke(LIST.get(1), i -> i.model().input().save());
    generator.close();
    assertThat(one.value().toLongArray()).isEqualTo(GPT2.tokenizer().encode(MSG));
    assertThat(other.value().toLongArray()).isEqualTo(GPT2.tokenizer().encode(LIST.get(1)));
  }

  @Test
  void tokenIdsBatching() {
    Generator<Gpt2> generator = GPT2.trace();
    Saved<Vocab> one =
        generator.invoke(new long[] {5, 6, 7, 8}, i -> i.model().output().at(-1).save());
    Saved<Vocab> other =
        generator.invoke(new long[] {9, 10}, i -> i.model().output().at(-1).save());
    generator.close();
    assertThat(other.value().shape()).isEqualTo(one.value().shape());
    assertThat(other.value()).isNotEqualTo(one.value());
  }

  // TestScan.

  @Test
  void basicScan() {
    record Two(Value<Hidden> input, Saved<Hidden> output) {}
    Scan<Two> scan =
        GPT2.scan(
            generator ->
                generator.invoke(
                    MSG,
                    i -> {
                      Gpt2.Attention attn = i.model().transformer().h(0).attn();
                      return new Two(attn.input(), attn.output(0).save());
                    }));
    assertThat(scan.of(scan.result().input()).toString())
        .isEqualTo("[batch=1, position=9, hidden=128] FLOAT32");
    assertThat(scan.of(scan.result().output()).dims().toString())
        .isEqualTo("[batch=1, position=9, hidden=128]");
    assertThat(scan.sites().get(SiteKey.output("transformer.h.0.attn.pattern")).dims().toString())
        .isEqualTo("[batch=1, head=4, position=9, key=9]");
  }

  /** A write never changes a site's shape here: one that would is refused. */
  @Test
  void scanWithIntervention() {
    float[] ones = new float[128];
    Arrays.fill(ones, 1);
    Scan<Saved<Hidden>> scan =
        GPT2.scan(
            generator ->
                generator.invoke(
                    MSG,
                    i -> {
                      Gpt2.Attention attn = i.model().transformer().h(0).attn();
                      attn.cProj().output().set(Tensor.of(ones, 1, 1, 128));
                      return attn.cProj().output().save();
                    }));
    assertThat(scan.of(scan.result()).dims().toString())
        .isEqualTo("[batch=1, position=9, hidden=128]");
    assertThrows(
        RecordingException.class,
        () ->
            GPT2.scan(
                generator ->
                    generator.invoke(
                        MSG,
                        i -> {
                          hidden(i.model(), 0).set(Tensor.of(new float[64], 1, 1, 64));
                          return i;
                        })));
  }

  @Test
  void scanUndispatched() {
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
      int before = Suite.liveArrays();
      Scan<Saved<Vocab>> scan =
          model.scan(generator -> generator.invoke(MSG, i -> i.model().output().save()));
      assertThat(scan.of(scan.result()).dims().get(-1).size()).isEqualTo(1329);
      // No weights were loaded for it.
      assertThat(Suite.liveArrays()).isEqualTo(before);
      assertThat(scan.result().isPresent()).isFalse();
    }
  }

  @Test
  void undispatchedExtraModule() {
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
      Saved<Vocab> lens =
          model.trace(
              MSG, m -> m.lmHead().apply(m.transformer().lnF().apply(hidden(m, -1))).save());
      Saved<Vocab> direct = trace(i -> i.model().output().save());
      assertThat(near(lens.value(), direct.value())).isTrue();
    }
  }
}
