package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.DecoderPlaces.Sums;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;
import org.nnsight4j.toolkit.internal.HeadWrites;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * One pass in which each reader reads the clean run's edges of a circuit and the corrupted run's
 * other edges. Its rows are the corrupted prompts, the clean ones, those of the circuit, and rows
 * that only compute queries, keys and values: a set of prompts for each set of edges that some
 * reader of a layer has.
 */
final class RewiredPass {
  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final CircuitSizes sizes;
  private final Contrast contrast;
  private final EdgeMasks masks;

  RewiredPass(LanguageModel<?> model, Contrast contrast, EdgeMasks masks) {
    this.model = model;
    this.places = Passes.places(model);
    this.sizes = masks.sizes();
    this.contrast = contrast;
    this.masks = masks;
  }

  /** The measures of all pairs, added up. */
  record Measured(double corrupted, double clean, double circuit) {}

  /** How many rows a pass has for each pair. */
  int rowsPerPair() {
    int most = 0;
    for (int layer = 0; layer < sizes.layers(); layer++) {
      most = Math.max(most, masks.attention(layer).size());
    }
    return 3 + most;
  }

  Measured of(PromptPairs pairs, List<Integer> batch) {
    List<long[]> rows = new ArrayList<>();
    batch.forEach(pair -> rows.add(pairs.corrupted().get(pair).ids()));
    for (int i = 1; i < rowsPerPair(); i++) {
      batch.forEach(pair -> rows.add(pairs.clean().get(pair).ids()));
    }
    List<Saved<Axis>> saved = Passes.rows(model, rows, view -> record(view, batch));
    double[] sums = new double[3];
    for (int i = 0; i < saved.size(); i++) {
      sums[i / batch.size()] += saved.get(i).value().item();
    }
    return new Measured(sums[0], sums[1], sums[2]);
  }

  private List<Saved<Axis>> record(Decoder view, List<Integer> batch) {
    int count = batch.size();
    Rows rows = new Rows(count);
    List<Value<Axis>> written = new ArrayList<>();
    Value<Axis> embedded = Passes.any(view.embedded());
    written.add(rows.difference(embedded).expandDims(1));
    for (int layer = 0; layer < sizes.layers(); layer++) {
      new LayerPass(view, layer, rows, written).record();
    }
    Value<Axis> last = Passes.any(view.layer(sizes.layers() - 1).output());
    last.get(rows.circuit()).set(rows.read(last, masks.logits(), Value.concat(written, 1), 1));
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    List<Saved<Axis>> measures = new ArrayList<>();
    for (int kind = 0; kind < 3; kind++) {
      contrast.all(logits, kind * count, batch).forEach(each -> measures.add(each.save()));
    }
    return measures;
  }

  /** Which rows are which. */
  private record Rows(int count) {
    String corrupted() {
      return "0:" + count;
    }

    String circuit() {
      return 2 * count + ":" + 3 * count;
    }

    String scratch(int set) {
      return (3 + set) * count + ":" + (4 + set) * count;
    }

    String scratches(int sets) {
      return 3 * count + ":" + (3 + sets) * count;
    }

    /** The circuit's minus the corrupted. */
    Value<Axis> difference(Value<Axis> value) {
      return value.get(circuit()).sub(value.get(corrupted()));
    }

    /**
     * What is read: the corrupted stream, and the differences of the edges that belong to it.
     *
     * @param mask {@code [set, writer]} or {@code [set, writer, position]}
     * @return {@code [set * pair, position, hidden]}
     */
    Value<Axis> read(Value<Axis> stream, Tensor mask, Value<Axis> written, int sets) {
      Value<Axis> chosen = stream.constant(mask).toType(stream.dtype());
      Value<Axis> own = written.get(":, 0:" + mask.shape(1));
      Value<Axis> sum =
          mask.rank() == 2
              ? chosen.einsum("su,nupd->snpd", own)
              : chosen.einsum("sup,nupd->snpd", own);
      Value<Axis> all = sum.add(stream.get(corrupted()).expandDims(0));
      return sets == 1 ? all.squeeze(0) : all.flatten(0, 1);
    }
  }

  /** One layer of the pass. */
  private final class LayerPass {
    private final Decoder view;
    private final int index;
    private final DecoderLayer layer;
    private final DecoderPlaces.Layer own;
    private final Rows rows;
    private final List<Value<Axis>> written;

    LayerPass(Decoder view, int index, Rows rows, List<Value<Axis>> written) {
      this.view = view;
      this.index = index;
      this.layer = view.layer(index);
      this.own = places.layers().get(index);
      this.rows = rows;
      this.written = written;
    }

    void record() {
      Value<Axis> input = Passes.any(layer.input());
      Value<Axis> before = all();
      List<EdgeMasks.Set> sets = masks.attention(index);
      if (!sets.isEmpty()) {
        Tensor chosen = masks.tensor(sets);
        input.get(rows.scratches(sets.size())).set(rows.read(input, chosen, before, sets.size()));
      }
      if (sizes.parallel()) {
        input.get(rows.circuit()).set(rows.read(input, masks.mlp(index), before, 1));
      }
      spread(sets, Input.Q, Passes.any(layer.attention().q()), sizes.heads());
      spread(sets, Input.K, Passes.any(layer.attention().k()), sizes.keyValueHeads());
      spread(sets, Input.V, Passes.any(layer.attention().v()), sizes.keyValueHeads());
      HeadWrites heads = new HeadWrites(model, view, index);
      written.add(heads.of(rows.circuit()).sub(heads.of(rows.corrupted())));
      if (!sizes.parallel()) {
        readByMlp();
      }
      written.add(rows.difference(Passes.any(layer.mlpOut())).expandDims(1));
    }

    private Value<Axis> all() {
      return written.size() == 1 ? written.get(0) : Value.concat(written, 1);
    }

    /** Each head of the circuit's rows has what the rows of its set of edges computed. */
    private void spread(List<EdgeMasks.Set> sets, Input input, Value<Axis> site, int heads) {
      List<Value<Axis>> each = new ArrayList<>();
      for (int head = 0; head < heads; head++) {
        int set = masks.set(index, input, head);
        each.add(site.get((set < 0 ? rows.corrupted() : rows.scratch(set)) + ", " + head));
      }
      site.get(rows.circuit()).set(Value.stack(each, 1));
    }

    /**
     * The stream between the halves is what attention gave back and the input, or the site itself.
     */
    private void readByMlp() {
      Value<Axis> given = Passes.read(view, own.attentionOut());
      Value<Axis> input = Passes.any(layer.input());
      boolean inside = own.sums() == Sums.INSIDE;
      Value<Axis> stream = inside ? given : given.add(input);
      Value<Axis> read = rows.read(stream, masks.mlp(index), all(), 1);
      given.get(rows.circuit()).set(inside ? read : read.sub(input.get(rows.circuit())));
    }
  }
}
