package org.nnsight4j.models.decoder;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Alibi;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.engine.Blocks;
import org.nnsight4j.engine.Experts;
import org.nnsight4j.engine.HookPoint;
import org.nnsight4j.engine.KeyMask;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.PositionIds;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.engine.Rotary;
import org.nnsight4j.engine.Router;
import org.nnsight4j.engine.Scoring;
import org.nnsight4j.engine.Script;
import org.nnsight4j.engine.Staged;

/** A decoder with its weights. */
final class DecoderNetwork extends Network implements Staged {
  private final DecoderTree tree;
  private final Blocks blocks;
  private final PositionIds positionIds;
  private final KeyMask attentionMask;
  private final Map<String, HookPoint> inputs = new HashMap<>();
  private final Map<String, HookPoint> outputs = new HashMap<>();
  private final Map<String, Rotary> rotaries = new HashMap<>();
  private final Map<String, Attention> attentions = new HashMap<>();
  private final Map<String, Router> routers = new HashMap<>();
  private final Map<String, Experts> experts = new HashMap<>();
  private final Map<Biases, Alibi> alibis = new HashMap<>();

  DecoderNetwork(DecoderTree tree, Parts parts) {
    super(parts);
    this.tree = tree;
    this.positionIds = new PositionIds(parts, tree.positionIds());
    this.attentionMask = new KeyMask(parts, tree.attentionMask());
    for (String path : parts.blueprint().modules().keySet()) {
      inputs.put(path, parts.input(path));
      outputs.put(path, parts.output(path));
    }
    Declaration declaration = Declaration.of(tree);
    for (RotaryPart part : declaration.tables()) {
      rotaries.put(part.path(), new Rotary(parts, part.path(), part.rope()));
    }
    declaration.parts().forEach(part -> make(part, parts));
    this.blocks = new Blocks(parts, tree.blockPaths(), new Texts(declaration));
  }

  private void make(Part part, Parts parts) {
    if (part instanceof Part.Leaf leaf) {
      Module made = leaf.module(parts);
      assert made.path().equals(part.path());
    } else if (part instanceof Part.Composite composite) {
      parts.add(new Step(parts, composite));
    }
    if (part instanceof ExpertsPart mixture) {
      routers.put(part.path(), mixture.router(parts));
      experts.put(part.path(), mixture.experts(parts));
    }
    if (part instanceof AttentionPart attention) {
      RotaryPart rotary = attention.rotary();
      attentions.put(
          part.path(),
          new Attention(
              parts,
              part.path(),
              attention.layer(),
              attention.scale(),
              rotary == null ? null : rotary(rotary),
              scoring(attention, parts)));
    }
  }

  private Scoring scoring(AttentionPart part, Parts parts) {
    Mixing mixing = part.mixing();
    String sinks = mixing.sinks();
    return new Scoring(
        mixing.window(),
        mixing.cap(),
        sinks == null ? null : parts.parameter(part.below(sinks)),
        mixing.biases() == null ? null : alibi(part, mixing.biases(), parts));
  }

  /** One instance for all layers, so that a pass makes its biases once. */
  private Alibi alibi(AttentionPart part, Biases biases, Parts parts) {
    return alibis.computeIfAbsent(
        biases, any -> new Alibi(parts, part.sizes().heads(), biases.rounded(), biases.divisor()));
  }

  @Override
  public int layers() {
    return tree.spec().blocks().size();
  }

  @Override
  public int rereadsBeyond() {
    return tree.spec().stack().rotary().stream()
        .filter(DecoderSpec.RotaryTables::rereads)
        .map(tables -> tables.rope().scaling())
        .mapToInt(
            scaling -> scaling instanceof Rope.LongRope stretched ? stretched.original() : NEVER)
        .min()
        .orElse(NEVER);
  }

  @Override
  public @Nullable NDArray forward(Pass pass, NDArray ids) {
    return tree.forward(new Tensors(this, pass), ids);
  }

  @Override
  public NDArray embedded(Pass pass, NDArray ids) {
    return tree.begin(new Tensors(this, pass), ids);
  }

  @Override
  public NDArray block(Pass pass, int layer, NDArray residual) {
    return tree.block(new Tensors(this, pass), layer, residual);
  }

  @Override
  public NDArray logits(Pass pass, NDArray residual) {
    return Objects.requireNonNull(tree.end(new Tensors(this, pass), residual), "the pass is over");
  }

  Blocks blocks() {
    return blocks;
  }

  /** Blocks as text. */
  private final class Texts implements Blocks.Writer {
    private final List<Attention> attentions;

    Texts(Declaration declaration) {
      attentions =
          declaration.parts().stream()
              .filter(AttentionPart.class::isInstance)
              .map(part -> DecoderNetwork.this.attention((AttentionPart) part))
              .toList();
    }

    @Override
    public Script.Value write(Script script, int layer, Script.Value input) {
      return tree.block(new Scripts(DecoderNetwork.this, script), layer, input);
    }

    @Override
    public @Nullable Attention attention(int layer) {
      return layer < attentions.size() ? attentions.get(layer) : null;
    }
  }

  PositionIds positionIds() {
    return positionIds;
  }

  KeyMask attentionMask() {
    return attentionMask;
  }

  Module module(Part part) {
    return Objects.requireNonNull(module(part.path()), part.path());
  }

  Attention attention(AttentionPart part) {
    return Objects.requireNonNull(attentions.get(part.path()), part.path());
  }

  Router router(ExpertsPart part) {
    return Objects.requireNonNull(routers.get(part.path()), part.path());
  }

  Experts experts(ExpertsPart part) {
    return Objects.requireNonNull(experts.get(part.path()), part.path());
  }

  Rotary rotary(RotaryPart part) {
    return Objects.requireNonNull(rotaries.get(part.path()), part.path());
  }

  HookPoint input(Part part) {
    return Objects.requireNonNull(inputs.get(part.path()), part.path());
  }

  HookPoint output(String path) {
    return Objects.requireNonNull(outputs.get(path), path);
  }

  /** A module that consists of others. */
  private final class Step extends Module {
    private final Part.Composite part;

    Step(Parts parts, Part.Composite part) {
      super(parts.blueprint(), part.path());
      this.part = part;
    }

    @Override
    protected NDArray forward(Pass pass, NDArray argument) {
      return part.forward(new Tensors(DecoderNetwork.this, pass), argument);
    }
  }
}
