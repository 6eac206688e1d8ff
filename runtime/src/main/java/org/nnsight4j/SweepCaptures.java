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
 * Ordinary traces for a sweep: what runs have at its places by the view of all decoders, and what
 * metrics say if a place is changed. Shares nothing with the planned sweep but the metrics.
 */
@NotUserCode
final class SweepCaptures<M> {
  private final LanguageModel<M> model;
  private final SweepPlan plan;
  private final SweepSpec spec;
  private final int longest;
  private final List<long[]> base;
  private final List<Cell> cells = new ArrayList<>();

  /** The numbers of one metric. */
  record Found(Tensor base, Tensor source, Tensor cells) {}

  /** What a run had; rows are padded on the left. */
  record Captured(Tensor logits, Map<Where, Tensor> places) {}

  /** A place of one layer. */
  record Where(SweepSite site, int layer) {}

  SweepCaptures(LanguageModel<M> model, SweepPlan plan) {
    this.model = model;
    this.plan = plan;
    this.spec = plan.spec();
    this.longest = plan.longest();
    this.base = plan.base();
    for (SweepSite site : spec.sites()) {
      for (int layer : spec.layers()) {
        for (int slot = 0; slot < spec.positions().slots(longest); slot++) {
          for (int head = 0; head < spec.headSlots(); head++) {
            OptionalInt which =
                spec.heads() == null ? OptionalInt.empty() : OptionalInt.of(spec.heads().get(head));
            for (double strength : spec.strengths()) {
              cells.add(new Cell(new Where(site, layer), columns(slot), which, strength));
            }
          }
        }
      }
    }
  }

  /** All interventions in the order of the result. */
  List<Cell> cells() {
    return cells;
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

  /** Runs prompts once, and keeps what the places have. */
  Captured of(List<long[]> ids, boolean places) {
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

  /** Runs prompts once, with a change, and computes the metrics. */
  Map<String, double[]> measured(
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

  /** What a layer has at a place. */
  Value<Axis> value(SweepSite site, DecoderLayer layer) {
    return hidden(seen(site, layer));
  }

  private static Value<?> seen(SweepSite site, DecoderLayer layer) {
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
    Value<Axis> written = written(site, layer);
    if (!outside(site, layer)) {
      written.set(value);
    } else if (site == SweepSite.RESID_MID) {
      written.set(value.sub(hidden(layer.input())));
    } else {
      SweepSite before = site == SweepSite.ATTN_OUT ? SweepSite.RESID_PRE : SweepSite.RESID_MID;
      written.set(value.add(value(before, layer)));
    }
  }

  /** Whether no module outputs the place's value. */
  private boolean outside(SweepSite site, DecoderLayer layer) {
    DecoderPlaces.Layer places = places(layer.index());
    boolean inside = places.sums() == DecoderPlaces.Sums.INSIDE;
    return site == SweepSite.RESID_MID
        ? places.middle() == null
        : inside && (site == SweepSite.ATTN_OUT || site == SweepSite.MLP_OUT);
  }

  /**
   * What is written instead of a place that no module outputs, which differs from it by something
   * that comes before; so the two have the same gradient.
   */
  Value<Axis> written(SweepSite site, DecoderLayer layer) {
    if (!outside(site, layer)) {
      return value(site, layer);
    }
    return switch (site) {
      case RESID_MID -> hidden(layer.attentionOut());
      case ATTN_OUT -> value(SweepSite.RESID_MID, layer);
      default -> hidden(layer.output());
    };
  }

  private DecoderPlaces.Layer places(int layer) {
    return Objects.requireNonNull(model.blueprint().decoder()).layers().get(layer);
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

  /** What is put at a place, or added there; as wide as the place, or broadcast. */
  Tensor target(Where where, Captured source, Captured own) {
    return switch (spec.action()) {
      case PATCH -> Objects.requireNonNull(source.places().get(where));
      case ZERO -> Tensor.scalar(0);
      case MEAN -> mean(where, Objects.requireNonNull(own.places().get(where)));
      case REPLACE, ADD -> {
        Tensor vector = Objects.requireNonNull(plan.vector());
        yield vector.rank() == 1
            ? vector
            : Tensor.ofBytes(
                vector.dtype(), vector.bytes(), 1, vector.shape(0), 1, vector.shape(1));
      }
    };
  }

  /** How many heads a place has; 1 if it has none. */
  private int heads(Where where) {
    DecoderPlaces.Attention attention = places(where.layer()).attention();
    boolean shared = where.site() == SweepSite.K || where.site() == SweepSite.V;
    return where.site().hasHeads() ? shared ? attention.kvHeads() : attention.heads() : 1;
  }

  /** Over prompts and their own positions. */
  private Tensor mean(Where where, Tensor all) {
    int heads = heads(where);
    int width = (int) all.shape(-1);
    double[] sums = new double[heads * width];
    int count = 0;
    for (int row = 0; row < base.size(); row++) {
      for (int column = longest - base.get(row).length; column < longest; column++) {
        count++;
        for (int each = 0; each < heads; each++) {
          for (int i = 0; i < width; i++) {
            sums[each * width + i] += all.at(((row * heads + each) * longest + column) * width + i);
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

  /** One intervention. */
  final class Cell {
    private final Where where;
    private final List<int[]> columns;
    private final OptionalInt head;
    private final double strength;
    private final int heads;

    Cell(Where where, List<int[]> columns, OptionalInt head, double strength) {
      this.where = where;
      this.columns = columns;
      this.head = head;
      this.strength = strength;
      this.heads = heads(where);
    }

    Where where() {
      return where;
    }

    double strength() {
      return strength;
    }

    /** Whether a prompt has it. */
    boolean exists(int prompt) {
      return head.orElse(0) < heads && columns.get(prompt).length > 0;
    }

    private boolean exists() {
      return IntStream.range(0, base.size()).anyMatch(this::exists);
    }

    void write(Decoder view, Tensor target) {
      if (!exists()) {
        return;
      }
      DecoderLayer layer = view.layer(where.layer());
      Value<Axis> now = value(where.site(), layer);
      Value<Axis> wanted = now.constant(target);
      Value<Axis> changed =
          spec.action() == SweepAction.ADD
              ? now.add(wanted.mul(strength))
              : strength == 1 ? wanted.add(now.mul(0)) : now.add(wanted.sub(now).mul(strength));
      put(where.site(), layer, changed.where(now.constant(mask()), now));
    }

    /** Rows are padded on the left. */
    private Tensor mask() {
      boolean[] marked = new boolean[base.size() * heads * longest];
      for (int row = 0; row < base.size(); row++) {
        for (int each = 0; each < heads; each++) {
          if (acts(each)) {
            for (int column : columns.get(row)) {
              marked[flat(row, each, column)] = true;
            }
          }
        }
      }
      long rows = base.size();
      return where.site().hasHeads()
          ? Tensor.of(marked, rows, heads, longest, 1)
          : Tensor.of(marked, rows, longest, 1);
    }

    private boolean acts(int which) {
      return head.isEmpty() || head.getAsInt() == which;
    }

    private int flat(int row, int which, int column) {
      return (row * heads + which) * longest + longest - base.get(row).length + column;
    }

    /** The sum of numbers of each position, and head, over those where it acts. */
    double summed(Tensor numbers, int prompt) {
      double sum = 0;
      for (int each = 0; each < heads; each++) {
        if (acts(each)) {
          for (int column : columns.get(prompt)) {
            sum += numbers.at(flat(prompt, each, column));
          }
        }
      }
      return sum;
    }

    /** Numbers of prompts that have no such cell are NaN. */
    double[] existing(double[] numbers) {
      double[] each = numbers.clone();
      for (int row = 0; row < each.length; row++) {
        each[row] = exists(row) ? each[row] : Double.NaN;
      }
      return each;
    }
  }
}
