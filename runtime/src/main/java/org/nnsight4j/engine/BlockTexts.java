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
import org.nnsight4j.tensor.DType;

/**
 * The texts of the blocks of a network, by what they depend on. Each text calls what the modules
 * would call, so the bits are those of the steps. Thread-safe.
 */
final class BlockTexts {
  private static final Pattern CALL = Pattern.compile("\\(self\\)\\.(\\w+)\\(");

  private static final Map<String, ScriptArchive.Method> KERNELS =
      TorchOps.methods().stream()
          .collect(Collectors.toMap(ScriptArchive.Method::name, Function.identity()));

  private final Parts parts;
  private final int count;
  private final Blocks.Writer writer;
  private final Map<Key, List<@Nullable Group>> variants = new HashMap<>();
  private final Map<ScriptArchive.Method, TorchOps.Loaded> loaded = new HashMap<>();

  /**
   * The texts of a network.
   *
   * @param count the number of its blocks
   */
  BlockTexts(Parts parts, int count, Blocks.Writer writer) {
    this.parts = parts;
    this.count = count;
    this.writer = writer;
  }

  /** What the texts of all blocks depend on. */
  private record Key(Script.Facts facts, BitSet masked, int threads, String forms) {}

  /** A text, and what belongs to each of its consecutive blocks. */
  static final class Group {
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
          && own.scoring().masksLike(its.scoring());
    }

    int end() {
      return first + blocks.size();
    }
  }

  private static Script.Facts facts(Pass pass) {
    long tokens = (long) pass.rows() * pass.columns() / pass.parts();
    return new Script.Facts(
        bucket(tokens),
        pass.parts(),
        pass.columns() == 1,
        false,
        pass.mask() != null && pass.keys() == pass.columns(),
        pass.cache() != null);
  }

  /** Products of so many rows have the form of the next power of 2. */
  private static long bucket(long tokens) {
    return ProductForms.Shape.of(Linear.Layout.OUT_IN, 1, 1, tokens, 1).rows();
  }

  /**
   * The blocks of one pass.
   *
   * @param groups of each block; null for a block that has no text
   * @param masks of each block; null where there is none
   * @param mask the pass's own, on which all depend
   */
  record InPass(
      BlockTexts texts,
      List<@Nullable Group> groups,
      List<@Nullable NDArray> masks,
      boolean padded,
      @Nullable NDArray mask) {}

  /** The blocks in such a pass, found once for each. */
  InPass of(Pass pass) {
    InPass known = pass.blocks();
    if (known == null || known.texts() != this || known.mask() != pass.mask()) {
      known = found(pass);
      pass.blocks(known);
    }
    return known;
  }

  private InPass found(Pass pass) {
    BitSet masked = new BitSet();
    List<@Nullable NDArray> masks = new ArrayList<>();
    Scoring last = null;
    for (int layer = 0; layer < count; layer++) {
      Attention attention = writer.attention(layer);
      Scoring scoring = attention == null ? null : attention.scoring();
      // Layers that score alike share their mask.
      NDArray mask =
          scoring != null && last != null && scoring.masksLike(last)
              ? masks.get(layer - 1)
              : scoring == null ? null : scoring.mask(pass, pass.columns(), pass.keys());
      masks.add(mask);
      masked.set(layer, mask != null);
      last = scoring;
    }
    Script.Facts facts = facts(pass);
    Key key = new Key(facts, masked, TorchEngine.threads(), ProductForms.setting());
    return new InPass(this, groups(key), masks, facts.padded(), pass.mask());
  }

  private synchronized List<@Nullable Group> groups(Key key) {
    List<@Nullable Group> known = variants.get(key);
    if (known == null) {
      known = written(key);
      variants.put(key, known);
    }
    return known;
  }

  private List<@Nullable Group> written(Key key) {
    List<@Nullable Group> groups = new ArrayList<>();
    Group last = null;
    for (int layer = 0; layer < count; layer++) {
      Script script = new Script(key.facts().with(key.masked().get(layer)), plain());
      Script.Value output = writer.write(script, layer, Script.INPUT);
      Script.Attended attended = script.attended();
      if (script.isRefused() || attended == null || attended.attention().layer() != layer) {
        script.closeViews();
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
    return groups;
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
    group.blocks.forEach(Script::closeViews);
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
