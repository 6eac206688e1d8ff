package org.nnsight4j.models.decoder;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Blocks;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Router;

/** The flow of tensors through the modules: one forward pass. */
record Tensors(DecoderNetwork network, Pass pass) implements Flow<NDArray> {
  @Override
  public NDArray call(Part part, NDArray input) {
    return network.module(part).call(pass, input);
  }

  @Override
  public NDArray call(Part.Composite part, NDArray input, UnaryOperator<NDArray> forward) {
    return network.module(part).call(pass, input, forward);
  }

  @Override
  public NDArray enter(Part part, NDArray input) {
    return network.input(part).show(pass, input);
  }

  @Override
  public NDArray leave(Part part, NDArray output) {
    return show(part.path(), output);
  }

  @Override
  public NDArray show(String path, NDArray value) {
    return network.output(path).show(pass, value);
  }

  @Override
  public NDArray positionIds(String path, NDArray ids) {
    return network.positionIds().show(pass);
  }

  @Override
  public void attentionMask(String path) {
    network.attentionMask().show(pass);
  }

  @Override
  public void rotaryTables(RotaryPart part) {
    network.rotary(part).show(pass);
  }

  /**
   * The unembedding is expensive, so only the last position goes through it unless others are read.
   */
  @Override
  public NDArray wanted(Part head, Part whole, NDArray residual) {
    boolean everyPosition =
        !pass.lastPositionOnly()
            || network.input(head).listens(pass)
            || network.output(head.path()).listens(pass)
            || network.output(whole.path()).listens(pass);
    return everyPosition ? residual : op("last_position", residual);
  }

  @Override
  public Blocks.@Nullable Stretch stretch(int layer) {
    return network.blocks().from(pass, layer);
  }

  @Override
  public NDArray through(Blocks.Stretch stretch, NDArray residual) {
    return stretch.run(pass, residual);
  }

  @Override
  public boolean done() {
    return pass.done();
  }

  @Override
  public NDArray scoped(Supplier<NDArray> part) {
    return pass.scoped(part);
  }

  @Override
  public NDArray plus(NDArray left, NDArray right) {
    return op("plus", left, right);
  }

  @Override
  public NDArray times(NDArray left, NDArray right) {
    return op("times", left, right);
  }

  @Override
  public NDArray named(NDArray row, String axis) {
    return row;
  }

  @Override
  public NDArray clipped(NDArray value, double most) {
    return op("clipped", value, most);
  }

  @Override
  public List<NDArray> halved(NDArray row, String axis) {
    return List.of(pass.ops().callMany(pass.arena(), "halved", row));
  }

  @Override
  public NDArray capped(NDArray value, double cap) {
    return op("capped", value, cap);
  }

  @Override
  public NDArray split(AttentionPart part, NDArray row, boolean queries) {
    return swapped(heads(part, row, queries));
  }

  @Override
  public NDArray swapped(NDArray heads) {
    return op("swapped", heads);
  }

  @Override
  public List<NDArray> thirds(AttentionPart part, NDArray fused) {
    long heads = part.sizes().heads();
    String kernel = part.splitting();
    return List.of(
        kernel.equals("split_heads")
            ? pass.ops().callMany(pass.arena(), kernel, fused, heads)
            : pass.ops()
                .callMany(pass.arena(), kernel, fused, heads, (long) part.sizes().kvHeads()));
  }

  @Override
  public NDArray heads(AttentionPart part, NDArray row, boolean queries) {
    int count = queries ? part.sizes().heads() : part.sizes().kvHeads();
    return op("apart", row, (long) count);
  }

  @Override
  public NDArray withExperts(ExpertsPart part, NDArray input) {
    long[] shape = input.getShape().getShape().clone();
    NDArray tokens = op("reshape", input, new long[] {-1, shape[shape.length - 1]});
    Router.Chosen chosen = network.router(part).choose(pass, tokens);
    return op("reshape", network.experts(part).mix(pass, tokens, chosen), shape);
  }

  @Override
  public NDArray attended(AttentionPart part, NDArray queries, NDArray keys, NDArray values) {
    return network.attention(part).mix(pass, queries, keys, values);
  }

  @Override
  public NDArray merged(AttentionPart part, NDArray heads) {
    return op("merge_heads", heads);
  }

  private NDArray op(String kernel, Object... operands) {
    return pass.ops().call(pass.arena(), kernel, operands);
  }
}
