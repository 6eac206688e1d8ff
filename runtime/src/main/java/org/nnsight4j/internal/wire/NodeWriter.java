package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.NodeVisitor;
import org.nnsight4j.internal.graph.Owner;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Meta;

/** Writes nodes as JSON objects, whose field {@code kind} is the node's name. */
final class NodeWriter implements NodeVisitor<ObjectNode> {
  /** The number that stands for each step, the model's own pass, and no invoker. */
  static final int NONE = -1;

  private final TensorStore tensors;

  NodeWriter(TensorStore tensors) {
    this.tensors = tensors;
  }

  ObjectNode write(Node node) {
    ObjectNode json = node.accept(this);
    json.set("line", line(node.line()));
    return json;
  }

  private static ObjectNode kind(String name) {
    return JsonNodeFactory.instance.objectNode().put("kind", name);
  }

  private static int number(AtStep step) {
    return step.in(NONE);
  }

  private static int number(SiteScope scope) {
    return scope instanceof SiteScope.Inside inside ? inside.node() : NONE;
  }

  private static int number(Owner owner) {
    return owner instanceof Owner.OfInvoker own ? own.number() : NONE;
  }

  @Override
  public ObjectNode read(Node.Read n) {
    return site(kind("read"), n).put("settled", n.settled());
  }

  @Override
  public ObjectNode write(Node.Write n) {
    return site(kind("write"), n).put("value", n.value());
  }

  @Override
  public ObjectNode skip(Node.Skip n) {
    ObjectNode json = kind("skip").put("invoker", n.invoker()).put("module", n.module());
    return json.put("step", number(n.step())).put("value", n.value());
  }

  @Override
  public ObjectNode stop(Node.Stop n) {
    return kind("stop").put("after", n.after());
  }

  @Override
  public ObjectNode call(Node.Call n) {
    ObjectNode json = kind("call").put("op", n.op());
    ArrayNode args = json.putArray("args");
    n.args().forEach(arg -> args.add(ArgCodec.write(arg)));
    return json;
  }

  @Override
  public ObjectNode apply(Node.Apply n) {
    ObjectNode json = kind("apply").put("invoker", n.invoker()).put("module", n.module());
    return json.put("argument", n.argument());
  }

  @Override
  public ObjectNode point(Node.Point n) {
    ObjectNode json = kind("point").put("invoker", number(n.owner())).put("name", n.name());
    return json.put("value", n.value());
  }

  @Override
  public ObjectNode constant(Node.Constant n) {
    return kind("constant").put("tensor", tensors.name(n.tensor()));
  }

  @Override
  public ObjectNode parameter(Node.Parameter n) {
    return kind("parameter").put("name", n.name());
  }

  @Override
  public ObjectNode parameterWrite(Node.ParameterWrite n) {
    return kind("parameter_write").put("name", n.name()).put("value", n.value());
  }

  @Override
  public ObjectNode bridge(Node.Bridge n) {
    ObjectNode json = kind("bridge").put("run", n.run()).put("save", n.save());
    json.put("dtype", n.meta().dtype().name()).set("axes", axes(n.meta()));
    return json;
  }

  @Override
  public ObjectNode positions(Node.Positions n) {
    ObjectNode json = kind("positions").put("invoker", n.invoker());
    return json.put("step", number(n.step())).put("position", n.position());
  }

  @Override
  public ObjectNode stepIndex(Node.StepIndex n) {
    return kind("step_index");
  }

  @Override
  public ObjectNode gradient(Node.Gradient n) {
    ObjectNode json = kind("gradient").put("scalar", n.scalar()).put("target", n.target());
    return n.directions() == null ? json : json.put("directions", n.directions());
  }

  @Override
  public ObjectNode gradientWrite(Node.GradientWrite n) {
    ObjectNode json = kind("gradient_write").put("scalar", n.scalar()).put("target", n.target());
    return json.put("value", n.value());
  }

  @Override
  public ObjectNode merge(Node.Merge n) {
    ObjectNode json = kind("merge").put("condition", n.condition());
    return json.put("when_true", n.whenTrue()).put("when_false", n.whenFalse());
  }

  @Override
  public ObjectNode carry(Node.Carry n) {
    return kind("carry").put("initial", n.initial());
  }

  @Override
  public ObjectNode next(Node.Next n) {
    return kind("next").put("carry", n.carry()).put("value", n.value());
  }

  @Override
  public ObjectNode loopResult(Node.LoopResult n) {
    return kind("loop_result").put("carry", n.carry()).put("initial", n.initial());
  }

  @Override
  public ObjectNode hostCall(Node.HostCall n) {
    throw new SerializationException(
        "the host call at %s is Java of yours and runs only in your own process; a graph that is sent or written must do without it: use operations, or a step of yours between two runs"
            .formatted(n.line()));
  }

  @Override
  public ObjectNode save(Node.Save n) {
    return kind("save").put("value", n.value());
  }

  private static ObjectNode site(ObjectNode json, Node.SiteAccess n) {
    return json.put("invoker", n.invoker())
        .put("module", n.site().module())
        .put("port", n.site().port().name().toLowerCase(Locale.ROOT))
        .put("element", n.site().element())
        .put("step", number(n.step()))
        .put("call", number(n.scope()));
  }

  static ObjectNode line(SourceLine line) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("class", line.className())
        .put("file", line.file())
        .put("number", line.line());
  }

  private static ArrayNode axes(Meta meta) {
    ArrayNode axes = JsonNodeFactory.instance.arrayNode();
    for (Dim dim : meta.dims().axes()) {
      axes.addObject().put("name", dim.name() == null ? "" : dim.name()).put("size", dim.size());
    }
    return axes;
  }
}
