package org.nnsight4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.arch.SequentialBlock;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A sweep as everybody would write it: one ordinary trace for each cell, which writes at the place
 * by the view of all decoders. It shares nothing with the planned sweep but the metrics.
 */
@NotUserCode
final class NaiveSweep<M> {
  private final LanguageModel<M> model;
  private final SweepPlan plan;
  private final SweepSpec spec;
  private final int longest;
  private final List<long[]> base;

  /** The numbers of one metric. */
  record Found(Tensor base, Tensor source, Tensor cells) {}

  private record Captured(Tensor logits, Map<Where, Tensor> places) {}

  private record Where(SweepSite site, int layer) {}

  NaiveSweep(LanguageModel<M> model, SweepPlan plan) {
    this.model = model;
    this.plan = plan;
    this.spec = plan.spec();
    this.longest = plan.longest();
    this.base = plan.base();
  }

  Map<String, Found> run() {
    Captured ofBase = captured(base, spec.action() == SweepAction.MEAN);
    Captured ofSource = captured(plan.source(), spec.action() == SweepAction.PATCH);
    Tensor clean = plan.isNoise() ? ofBase.logits() : ofSource.logits();
    Tensor corrupted = plan.isNoise() ? ofSource.logits() : ofBase.logits();
    Map<String, double[]> own = measured(base, model -> {}, clean, corrupted);
    Map<String, double[]> other = measured(plan.source(), model -> {}, clean, corrupted);
    Map<String, List<double[]>> cells = new LinkedHashMap<>();
    for (SweepSite site : spec.sites()) {
      for (int layer : spec.layers()) {
        Where where = new Where(site, layer);
        Tensor wanted = ofSource.places().get(where);
        Tensor mean = ofBase.places().get(where);
        for (int slot = 0; slot < spec.positions().slots(longest); slot++) {
          for (int head = 0; head < spec.headSlots(); head++) {
            OptionalInt which =
                spec.heads() == null ? OptionalInt.empty() : OptionalInt.of(spec.heads().get(head));
            for (double strength : spec.strengths()) {
              Cell cell = new Cell(where, columns(slot), which, strength, wanted, mean);
              measured(base, cell::write, clean, corrupted)
                  .forEach(
                      (name, numbers) ->
                          cells
                              .computeIfAbsent(name, any -> new ArrayList<>())
                              .add(cell.existing(numbers)));
            }
          }
        }
      }
    }
    Map<String, Found> found = new LinkedHashMap<>();
    own.forEach(
        (name, numbers) ->
            found.put(
                name,
                new Found(
                    Tensor.of(numbers, numbers.length),
                    Tensor.of(Objects.requireNonNull(other.get(name)), numbers.length),
                    cells(Objects.requireNonNull(cells.get(name))))));
    return found;
  }

  private Tensor cells(List<double[]> cells) {
    double[] all = new double[base.size() * cells.size()];
    for (int cell = 0; cell < cells.size(); cell++) {
      for (int prompt = 0; prompt < base.size(); prompt++) {
        all[prompt * cells.size() + cell] = cells.get(cell)[prompt];
      }
    }
    return Tensor.of(all, spec.shape(base.size(), longest));
  }

  /** For each prompt, the positions where a cell acts; nothing if it is too short. */
  private List<int[]> columns(int slot) {
    List<Integer> chosen = spec.positions().chosen();
    List<int[]> columns = new ArrayList<>();
    for (long[] row : base) {
      int[] wanted =
          spec.positions().together()
              ? chosen == null ? range(row.length) : ints(chosen)
              : new int[] {chosen == null ? slot : chosen.get(slot)};
      columns.add(
          Arrays.stream(wanted)
              .map(position -> position < 0 ? position + row.length : position)
              .filter(position -> position >= 0 && position < row.length)
              .toArray());
    }
    return columns;
  }

  private Captured captured(List<long[]> ids, boolean places) {
    Map<Where, Saved<?>> saved = new HashMap<>();
    List<Saved<?>> logits = new ArrayList<>();
    try (Generator<M> generator = model.trace();
        Invoker<M> invoker = generator.invoke(ids.toArray(long[][]::new))) {
      Decoder view = Decoder.of(invoker.model());
      for (SweepSite site : spec.sites()) {
        for (int layer : spec.layers()) {
          if (places) {
            saved.put(new Where(site, layer), value(site, view.layer(layer)).save());
          }
        }
      }
      logits.add(SweepPlan.last(invoker).save());
    }
    Map<Where, Tensor> found = new HashMap<>();
    saved.forEach((where, value) -> found.put(where, value.value()));
    return new Captured(logits.get(0).value(), found);
  }

  private Map<String, double[]> measured(
      List<long[]> ids, Consumer<Decoder> change, Tensor clean, Tensor corrupted) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    try (Generator<M> generator = model.trace();
        Invoker<M> invoker = generator.invoke(ids.toArray(long[][]::new))) {
      change.accept(Decoder.of(invoker.model()));
      Value<Axis> last = SweepPlan.last(invoker);
      saved.putAll(
          plan.measured(
              new SweepPlan.Logits(
                  model, last, invoker.constant(clean), invoker.constant(corrupted), ids.size())));
    }
    Map<String, double[]> numbers = new LinkedHashMap<>();
    saved.forEach(
        (name, value) -> {
          Tensor tensor = value.value();
          double[] each = new double[tensor.size()];
          Arrays.setAll(each, tensor::at);
          numbers.put(name, each);
        });
    return numbers;
  }

  private static Value<?> value(SweepSite site, DecoderLayer layer) {
    return switch (site) {
      case RESID_PRE -> layer.input();
      case RESID_POST -> layer.output();
      case RESID_MID -> layer.sequential().map(SequentialBlock::middle).orElseThrow();
      case ATTN_OUT -> layer.attentionOut();
      case MLP_OUT -> layer.mlpOut();
      case Z -> layer.attention().z();
      case Q -> layer.attention().q();
      case K -> layer.attention().k();
      case V -> layer.attention().v();
      case PATTERN -> layer.attention().pattern();
    };
  }

  /** Puts a value at a place; where no module outputs it, at the module that makes it so. */
  private void put(SweepSite site, DecoderLayer layer, Value<Axis> value) {
    DecoderPlaces.Layer places =
        Objects.requireNonNull(model.blueprint().decoder()).layers().get(layer.index());
    if (site == SweepSite.RESID_MID && places.middle() == null) {
      hidden(layer.attentionOut()).set(value.sub(hidden(layer.input())));
    } else if (site == SweepSite.ATTN_OUT && places.sums() == DecoderPlaces.Sums.INSIDE) {
      hidden(value(SweepSite.RESID_MID, layer)).set(value.add(hidden(layer.input())));
    } else if (site == SweepSite.MLP_OUT && places.sums() == DecoderPlaces.Sums.INSIDE) {
      hidden(layer.output()).set(value.add(hidden(value(SweepSite.RESID_MID, layer))));
    } else {
      hidden(value(site, layer)).set(value);
    }
  }

  @SuppressWarnings("unchecked")
  private static Value<Axis> hidden(Value<?> value) {
    return (Value<Axis>) value;
  }

  private static int[] range(int length) {
    return IntStream.range(0, length).toArray();
  }

  private static int[] ints(List<Integer> all) {
    return all.stream().mapToInt(each -> each).toArray();
  }

  /** One intervention. */
  private final class Cell {
    private final Where where;
    private final List<int[]> columns;
    private final OptionalInt head;
    private final double strength;
    private final @Nullable Tensor wanted;
    private final @Nullable Tensor own;
    private final int heads;

    Cell(
        Where where,
        List<int[]> columns,
        OptionalInt head,
        double strength,
        @Nullable Tensor wanted,
        @Nullable Tensor own) {
      this.where = where;
      this.columns = columns;
      this.head = head;
      this.strength = strength;
      this.wanted = wanted;
      this.own = own;
      DecoderPlaces.Attention attention =
          Objects.requireNonNull(model.blueprint().decoder())
              .layers()
              .get(where.layer())
              .attention();
      boolean shared = where.site() == SweepSite.K || where.site() == SweepSite.V;
      this.heads = where.site().hasHeads() ? shared ? attention.kvHeads() : attention.heads() : 1;
    }

    private boolean exists() {
      return head.orElse(0) < heads && columns.stream().anyMatch(some -> some.length > 0);
    }

    void write(Decoder view) {
      if (!exists()) {
        return;
      }
      DecoderLayer layer = view.layer(where.layer());
      Value<Axis> now = hidden(value(where.site(), layer));
      Value<Axis> target = now.constant(target());
      Value<Axis> changed =
          spec.action() == SweepAction.ADD
              ? now.add(target.mul(strength))
              : strength == 1 ? target.add(now.mul(0)) : now.add(target.sub(now).mul(strength));
      put(where.site(), layer, changed.where(now.constant(mask()), now));
    }

    /** Rows are padded on the left. */
    private Tensor mask() {
      boolean[] marked = new boolean[base.size() * heads * longest];
      for (int row = 0; row < base.size(); row++) {
        int padding = longest - base.get(row).length;
        for (int each = 0; each < heads; each++) {
          if (head.isEmpty() || head.getAsInt() == each) {
            for (int column : columns.get(row)) {
              marked[(row * heads + each) * longest + padding + column] = true;
            }
          }
        }
      }
      long rows = base.size();
      return where.site().hasHeads()
          ? Tensor.of(marked, rows, heads, longest, 1)
          : Tensor.of(marked, rows, longest, 1);
    }

    private Tensor target() {
      return switch (spec.action()) {
        case PATCH -> Objects.requireNonNull(wanted);
        case ZERO -> Tensor.scalar(0);
        case MEAN -> mean(Objects.requireNonNull(own));
        case REPLACE, ADD -> {
          Tensor vector = Objects.requireNonNull(plan.vector());
          yield vector.rank() == 1
              ? vector
              : Tensor.ofBytes(
                  vector.dtype(), vector.bytes(), 1, vector.shape(0), 1, vector.shape(1));
        }
      };
    }

    /** Over prompts and their own positions. */
    private Tensor mean(Tensor all) {
      int width = (int) all.shape(-1);
      double[] sums = new double[heads * width];
      int count = 0;
      for (int row = 0; row < base.size(); row++) {
        for (int column = longest - base.get(row).length; column < longest; column++) {
          count++;
          for (int each = 0; each < heads; each++) {
            for (int i = 0; i < width; i++) {
              sums[each * width + i] +=
                  all.at(((row * heads + each) * longest + column) * width + i);
            }
          }
        }
      }
      float[] means = new float[sums.length];
      for (int i = 0; i < means.length; i++) {
        means[i] = (float) (sums[i] / count);
      }
      return where.site().hasHeads()
          ? Tensor.of(means, 1, heads, 1, width)
          : Tensor.of(means, 1, 1, width);
    }

    /** Numbers of prompts that have no such cell are NaN. */
    double[] existing(double[] numbers) {
      double[] each = numbers.clone();
      for (int row = 0; row < each.length; row++) {
        if (!exists() || columns.get(row).length == 0) {
          each[row] = Double.NaN;
        }
      }
      return each;
    }
  }
}
