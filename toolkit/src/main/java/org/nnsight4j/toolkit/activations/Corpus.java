package org.nnsight4j.toolkit.activations;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.figure.DashboardExample;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;

/** A corpus on its way through a model, of which only what will be shown is kept. */
final class Corpus {
  private final LanguageModel<?> model;
  private final Source source;
  private final int[] chosen;
  private final Kept kept;
  private final List<Unit> units = new ArrayList<>();
  private int count;
  private long texts;
  private long tokens;

  /** How much is kept. */
  record Kept(int top, int samples, int before, int after, int skip, long seed) {}

  /**
   * Nothing so far.
   *
   * @param chosen indices of units; none for all
   */
  Corpus(LanguageModel<?> model, Source source, int[] chosen, Kept kept) {
    this.model = model;
    this.source = source;
    this.chosen = chosen;
    this.kept = kept;
  }

  /** Some texts in one pass, each a row of its own. */
  void add(List<long[]> some) {
    List<Saved<Axis>> found =
        Passes.invoking(model, some, (invoker, row) -> source.values(invoker, row).save());
    for (int i = 0; i < some.size(); i++) {
      Tensor values = found.get(i).value();
      if (units.isEmpty()) {
        count = (int) values.shape(-1);
        units.addAll(units());
      }
      add(values.toFloatArray(), some.get(i));
      tokens += Math.max(0, some.get(i).length - kept.skip);
      texts++;
    }
  }

  private List<Unit> units() {
    int[] indices = chosen.length > 0 ? chosen : IntStream.range(0, count).toArray();
    List<Unit> all = new ArrayList<>();
    for (int index : indices) {
      if (index >= count) {
        throw new RunException(
            "%s %s does not exist: %s has %s, from 0"
                .formatted(source.unit(), index, source.name(), count));
      }
      all.add(new Unit(index, kept.top, kept.samples, kept.seed));
    }
    return all;
  }

  private void add(float[] values, long[] ids) {
    for (Unit unit : units) {
      int best = -1;
      for (int p = kept.skip; p < ids.length; p++) {
        double value = values[p * count + unit.index()];
        unit.count(value);
        if (best < 0 || value > values[best * count + unit.index()]) {
          best = p;
        }
      }
      if (best >= 0) {
        int peak = best;
        unit.offer(
            values[peak * count + unit.index()], () -> example(values, unit.index(), ids, peak));
      }
    }
  }

  private ActivationExample example(float[] values, int unit, long[] ids, int peak) {
    int from = Math.max(0, peak - kept.before);
    int to = Math.min(ids.length, peak + kept.after + 1);
    List<String> around = new ArrayList<>();
    double[] numbers = new double[to - from];
    for (int p = from; p < to; p++) {
      around.add(token(model, ids[p]));
      numbers[p - from] = values[p * count + unit];
    }
    return new ActivationExample(
        texts,
        peak,
        values[peak * count + unit],
        new DashboardExample(
            around, numbers, peak - from, "text %s, token %s".formatted(texts, peak)));
  }

  /** A token as it is; its id where the checkpoint has no tokenizer. */
  static String token(LanguageModel<?> model, long id) {
    try {
      return model.tokenizer().token(id);
    } catch (CheckpointException e) {
      return "#" + id;
    }
  }

  long texts() {
    return texts;
  }

  MaxActivationsResult result() {
    if (texts == 0) {
      throw new RunException("expected a text or more, found none");
    }
    return new MaxActivationsResult(model, source, count, units, texts, tokens);
  }
}
