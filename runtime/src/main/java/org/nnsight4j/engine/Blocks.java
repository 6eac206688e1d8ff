package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.BlockTexts.Group;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;

/**
 * Runs the blocks of a network inside which nobody listens: consecutive ones of the same text as
 * one kernel, because a call of the engine costs microseconds whatever it computes. Listeners at
 * the input or the output of a block do not need its steps. Thread-safe.
 */
public final class Blocks {
  /** {@code fused}, or {@code steps} for every pass. */
  static final String PROPERTY = "nnsight4j.blocks";

  private static final String FUSED = "fused";
  private static final String STEPS = "steps";

  /** The most multiplications of one kernel, which cannot be interrupted: some tens of ms. */
  private static final long MOST_WORK = 1L << 31;

  private final BlockTexts texts;
  private final List<Place> places = new ArrayList<>();

  /** Writes the blocks of one network. */
  public interface Writer {
    /** The output of a block. */
    Script.Value write(Script script, int layer, Script.Value input);

    /** The attention of a block; null if it has none. */
    @Nullable Attention attention(int layer);
  }

  /**
   * The blocks of a network.
   *
   * @param paths of the blocks' modules, in their order
   */
  public Blocks(Parts parts, List<String> paths, Writer writer) {
    Map<String, int[]> found = new LinkedHashMap<>();
    paths.forEach(path -> found.put(path, new int[] {Integer.MAX_VALUE, -1}));
    for (SiteSpec site : parts.blueprint().sites()) {
      // A block's module, or one inside.
      String path = site.key().module();
      while (!path.isEmpty() && !found.containsKey(path)) {
        path = path.substring(0, Math.max(0, path.lastIndexOf('.')));
      }
      int[] range = found.get(path);
      if (range != null) {
        range[0] = Math.min(range[0], site.order());
        range[1] = Math.max(range[1], site.order());
      }
    }
    found.forEach((path, range) -> places.add(Place.of(parts, path, range)));
    this.texts = new BlockTexts(parts, places.size(), writer);
  }

  /** The sites of a block: the first is its input, the last its output. */
  private record Place(int in, int out, HookPoint input, HookPoint output) {
    static Place of(Parts parts, String path, int[] range) {
      SiteSpec in = parts.blueprint().site(SiteKey.input(path));
      SiteSpec out = parts.blueprint().site(SiteKey.output(path));
      if (in == null || out == null || in.order() != range[0] || out.order() != range[1]) {
        throw new IllegalStateException(
            path + " does not begin with its input and end with its output");
      }
      return new Place(range[0], range[1], parts.input(path), parts.output(path));
    }

    /** Whether the block need not run in steps because of this pass's listeners. */
    boolean isQuiet(Taps taps) {
      return taps.quiet(in + 1, out - 1) && !taps.replaces(in);
    }
  }

  /** Consecutive blocks that run as one kernel. */
  public final class Stretch {
    private final Group group;
    private final int first;
    private final int count;
    private final BlockTexts.InPass known;

    private Stretch(Group group, int first, int count, BlockTexts.InPass known) {
      this.group = group;
      this.first = first;
      this.count = count;
      this.known = known;
    }

    public int count() {
      return count;
    }

    /**
     * The residual stream after the last block, from the one before the first, as listeners at the
     * first input and the last output leave it.
     */
    public NDArray run(Pass pass, NDArray residual) {
      NDArray taken = places.get(first).input().show(pass, residual);
      if (pass.taps().listens(places.get(first).in()) && pass.done()) {
        return taken;
      }
      long[] kept = kept(pass.taps());
      NDArray[] given = group.kernel.callMany(pass.arena(), "blocks", arguments(pass, taken, kept));
      pass.ranAsOne(count);
      int next = 0;
      for (int i = 0; i < kept.length; i++) {
        if (kept[i] == 1) {
          // Who may wait changes nothing.
          var unused = places.get(first + i).output().show(pass, given[next]);
          unused = places.get(first + i + 1).input().show(pass, given[next]);
          next++;
        }
      }
      return places.get(first + count - 1).output().show(pass, given[next]);
    }

    /** For each block but the last, 1 if somebody listens between it and the next. */
    private long[] kept(Taps taps) {
      long[] kept = new long[count - 1];
      for (int i = 0; i < kept.length; i++) {
        boolean heard =
            taps.listens(places.get(first + i).out())
                || taps.listens(places.get(first + i + 1).in());
        kept[i] = heard ? 1 : 0;
      }
      return kept;
    }

    private Object[] arguments(Pass pass, NDArray residual, long[] kept) {
      List<Object> args = new ArrayList<>();
      args.add(residual);
      args.add((long) (first - group.first));
      args.add((long) count);
      args.add(kept);
      args.add(Objects.requireNonNull(group.weights));
      if (group.packed) {
        args.add(Objects.requireNonNull(group.packs));
      }
      KvCache cache = pass.cache();
      if (cache != null) {
        Script.Attended shape = group.attended;
        for (int layer = group.first; layer < group.end(); layer++) {
          cache.makeRoom(residual, layer, pass.rows(), shape.heads(), shape.width());
        }
        args.add(cache.buffers(group.first, group.end(), false));
        args.add(cache.buffers(group.first, group.end(), true));
        args.add((long) (first - group.first));
        args.add((long) cache.length());
      }
      Rotary rotary = group.attended.attention().rotary();
      if (rotary != null) {
        Rotary.Tables tables = pass.rotation(rotary);
        args.add(tables.cos());
        args.add(tables.sin());
      }
      NDArray mask = known.masks().get(first);
      if (mask != null) {
        args.add(mask);
      }
      if (known.padded()) {
        args.add(Objects.requireNonNull(pass.mask()));
      }
      return args.toArray();
    }
  }

  /**
   * The blocks from one on that run as one kernel in this pass.
   *
   * @return null if the next block runs in steps
   */
  public @Nullable Stretch from(Pass pass, int layer) {
    if (!isQuiet(pass, layer) || !pass.canRunBlocks() || !isOn()) {
      return null;
    }
    BlockTexts.InPass known = texts.of(pass);
    Group group = known.groups().get(layer);
    if (group == null) {
      return null;
    }
    long tokens = (long) pass.rows() * pass.columns();
    long most = Math.max(1, MOST_WORK / (tokens * group.elements));
    int end = layer + 1;
    while (end < group.end()
        && end - layer < most
        && pass.taps().canWait(places.get(end - 1).out())
        && pass.taps().canWait(places.get(end).in())
        && isQuiet(pass, end)) {
      end++;
    }
    return new Stretch(group, layer, end - layer, known);
  }

  private static boolean isOn() {
    String told = System.getProperty(PROPERTY, FUSED);
    if (!told.equals(FUSED) && !told.equals(STEPS)) {
      throw new RunException(
          "the property %s: expected %s or %s, found '%s'".formatted(PROPERTY, FUSED, STEPS, told));
    }
    return told.equals(FUSED);
  }

  private boolean isQuiet(Pass pass, int layer) {
    KvCache cache = pass.cache();
    return places.get(layer).isQuiet(pass.taps()) && (cache == null || !cache.hasGaps(layer));
  }
}
