package org.nnsight4j.models.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** The flow of shapes through the modules, which gives the blueprint. */
final class Declaration implements Flow<Dims> {
  private final DecoderTree tree;
  private final Blueprint.Builder declared;
  private final List<Part> parts = new ArrayList<>();
  private final List<RotaryPart> tables = new ArrayList<>();

  private Declaration(DecoderTree tree) {
    this.tree = tree;
    this.declared = Blueprint.of(tree.spec().architecture());
  }

  /** Passes shapes through a tree once. */
  static Declaration of(DecoderTree tree) {
    Declaration declaration = new Declaration(tree);
    declaration.sizes();
    tree.forward(declaration, tree.spec().sizes().ids());
    return declaration;
  }

  Blueprint blueprint() {
    return declared.build();
  }

  /** All modules in the order in which they start. */
  List<Part> parts() {
    return parts;
  }

  List<RotaryPart> tables() {
    return tables;
  }

  private void sizes() {
    DecoderSpec spec = tree.spec();
    Sizes sizes = spec.sizes();
    declared
        .vocabularySize(sizes.vocabulary())
        .maxPositions(sizes.positions())
        .count(spec.layersKey(), spec.blocks().size())
        .storedNames(spec.storage().names())
        .decoder(CommonPlaces.of(spec));
    spec.storage().ignored().forEach(declared::ignore);
    widths(sizes.residual(), sizes.neurons(), sizes.queryHeads(), sizes.logits());
  }

  /** Collects the width of every output under its name. */
  private void widths(Dims... shapes) {
    for (Dims shape : shapes) {
      Dim last = shape.get(-1);
      String name = last.name();
      if (last.isKnown() && name != null) {
        declared.width(name, Math.toIntExact(last.size()));
      }
    }
  }

  @Override
  public Dims call(Part part, Dims input) {
    parts.add(part);
    boolean ids = part instanceof Part.Leaf leaf && leaf.takesIds();
    declared
        .module(part.path(), part.type(), true)
        .input(part.path(), input, ids ? DType.INT64 : DType.FLOAT32);
    Dims output;
    part.parameters(declared);
    if (part instanceof Part.Leaf leaf) {
      output = leaf.output(input);
    } else {
      output = ((Part.Composite) part).forward(this, input);
    }
    return left(part, output);
  }

  @Override
  public Dims call(Part.Composite part, Dims input, UnaryOperator<Dims> forward) {
    parts.add(part);
    declared.module(part.path(), part.type(), false).input(part.path(), input, DType.FLOAT32);
    part.parameters(declared);
    return left(part, forward.apply(input));
  }

  private Dims left(Part part, Dims output) {
    widths(output);
    if (part.isTuple()) {
      declared.tuple(part.path(), output);
    } else {
      declared.output(part.path(), output);
    }
    return output;
  }

  @Override
  public Dims enter(Part part, Dims input) {
    declared.module(part.path(), part.type(), false).input(part.path(), input, DType.INT64);
    return input;
  }

  @Override
  public Dims leave(Part part, Dims output) {
    return left(part, output);
  }

  @Override
  public Dims show(String path, Dims value) {
    declared.innerValue(path, value);
    return value;
  }

  @Override
  public Dims positionIds(String path, Dims ids) {
    declared.keywordInput(path, ids, DType.INT64);
    return ids;
  }

  @Override
  public void attentionMask(String path) {
    declared.keywordInput(path, Dims.of(Sizes.BATCH, Dim.unknown(Dim.KEY)), DType.INT64);
  }

  @Override
  public void rotaryTables(RotaryPart part) {
    tables.add(part);
    if (part.isHidden()) {
      return;
    }
    widths(part.table());
    declared.module(part.path(), part.type(), false).tuple(part.path(), part.table(), part.table());
  }

  @Override
  public Dims wanted(Part head, Part whole, Dims residual) {
    return residual;
  }

  @Override
  public boolean done() {
    return false;
  }

  @Override
  public Dims scoped(Supplier<Dims> part) {
    return part.get();
  }

  @Override
  public Dims plus(Dims left, Dims right) {
    return left;
  }

  @Override
  public Dims times(Dims left, Dims right) {
    return left;
  }

  @Override
  public Dims named(Dims row, String axis) {
    return Sizes.row(axis, Math.toIntExact(row.get(-1).size()));
  }

  @Override
  public Dims clipped(Dims value, double most) {
    return value;
  }

  @Override
  public List<Dims> halved(Dims row, String axis) {
    Dims half = Sizes.row(axis, Math.toIntExact(row.get(-1).size() / 2));
    return List.of(half, half);
  }

  @Override
  public Dims capped(Dims value, double cap) {
    return value;
  }

  @Override
  public Dims split(AttentionPart part, Dims row, boolean queries) {
    Dims heads = heads(part, row, queries);
    return Dims.of(heads.get(0), heads.get(2), heads.get(1), heads.get(3));
  }

  @Override
  public Dims swapped(Dims heads) {
    return Dims.of(heads.get(0), heads.get(2), heads.get(1), heads.get(3));
  }

  @Override
  public List<Dims> thirds(AttentionPart part, Dims fused) {
    return List.of(heads(part, fused, true), heads(part, fused, false), heads(part, fused, false));
  }

  @Override
  public Dims heads(AttentionPart part, Dims row, boolean queries) {
    return queries ? part.sizes().queryHeads() : part.sizes().keyHeads(part.sharesKeys());
  }

  @Override
  public Dims withExperts(ExpertsPart part, Dims input) {
    ExpertsMlp spec = part.spec();
    widths(part.logits(), part.chosen());
    declared
        .module(part.router(), spec.router().type(), false)
        .input(part.router(), part.tokens(), DType.FLOAT32)
        .tuple(
            part.router(),
            new Meta(part.logits(), DType.FLOAT32),
            new Meta(part.chosen(), DType.FLOAT32),
            new Meta(part.chosen(), DType.INT64))
        .module(part.experts(), spec.experts().type(), false)
        .input(part.experts(), part.tokens(), DType.FLOAT32)
        .output(part.experts(), part.tokens());
    return input;
  }

  @Override
  public Dims attended(AttentionPart part, Dims queries, Dims keys, Dims values) {
    Attention.declare(declared, part.path(), queries, keys, part.rotary() != null);
    return queries;
  }

  @Override
  public Dims merged(AttentionPart part, Dims heads) {
    return part.sharesKeys()
        ? Sizes.row("queries", part.sizes().queries())
        : part.sizes().residual();
  }
}
