package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.nnsight4j.engine.Script;

/** The flow of names through the modules of a block, which gives it as the text of one kernel. */
record Scripts(DecoderNetwork network, Script script) implements Flow<Script.Value> {
  @Override
  public Script.Value call(Part part, Script.Value input) {
    return part instanceof Part.Composite composite
        ? composite.forward(this, input)
        : script.module(network.module(part), input);
  }

  @Override
  public Script.Value call(
      Part.Composite part, Script.Value input, UnaryOperator<Script.Value> forward) {
    return forward.apply(input);
  }

  @Override
  public Script.Value enter(Part part, Script.Value input) {
    return script.refuse();
  }

  @Override
  public Script.Value leave(Part part, Script.Value output) {
    return script.refuse();
  }

  @Override
  public Script.Value show(String path, Script.Value value) {
    return value;
  }

  @Override
  public Script.Value positionIds(String path, Script.Value ids) {
    return script.refuse();
  }

  @Override
  public void attentionMask(String path) {
    var unused = script.refuse();
  }

  @Override
  public void rotaryTables(RotaryPart part) {
    var unused = script.refuse();
  }

  @Override
  public Script.Value wanted(Part head, Part whole, Script.Value residual) {
    return script.refuse();
  }

  @Override
  public boolean done() {
    return false;
  }

  @Override
  public Script.Value scoped(Supplier<Script.Value> part) {
    return part.get();
  }

  @Override
  public Script.Value plus(Script.Value left, Script.Value right) {
    return script.call("plus", left, right);
  }

  @Override
  public Script.Value times(Script.Value left, Script.Value right) {
    return script.call("times", left, right);
  }

  @Override
  public Script.Value named(Script.Value row, String axis) {
    return row;
  }

  @Override
  public Script.Value clipped(Script.Value value, double most) {
    return script.call("clipped", value, most);
  }

  @Override
  public List<Script.Value> halved(Script.Value row, String axis) {
    return script.callMany(2, "halved", row);
  }

  @Override
  public Script.Value capped(Script.Value value, double cap) {
    return script.call("capped", value, cap);
  }

  @Override
  public Script.Value split(AttentionPart part, Script.Value row, boolean queries) {
    return swapped(heads(part, row, queries));
  }

  @Override
  public Script.Value swapped(Script.Value heads) {
    return script.call("swapped", heads);
  }

  @Override
  public List<Script.Value> thirds(AttentionPart part, Script.Value fused) {
    int heads = part.sizes().heads();
    String kernel = part.splitting();
    return kernel.equals("split_heads")
        ? script.thirds(fused, heads, part.sizes().headDim())
        : script.callMany(3, kernel, fused, heads, part.sizes().kvHeads());
  }

  @Override
  public Script.Value heads(AttentionPart part, Script.Value row, boolean queries) {
    Sizes sizes = part.sizes();
    return script.apart(row, queries ? sizes.heads() : sizes.kvHeads(), sizes.headDim());
  }

  @Override
  public Script.Value withExperts(ExpertsPart part, Script.Value input) {
    int width = part.hidden();
    Script.Value tokens = script.tokens(input, width);
    List<Script.Value> chosen = network.router(part).script(script, tokens);
    return script.rows(network.experts(part).script(script, tokens, chosen), width);
  }

  @Override
  public Script.Value attended(
      AttentionPart part, Script.Value queries, Script.Value keys, Script.Value values) {
    Sizes sizes = part.sizes();
    return script.attention(
        network.attention(part),
        queries,
        keys,
        values,
        sizes.heads(),
        sizes.kvHeads(),
        sizes.headDim());
  }

  @Override
  public Script.Value merged(AttentionPart part, Script.Value heads) {
    return script.merged(heads, part.sizes().heads(), part.sizes().headDim());
  }
}
