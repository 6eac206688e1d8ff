package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;
import static org.nnsight4j.tensor.Along.BATCH;
import static org.nnsight4j.tensor.Along.HEAD;
import static org.nnsight4j.tensor.Along.POSITION;
import static org.nnsight4j.tensor.Width.WIDTH;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Eager;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Key;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Reductions along positions and other named axes: without padding, and with their widths. */
final class TokensTest {
  private static final long[][] ROWS = {{5, 17}, IDS, {23, 99, 4}};

  private static Value<Hidden> hidden(Gpt2 model) {
    return model.transformer().h(1).output(0);
  }

  /** What each row gives alone. */
  private static Tensor alone(long[] row, Function<Value<Hidden>, Value<?>> reduction) {
    return Probe.<Saved<?>>trace(new long[][] {row}, model -> reduction.apply(hidden(model)).save())
        .value();
  }

  @Test
  void eachRowsOwnTokensAlone() {
    List<Saved<Hidden>> found =
        Probe.trace(
            ROWS,
            model -> {
              Value<Hidden> h = hidden(model);
              return List.of(
                  h.meanOverTokens().save(),
                  h.sumOverTokens().save(),
                  h.maxOverTokens().save(),
                  h.minOverTokens().save());
            });
    List<Function<Value<Hidden>, Value<?>>> plain =
        List.of(h -> h.mean(1), h -> h.sum(1), h -> h.max(1), h -> h.min(1));
    for (int i = 0; i < plain.size(); i++) {
      for (int row = 0; row < ROWS.length; row++) {
        Tensor own = found.get(i).value().get(row + ":" + (row + 1));
        assertClose("reduction " + i + ", row " + row, own, alone(ROWS[row], plain.get(i)), 1e-5);
      }
    }
  }

  private static Receipt receipt(long[][] rows, Function<Gpt2, Value<?>> body) {
    return GPT2.trace()
        .run(generator -> generator.invoke(rows, i -> body.apply(i.model()).save()))
        .receipt();
  }

  @Test
  void thePlainReductionOfAPaddedListWarns() {
    int line = new Throwable().getStackTrace()[0].getLineNumber() + 1;
    assertThat(receipt(ROWS, model -> hidden(model).add(1).mean(1)).warnings())
        .containsExactly(
            "mean at TokensTest.java:"
                + line
                + " counts padding: the rows of this list have 2 to 6 tokens, and shorter ones are"
                + " filled up; meanOverTokens() is of each row's own tokens alone");
    assertThat(receipt(ROWS, model -> hidden(model).norm()).warnings().toString())
        .contains("fillPadding(number).norm(...) says what padding counts as");
    assertThat(receipt(ROWS, model -> hidden(model).argMax(-2)).warnings()).hasSize(1);
    for (Function<Gpt2, Value<?>> fine :
        List.<Function<Gpt2, Value<?>>>of(
            model -> hidden(model).meanOverTokens(),
            model -> hidden(model).fillPadding(0).mul(2).sum(1),
            model -> hidden(model).mean(-1),
            model -> hidden(model).at(-1).mean())) {
      assertThat(receipt(ROWS, fine).warnings()).isEmpty();
    }
    assertThat(receipt(new long[][] {IDS, IDS}, model -> hidden(model).mean()).warnings())
        .isEmpty();
  }

  /** Position 0 of the padded rows is padding in one row and a token in another. */
  @Test
  void whatMixesRowsOrCountsFromTheFrontOfAPaddedListWarns() {
    for (Function<Gpt2, Value<?>> mixed :
        List.<Function<Gpt2, Value<?>>>of(
            model -> hidden(model).mean(0),
            model -> hidden(model).mul(2).sum(0),
            model -> hidden(model).get(":, :, 3").max(0))) {
      assertThat(receipt(ROWS, mixed).warnings().toString())
          .contains(
              "goes over rows whose positions are not the same tokens: the rows of this list have"
                  + " 2 to 6 tokens, and shorter ones are filled up on the left; take a position"
                  + " of each row first, as in at(-1).");
      assertThat(receipt(new long[][] {IDS, IDS}, mixed).warnings()).isEmpty();
    }
    for (String index : List.of(":, 0", ":, 2:", ":, :2", "1, 0", ":, ::2", ":, -3", ":, -3:")) {
      Function<Gpt2, Value<?>> part = model -> hidden(model).get(index);
      assertThat(receipt(ROWS, part).warnings()).hasSize(1);
      assertThat(receipt(ROWS, part).warnings().get(0))
          .contains("at(position) counts in each row's own tokens");
      assertThat(receipt(new long[][] {IDS, IDS}, part).warnings()).isEmpty();
    }
    for (Function<Gpt2, Value<?>> fine :
        List.<Function<Gpt2, Value<?>>>of(
            model -> hidden(model).at(0),
            model -> hidden(model).at(-1).mean(0),
            model -> hidden(model).meanOverTokens().mean(0),
            model -> hidden(model).get(":, -1").mean(0),
            model -> hidden(model).get(":, -2:"),
            model -> hidden(model).get("0"),
            model -> hidden(model).get("..., 0"))) {
      assertThat(receipt(ROWS, fine).warnings()).isEmpty();
    }
  }

  @Test
  void gradientsReachTheTokensAlone() {
    Saved<Hidden> found =
        Probe.trace(
            ROWS,
            model -> {
              Value<Hidden> h = hidden(model);
              return h.gradient(h.meanOverTokens().sum()).save();
            });
    Tensor first = Eager.of(found).get("0, :, 0").tensor();
    assertThat(first.toFloatArray()).isEqualTo(new float[] {0, 0, 0, 0, 0.5f, 0.5f});
  }

  @Test
  void errors() {
    unrecordable(
        model -> hidden(model).at(0).meanOverTokens(),
        "meanOverTokens() takes each row's own tokens",
        "needs the position axis");
    unrecordable(
        model -> model.transformer().wte().input().fillPadding(0.5), "INT64 cannot hold 0.5");
    unrecordable(model -> hidden(model).get("0").mean(BATCH), "has no axis 'batch'");
    unrecordable(
        model -> model.transformer().h(0).attn().pattern().output().get("0, 0, 0, 0").sum(WIDTH),
        "it has no axes");
  }

  /** The types are the point. */
  @Test
  void namedAxesKeepTheWidth() {
    List<Saved<?>> found =
        Probe.trace(
            model -> {
              Value<Hidden> h = hidden(model);
              Value<Hidden> mean = h.mean(POSITION);
              Value<Hidden> centred = h.sub(h.mean(BATCH, POSITION));
              Value<Hidden> unit = h.div(h.norm(WIDTH.kept()));
              Value<Key> pattern = model.transformer().h(2).attn().pattern().output();
              Value<Key> heads = pattern.mean(HEAD);
              Value<Key> scaled = pattern.div(h.norm(WIDTH.kept()).add(1e-9).as(Key.class));
              Value<Axis> none = h.sum(WIDTH);
              Value<Hidden> both = Value.concat(List.of(h, h.detach()), POSITION);
              Value<Hidden> stacked = Value.stack(List.of(mean, mean));
              return List.of(
                  mean.save(),
                  centred.sum(1).abs().max().save(),
                  unit.norm(WIDTH).save(),
                  heads.save(),
                  scaled.save(),
                  none.save(),
                  both.save(),
                  stacked.save(),
                  h.mean(POSITION.kept()).save());
            });
    long[][] shapes = {
      {1, 128}, {}, {1, 6}, {1, 6, 6}, {1, 4, 6, 6}, {1, 6}, {1, 12, 128}, {2, 1, 128}, {1, 1, 128}
    };
    for (int i = 0; i < shapes.length; i++) {
      assertThat(found.get(i).value().shape()).isEqualTo(shapes[i]);
    }
    assertThat(found.get(1).value().item()).isLessThan(1e-4);
    assertThat(found.get(2).value().get(0, 3)).isWithin(1e-5).of(1);
    assertThat(found.get(0).value().dtype()).isEqualTo(DType.FLOAT32);
  }

  @Test
  void noGradientFlowsThroughDetach() {
    List<Saved<Hidden>> found =
        Probe.trace(
            model -> {
              Value<Hidden> h = hidden(model);
              return List.of(
                  h.gradient(h.detach().mul(h).sum()).save(), h.save(), h.detach().save());
            });
    assertThat(found.get(0).value()).isEqualTo(found.get(1).value());
    assertThat(found.get(2).value()).isEqualTo(found.get(1).value());
    unrecordable(model -> hidden(model).gradient(hidden(model).detach().sum()), "or by detach()");
  }
}
