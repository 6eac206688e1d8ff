package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Staged;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.plan.RowParts;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.internal.sweep.Places;
import org.nnsight4j.internal.sweep.SweepMemory;

/** How the parts of a run are put together: which rows at a time, and where they begin. */
final class RowChunks {
  private final TraceRun run;
  private final Blueprint blueprint;
  private final Network network;
  private final long rowBytes;
  private final List<Chunk> chunks = new ArrayList<>();
  private final Map<Integer, Map<List<Long>, Integer>> common = new TreeMap<>();
  private final Map<Integer, Integer> latest = new HashMap<>();
  private int rows;
  private int before;
  private long begun;

  /** Parts that are computed at the same time, and the block at which they begin. */
  record Chunk(List<RowParts.Part> parts, int stage) {}

  private RowChunks(TraceRun run, Blueprint blueprint, Network network) {
    this.run = run;
    this.blueprint = blueprint;
    this.network = network;
    this.rowBytes = rowBytes(run, blueprint);
  }

  static RowChunks of(TraceRun run, RowParts parts, Blueprint blueprint, Network network) {
    RowChunks chunks = new RowChunks(run, blueprint, network);
    chunks.count(parts.source());
    chunks.divide(parts.parts());
    return chunks;
  }

  /** Whether a run takes more than it may, by an upper bound. */
  static boolean isLarge(TraceRun run, Blueprint blueprint, Network network) {
    Batch batch = run.batch();
    return batch.groups().size() > 1
        && run.kind().maxBytes() != Long.MAX_VALUE
        && blueprint.decoder() != null
        && network instanceof Staged
        && batch.rows().size() > run.kind().maxBytes() / rowBytes(run, blueprint);
  }

  private static long rowBytes(TraceRun run, Blueprint blueprint) {
    int length = run.batch().length();
    SweepMemory memory = new SweepMemory(blueprint, new Places(blueprint));
    return memory.row(length, length) + (run.plan().readsLastLogits() ? 0 : memory.logits(length));
  }

  /** For each invoker the first that shares rows with it. */
  static int[] roots(Batch batch) {
    List<Batch.Group> groups = batch.groups();
    int[] roots = new int[groups.size()];
    Arrays.setAll(roots, invoker -> invoker);
    for (int one = 0; one < roots.length; one++) {
      for (int other = 0; other < one; other++) {
        Batch.Group left = groups.get(one);
        Batch.Group right = groups.get(other);
        if (left.begin() < right.begin() + right.count()
            && right.begin() < left.begin() + left.count()
            && roots[one] != roots[other]) {
          int old = Math.max(roots[one], roots[other]);
          int root = Math.min(roots[one], roots[other]);
          Arrays.setAll(roots, i -> roots[i] == old ? root : roots[i]);
        }
      }
    }
    return roots;
  }

  private void divide(List<RowParts.Part> parts) {
    Map<List<Long>, Integer> often = new HashMap<>();
    for (RowParts.Part part : parts) {
      rows(part).forEach(row -> often.merge(ids(row), 1, Integer::sum));
    }
    Map<List<Integer>, List<RowParts.Part>> begin = new TreeMap<>(RowChunks::compare);
    for (RowParts.Part part : parts) {
      int stage = shares(part, often) ? stage(part.firstSite()) : 0;
      // Rows of one length have no padding, so that they can begin anywhere.
      int length = stage == 0 ? 0 : run.batch().rows().get(rows(part).get(0)).length;
      begin.computeIfAbsent(List.of(stage, length), at -> new ArrayList<>()).add(part);
    }
    begin.forEach((at, those) -> cut(those, at.get(0), at.get(1)));
  }

  /** Counts the rows that come before all others. */
  private void count(RowParts.Part source) {
    rows += rows(source).size();
    before = rows == 0 ? 0 : 1;
  }

  private static int compare(List<Integer> left, List<Integer> right) {
    int byStage = Integer.compare(left.get(0), right.get(0));
    return byStage != 0 ? byStage : Integer.compare(left.get(1), right.get(1));
  }

  /** Whether other parts have the same tokens, and the rows one length. */
  private boolean shares(RowParts.Part part, Map<List<Long>, Integer> often) {
    List<Integer> own = rows(part);
    return run.batch().types().isEmpty()
        && own.stream().map(row -> run.batch().rows().get(row).length).distinct().count() == 1
        && own.stream().allMatch(row -> often.getOrDefault(ids(row), 0) > 1);
  }

  private List<Long> ids(int row) {
    return Arrays.stream(run.batch().rows().get(row)).boxed().toList();
  }

  private void cut(List<RowParts.Part> parts, int stage, int length) {
    long most = Math.max(1, run.kind().maxBytes() / rowBytes);
    List<RowParts.Part> some = new ArrayList<>();
    long count = 0;
    for (RowParts.Part part : parts) {
      int more = rows(part).size();
      if (!some.isEmpty() && count + more > most) {
        chunks.add(new Chunk(List.copyOf(some), stage));
        some.clear();
        count = 0;
      }
      some.add(part);
      count += more;
      rows += more;
      begun += (long) more * stage;
      if (stage > 0) {
        Map<List<Long>, Integer> known = common.computeIfAbsent(length, at -> new HashMap<>());
        rows(part).forEach(row -> known.putIfAbsent(ids(row), known.size()));
        latest.merge(length, stage, Math::max);
      }
    }
    chunks.add(new Chunk(List.copyOf(some), stage));
  }

  /** The last block that begins before a site, or with it; 0 if none does. */
  private int stage(int site) {
    List<DecoderPlaces.Layer> layers = new Places(blueprint).all();
    int stage = 0;
    for (int layer = 0; layer < layers.size(); layer++) {
      SiteSpec input = blueprint.site(SiteKey.input(layers.get(layer).module()));
      if (input == null) {
        return 0;
      }
      if (input.order() <= site) {
        stage = layer;
      }
    }
    return stage;
  }

  private List<Integer> rows(RowParts.Part part) {
    return rows(List.of(part));
  }

  private List<Integer> rows(List<RowParts.Part> parts) {
    BitSet found = new BitSet();
    for (RowParts.Part part : parts) {
      part.invokers().stream()
          .mapToObj(run.batch().groups()::get)
          .forEach(group -> found.set(group.begin(), group.begin() + group.count()));
    }
    return found.stream().boxed().toList();
  }

  List<Chunk> all() {
    return Collections.unmodifiableList(chunks);
  }

  /** The rows of some parts; all other invokers have none. */
  Batch batch(List<RowParts.Part> parts) {
    List<Integer> chosen = rows(parts);
    BitSet invokers = new BitSet();
    parts.forEach(part -> invokers.or(part.invokers()));
    Batch whole = run.batch();
    List<Batch.Group> groups = new ArrayList<>();
    for (int invoker = 0; invoker < whole.groups().size(); invoker++) {
      Batch.Group group = whole.groups().get(invoker);
      groups.add(
          invokers.get(invoker)
              ? new Batch.Group(chosen.indexOf(group.begin()), group.count())
              : new Batch.Group(0, 0));
    }
    return new Batch(
        chosen.stream().map(whole.rows()::get).toList(),
        whole.types().isEmpty() ? List.of() : chosen.stream().map(whole.types()::get).toList(),
        groups);
  }

  /** Runs the layers that rows share. */
  SharedLayers shared(Arena arena) {
    int most = (int) Math.max(1, Math.min(Integer.MAX_VALUE, run.kind().maxBytes() / rowBytes));
    return new SharedLayers(network, common, latest, most, arena);
  }

  /** What was done, for the receipt. */
  @Override
  public String toString() {
    int count = before + chunks.size();
    String text = "%s rows in %s".formatted(rows, Counted.of(count, "part"));
    long layers = new Places(blueprint).layers();
    return begun == 0
        ? text
        : text
            + ", which begin with %s of %s layers of rows that have the same tokens"
                .formatted(begun, rows * layers);
  }
}
