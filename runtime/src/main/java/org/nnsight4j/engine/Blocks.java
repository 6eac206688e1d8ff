package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.DType;

/**
 * Runs the blocks of a network that nobody listens to: consecutive ones of the same text as one
 * kernel, because a call of the engine costs microseconds whatever it computes. Each text calls
 * what the modules would call, so the bits are those of the steps. Thread-safe.
 */
public final class Blocks {
  /** {@code fused}, or {@code steps} for every pass. */
  static final String PROPERTY = "nnsight4j.blocks";

  private static final String FUSED = "fused";
  private static final String STEPS = "steps";

  /** The most multiplications of one kernel, which cannot be interrupted: some tens of ms. */
  private static final long MOST_WORK = 1L << 31;

  private static final Pattern CALL = Pattern.compile("\\(self\\)\\.(\\w+)\\(");

  private static final Map<String, ScriptArchive.Method> KERNELS =
      TorchOps.methods().stream()
          .collect(Collectors.toMap(ScriptArchive.Method::name, Function.identity()));

  private final Parts parts;
  private final Writer writer;
  private final List<int[]> sites = new ArrayList<>();
  private final Map<Key, Variant> variants = new HashMap<>();
  private final Map<ScriptArchive.Method, TorchOps.Loaded> loaded = new HashMap<>();

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
    this.parts = parts;
    this.writer = writer;
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
    sites.addAll(found.values());
  }

  /** What the texts of all blocks depend on. */
  private record Key(Script.Facts facts, BitSet masked, int threads, String forms) {}

  /** A text, and what belongs to each of its consecutive blocks. */
  private static final class Group {
    final int first;
    final TorchOps.Loaded kernel;
    final Script.Attended attended;
    final boolean packed;
    final long elements;
    final List<Script> blocks = new ArrayList<>();
    @Nullable Held weights;
    @Nullable Held packs;

    Group(int first, TorchOps.Loaded kernel, Script.Attended attended, Script script) {
      this.first = first;
      this.kernel = kernel;
      this.attended = attended;
      this.packed = !script.packed().isEmpty();
      this.elements =
          Math.max(
              1,
              script.parameters().stream().mapToLong(each -> each.getShape().size()).sum()
                  + script.packed().size() * 1_000_000L);
    }

    /** Whether another block has the same text, tables and mask. */
    boolean continues(TorchOps.Loaded other, Script.Attended next) {
      Attention own = attended.attention();
      Attention its = next.attention();
      return kernel == other
          && own.rotary() == its.rotary()
          && Objects.equals(own.scoring().window(), its.scoring().window())
          && own.scoring().alibi() == its.scoring().alibi();
    }

    int end() {
      return first + blocks.size();
    }
  }

  private record Variant(List<@Nullable Group> groups) {}

  /** Consecutive blocks that run as one kernel. */
  public final class Stretch {
    private final Group group;
    private final int first;
    private final int count;
    private final Script.Facts facts;
    private final @Nullable NDArray mask;

    private Stretch(Group group, int first, int count, Script.Facts facts, @Nullable NDArray mask) {
      this.group = group;
      this.first = first;
      this.count = count;
      this.facts = facts;
      this.mask = mask;
    }

    public int count() {
      return count;
    }

    /** The residual stream after the last block, from the one before the first. */
    public NDArray run(Pass pass, NDArray residual) {
      List<Object> args = new ArrayList<>();
      args.add(residual);
      args.add((long) (first - group.first));
      args.add((long) count);
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
      if (mask != null) {
        args.add(mask);
      }
      if (facts.padded()) {
        args.add(Objects.requireNonNull(pass.mask()));
      }
      pass.ranAsOne(count);
      return group.kernel.call(pass.arena(), "blocks", args.toArray());
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
    Variant variant = variant(pass);
    Group group = variant.groups().get(layer);
    if (group == null) {
      return null;
    }
    long tokens = (long) pass.rows() * pass.columns();
    long most = Math.max(1, MOST_WORK / (tokens * group.elements));
    int end = layer + 1;
    while (end < group.end() && end - layer < most && isQuiet(pass, end)) {
      end++;
    }
    NDArray mask = mask(pass, group.attended.attention());
    return new Stretch(group, layer, end - layer, facts(pass, mask != null), mask);
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
    int[] range = sites.get(layer);
    KvCache cache = pass.cache();
    return pass.taps().quiet(range[0], range[1]) && (cache == null || !cache.hasGaps(layer));
  }

  private static @Nullable NDArray mask(Pass pass, Attention attention) {
    return attention.scoring().mask(pass, pass.columns(), pass.keys());
  }

  private static Script.Facts facts(Pass pass, boolean masked) {
    long tokens = (long) pass.rows() * pass.columns() / pass.parts();
    return new Script.Facts(
        bucket(tokens),
        pass.parts(),
        pass.columns() == 1,
        masked,
        pass.mask() != null && pass.keys() == pass.columns(),
        pass.cache() != null);
  }

  /** Products of so many rows have the form of the next power of 2. */
  private static long bucket(long tokens) {
    return ProductForms.Shape.of(Linear.Layout.OUT_IN, 1, 1, tokens, 1).rows();
  }

  private synchronized Variant variant(Pass pass) {
    BitSet masked = new BitSet();
    for (int layer = 0; layer < sites.size(); layer++) {
      Attention attention = writer.attention(layer);
      masked.set(layer, attention != null && mask(pass, attention) != null);
    }
    Key key = new Key(facts(pass, false), masked, TorchEngine.threads(), ProductForms.setting());
    Variant known = variants.get(key);
    if (known == null) {
      known = written(key);
      variants.put(key, known);
    }
    return known;
  }

  private Variant written(Key key) {
    List<@Nullable Group> groups = new ArrayList<>();
    Group last = null;
    for (int layer = 0; layer < sites.size(); layer++) {
      Script script = new Script(key.facts().with(key.masked().get(layer)), plain());
      Script.Value output = writer.write(script, layer, Script.INPUT);
      Script.Attended attended = script.attended();
      if (script.isRefused() || attended == null || attended.attention().layer() != layer) {
        groups.add(null);
        last = null;
        continue;
      }
      TorchOps.Loaded kernel = loaded(script.method(output));
      if (last == null || !last.continues(kernel, attended)) {
        last = new Group(layer, kernel, attended, script);
      }
      last.blocks.add(script);
      groups.add(last);
    }
    groups.stream().filter(Objects::nonNull).distinct().forEach(this::hold);
    return new Variant(groups);
  }

  private boolean plain() {
    return parts.runType() == DType.FLOAT32;
  }

  private TorchOps.Loaded loaded(ScriptArchive.Method method) {
    return loaded.computeIfAbsent(
        method,
        each -> {
          TorchOps.Loaded made = TorchOps.get().load(withCalled(each));
          parts.weights().closeToo(made::close);
          return made;
        });
  }

  /** A kernel and all that it calls. */
  private static List<ScriptArchive.Method> withCalled(ScriptArchive.Method method) {
    Map<String, ScriptArchive.Method> all = new LinkedHashMap<>();
    Deque<ScriptArchive.Method> open = new ArrayDeque<>(List.of(method));
    while (!open.isEmpty()) {
      for (String line : open.remove().body()) {
        Matcher call = CALL.matcher(line);
        while (call.find()) {
          String name = call.group(1);
          if (!all.containsKey(name)) {
            ScriptArchive.Method called = Objects.requireNonNull(KERNELS.get(name), name);
            all.put(name, called);
            open.add(called);
          }
        }
      }
    }
    List<ScriptArchive.Method> methods = new ArrayList<>(all.values());
    methods.add(method);
    return methods;
  }

  /** Makes the lists of the arrays of all blocks, so that a call passes two handles. */
  private void hold(Group group) {
    group.weights =
        listed(group.blocks.stream().map(each -> Held.arrays(each.parameters())).toList());
    if (group.packed) {
      group.packs = listed(group.blocks.stream().map(each -> Held.list(each.packed())).toList());
    }
  }

  private Held listed(List<Held> each) {
    Held all = Held.list(each);
    each.forEach(Held::close);
    parts.weights().closeToo(all::close);
    return all;
  }
}
