package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.DecoderPlaces.Sums;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;
import org.nnsight4j.toolkit.circuit.CircuitNode.Kind;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * One pass of path patching. Row 0 is the run that is changed, row 1 the one that senders are of,
 * then for each sender a row in which it sends and others are frozen, and a row in which only the
 * receivers are changed.
 */
final class PathPass {
  private static final String BASE = "0:1";
  private static final String OTHER = "1:2";

  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final CircuitSizes sizes;
  private final Contrast contrast;
  private final PathRequest asked;
  private final boolean toLogits;
  private final int lastLayer;

  PathPass(LanguageModel<?> model, CircuitSizes sizes, Contrast contrast, PathRequest asked) {
    this.model = model;
    this.places = Passes.places(model);
    this.sizes = sizes;
    this.contrast = contrast;
    this.asked = asked;
    this.toLogits = asked.receivers().contains(Receiver.logits());
    this.lastLayer =
        toLogits
            ? sizes.layers() - 1
            : asked.receivers().stream().mapToInt(each -> each.node().layer()).max().orElse(0);
  }

  record Measured(double clean, double corrupted, double[] measures) {}

  Measured of(PromptPairs pairs, int pair, List<CircuitNode> senders) {
    PromptTokens clean = pairs.clean().get(pair);
    PromptTokens corrupted = pairs.corrupted().get(pair);
    PromptTokens base = asked.noise() ? clean : corrupted;
    PromptTokens other = asked.noise() ? corrupted : clean;
    List<String> spots =
        asked.positions().stream()
            .map(base::position)
            .map(position -> position + ":" + (position + 1))
            .toList();
    List<long[]> rows = new ArrayList<>(List.of(base.ids(), other.ids()));
    for (int i = 0; i < senders.size() * rowsPerSender(); i++) {
      rows.add(base.ids());
    }
    List<Saved<Axis>> saved = Passes.rows(model, rows, view -> record(view, pair, senders, spots));
    double[] measures = new double[senders.size()];
    for (int i = 0; i < measures.length; i++) {
      measures[i] = saved.get(2 + i).value().item();
    }
    double ofBase = saved.get(0).value().item();
    double ofOther = saved.get(1).value().item();
    return asked.noise()
        ? new Measured(ofBase, ofOther, measures)
        : new Measured(ofOther, ofBase, measures);
  }

  private int rowsPerSender() {
    return toLogits ? 1 : 2;
  }

  private int sending(int sender) {
    return 2 + sender * rowsPerSender();
  }

  private static String row(int index) {
    return index + ":" + (index + 1);
  }

  private List<Saved<Axis>> record(
      Decoder view, int pair, List<CircuitNode> senders, List<String> spots) {
    for (int layer = 0; layer <= lastLayer; layer++) {
      layer(view, layer, senders, spots);
    }
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    List<Saved<Axis>> measures = new ArrayList<>();
    measures.add(contrast.of(logits, 0, pair).save());
    measures.add(contrast.of(logits, 1, pair).save());
    for (int i = 0; i < senders.size(); i++) {
      measures.add(contrast.of(logits, sending(i) + rowsPerSender() - 1, pair).save());
    }
    return measures;
  }

  private void layer(Decoder view, int index, List<CircuitNode> senders, List<String> spots) {
    DecoderLayer layer = view.layer(index);
    Value<Axis> input = Passes.any(layer.input());
    for (int i = 0; index == 0 && i < senders.size(); i++) {
      if (senders.get(i).kind() == Kind.EMBEDDING) {
        send(input, row(sending(i)), OTHER, spots);
      }
    }
    receive(layer, index, senders.size());
    Value<Axis> z = Passes.any(layer.attention().z());
    for (int i = 0; i < senders.size(); i++) {
      CircuitNode sender = senders.get(i);
      for (int head = 0; head < sizes.heads(); head++) {
        CircuitNode node = CircuitNode.head(index, head);
        if (index > sender.layer() && asked.frozen().test(node)) {
          z.get(row(sending(i)) + ", " + head).set(z.get(BASE + ", " + head));
        } else if (node.equals(sender)) {
          send(z, row(sending(i)) + ", " + head, OTHER + ", " + head, spots);
        }
      }
    }
    Value<Axis> middle = Passes.read(view, places.layers().get(index).attentionOut());
    Value<Axis> mlp = Passes.any(layer.mlpOut());
    Mlp written = new Mlp(view, index, middle);
    CircuitNode node = CircuitNode.mlp(index);
    for (int i = 0; i < senders.size(); i++) {
      CircuitNode sender = senders.get(i);
      String sending = row(sending(i));
      if (asked.receivers().contains(Receiver.mlp(index))) {
        written.set(row(sending(i) + 1), mlp.get(sending));
      }
      if (node.equals(sender)) {
        Value<Axis> sent = mlp.get(OTHER);
        written.set(sending, spots.isEmpty() ? sent : mixed(mlp.get(sending), sent, spots));
      } else if (index >= sender.layer() && asked.frozen().test(node)) {
        written.set(sending, mlp.get(BASE));
      }
    }
  }

  /** What the other run wrote, at the positions at which it sends. */
  private static void send(Value<Axis> site, String to, String from, List<String> spots) {
    if (spots.isEmpty()) {
      site.get(to).set(site.get(from));
    }
    for (String spot : spots) {
      site.get(to + ", " + spot).set(site.get(from + ", " + spot));
    }
  }

  private static Value<Axis> mixed(Value<Axis> own, Value<Axis> sent, List<String> spots) {
    Value<Axis> mixed = own;
    for (String spot : spots) {
      int from = Integer.parseInt(spot.substring(0, spot.indexOf(':')));
      Value<Axis> here = sent.get(":, " + spot);
      List<Value<Axis>> parts = new ArrayList<>();
      if (from > 0) {
        parts.add(mixed.get(":, 0:" + from));
      }
      parts.add(here);
      parts.add(mixed.get(":, " + (from + 1) + ":"));
      mixed = Value.concat(parts, 1);
    }
    return mixed;
  }

  /** Receivers of this layer's attention have what they read where the sender sends. */
  private void receive(DecoderLayer layer, int index, int senders) {
    for (Receiver receiver : asked.receivers()) {
      if (receiver.node().layer() != index || receiver.input() == Input.WHOLE) {
        continue;
      }
      Value<Axis> site =
          Passes.any(
              switch (receiver.input()) {
                case Q -> layer.attention().q();
                case K -> layer.attention().k();
                default -> layer.attention().v();
              });
      String head = ", " + receiver.node().head();
      for (int i = 0; i < senders; i++) {
        site.get(row(sending(i) + 1) + head).set(site.get(row(sending(i)) + head));
      }
    }
  }

  /** Writes what an MLP adds; where the module itself adds to the stream, that goes along. */
  private final class Mlp {
    private final Value<Axis> site;
    private final Value<Axis> middle;
    private final boolean inside;

    Mlp(Decoder view, int index, Value<Axis> middle) {
      this.site = Passes.read(view, places.layers().get(index).mlpOut());
      this.middle = middle;
      this.inside = places.layers().get(index).sums() == Sums.INSIDE;
    }

    void set(String rows, Value<Axis> added) {
      site.get(rows).set(inside ? middle.get(rows).add(added) : added);
    }
  }
}
