package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.DecoderPlaces.Sums;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * One pass of AtP*. Row 0 is the run whose gradient is taken, row 1 the other; at queries and keys
 * row 2 has the other run's queries beside its own keys, or the other way around, for its pattern
 * alone; then one row for each layer whose gradient is dropped.
 */
final class AtpPass {
  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final AtpStar.Asked asked;
  private final boolean patterns;
  private final int drops;
  private final int first;

  AtpPass(LanguageModel<?> model, AtpStar.Asked asked) {
    this.model = model;
    this.places = Passes.places(model);
    this.asked = asked;
    this.patterns = asked.site() == SweepSite.Q || asked.site() == SweepSite.K;
    this.drops = asked.drop() ? places.layers().size() : 1;
    this.first = patterns ? 3 : 2;
  }

  /**
   * The estimates.
   *
   * @param changes {@code [layer][head or 1][position]}
   */
  record Found(double clean, double corrupted, double[][][] changes) {}

  /** A layer's scores and patterns, of row 0 and of row 2. */
  private record Layer(List<Saved<Axis>> scores, List<Saved<Axis>> patterns) {}

  private record Recorded(
      List<Layer> layers, List<Saved<Axis>> gradients, List<Saved<Axis>> measures) {}

  Found of(long[] clean, long[] corrupted) {
    long[] base = asked.noise() ? clean : corrupted;
    long[] other = asked.noise() ? corrupted : clean;
    List<long[]> rows = new ArrayList<>(List.of(base, other));
    while (rows.size() < first + drops) {
      rows.add(base);
    }
    Recorded recorded = Passes.rows(model, rows, this::record);
    double[][][] changes = new double[places.layers().size()][][];
    for (int i = 0; i < changes.length; i++) {
      double[][][] each = estimates(recorded, i, clean.length);
      changes[i] = asked.drop() ? sizes(each) : each[0];
      for (double[] head : changes[i]) {
        // Up to the first token that differs, both runs are the same.
        Arrays.fill(head, 0, Arrays.mismatch(clean, corrupted), 0);
        for (int p = 0; p < head.length && asked.noise() && !asked.drop(); p++) {
          head[p] = -head[p];
        }
      }
    }
    double ofBase = recorded.measures.get(0).value().item();
    double ofOther = recorded.measures.get(1).value().item();
    return asked.noise()
        ? new Found(ofBase, ofOther, changes)
        : new Found(ofOther, ofBase, changes);
  }

  private Recorded record(Decoder view) {
    List<Layer> layers = new ArrayList<>();
    List<Value<Axis>> differentiated = new ArrayList<>();
    List<Value<Axis>> differences = new ArrayList<>();
    for (int i = 0; i < places.layers().size(); i++) {
      DecoderLayer layer = view.layer(i);
      if (patterns) {
        layers.add(patched(layer));
        differentiated.add(Passes.any(layer.attention().pattern()));
      } else {
        Value<Axis> place = place(view, i);
        differentiated.add(site(view, i));
        differences.add(place.get("1:2").sub(place.get("0:1")));
      }
      if (asked.drop()) {
        drop(view, i);
      }
    }
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    List<Value<Axis>> measures = new ArrayList<>();
    for (int i = 0; i < drops; i++) {
      measures.add(measure(logits, first + i));
    }
    Value<Axis> sum = Value.stack(measures).sum();
    List<Saved<Axis>> gradients = new ArrayList<>();
    for (int i = 0; i < differentiated.size(); i++) {
      Value<Axis> gradient = differentiated.get(i).gradient(sum).get(first + ":");
      gradients.add((patterns ? gradient : gradient.mul(differences.get(i)).sum(-1)).save());
    }
    return new Recorded(
        layers, gradients, List.of(measure(logits, 0).save(), measure(logits, 1).save()));
  }

  /** Row 2 has one half of the other run, and goes on as row 0. */
  private Layer patched(DecoderLayer layer) {
    var attention = layer.attention();
    Value<Axis> patched = Passes.any(asked.site() == SweepSite.Q ? attention.q() : attention.k());
    patched.get("2:3").set(patched.get("1:2"));
    Value<Axis> scores = Passes.any(attention.scores());
    Value<Axis> pattern = Passes.any(attention.pattern());
    Layer found =
        new Layer(
            List.of(scores.get("0").save(), scores.get("2").save()),
            List.of(pattern.get("0").save(), pattern.get("2").save()));
    Value<Axis> z = Passes.any(attention.z());
    z.get("2:3").set(z.get("0:1"));
    return found;
  }

  /** In one row, no gradient flows through what this layer adds to the stream. */
  private void drop(Decoder view, int index) {
    String row = (first + index) + ":" + (first + index + 1);
    DecoderPlaces.Layer own = places.layers().get(index);
    Value<Axis> attention = Passes.read(view, own.attentionOut());
    Value<Axis> mlp = Passes.read(view, own.mlpOut());
    if (own.sums() == Sums.INSIDE) {
      Value<Axis> input = Passes.any(view.layer(index).input()).get(row);
      detach(attention, row, input);
      detach(mlp, row, Passes.read(view, own.attentionOut()).get(row));
    } else {
      attention.get(row).set(attention.get(row).detach());
      mlp.get(row).set(mlp.get(row).detach());
    }
  }

  /** What a module that adds to the stream itself adds, without gradient. */
  private static void detach(Value<Axis> site, String row, Value<Axis> stream) {
    site.get(row).set(stream.add(site.get(row).sub(stream).detach()));
  }

  private Value<Axis> measure(Value<Axis> logits, int row) {
    Answer answer = Objects.requireNonNull(asked.answer());
    Answer against = asked.against();
    return against == null
        ? logits.get(row + ":" + (row + 1)).logSoftmax(-1).get("0, " + answer.id())
        : logits.get(row + ", " + answer.id()).sub(logits.get(row + ", " + against.id()));
  }

  /** What is compared. */
  private Value<Axis> place(Decoder view, int index) {
    DecoderLayer layer = view.layer(index);
    return Passes.any(
        switch (asked.site()) {
          case V -> layer.attention().v();
          case Z -> layer.attention().z();
          case ATTN_OUT -> layer.attentionOut();
          default -> layer.mlpOut();
        });
  }

  /** What is differentiated: the same, or where a module adds to the stream itself, its output. */
  private Value<Axis> site(Decoder view, int index) {
    return switch (asked.site()) {
      case ATTN_OUT -> Passes.read(view, places.layers().get(index).attentionOut());
      case MLP_OUT -> Passes.read(view, places.layers().get(index).mlpOut());
      default -> place(view, index);
    };
  }

  /** {@code [drop][head or 1][position]} */
  private double[][][] estimates(Recorded recorded, int index, int length) {
    double[] gradient = recorded.gradients.get(index).value().toDoubleArray();
    if (!patterns) {
      int heads = gradient.length / drops / length;
      double[][][] each = new double[drops][heads][];
      for (int drop = 0; drop < drops; drop++) {
        for (int head = 0; head < heads; head++) {
          int from = (drop * heads + head) * length;
          each[drop][head] = Arrays.copyOfRange(gradient, from, from + length);
        }
      }
      return each;
    }
    Layer layer = recorded.layers.get(index);
    PatternChange change =
        new PatternChange(
            layer.scores.get(0).value().toDoubleArray(),
            layer.scores.get(1).value().toDoubleArray(),
            layer.patterns.get(0).value().toDoubleArray(),
            layer.patterns.get(1).value().toDoubleArray(),
            length,
            places.layers().get(index).attention());
    double[][][] each = new double[drops][][];
    int size = gradient.length / drops;
    for (int drop = 0; drop < drops; drop++) {
      double[] own = Arrays.copyOfRange(gradient, drop * size, (drop + 1) * size);
      each[drop] = asked.site() == SweepSite.Q ? change.ofQueries(own) : change.ofKeys(own);
    }
    return each;
  }

  /** GradDrop's mean over layers: the one that is dropped gives its own places nothing. */
  private static double[][] sizes(double[][][] each) {
    double[][] sizes = new double[each[0].length][each[0][0].length];
    for (double[][] drop : each) {
      for (int head = 0; head < drop.length; head++) {
        for (int p = 0; p < drop[head].length; p++) {
          sizes[head][p] += Math.abs(drop[head][p]) / (each.length - 1);
        }
      }
    }
    return sizes;
  }
}
