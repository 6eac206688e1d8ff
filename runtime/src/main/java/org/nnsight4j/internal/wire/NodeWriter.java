package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Meta;

/** Nodes as JSON objects, whose field {@code kind} is the node's name. */
final class NodeWriter {
  private final TensorStore tensors;

  NodeWriter(TensorStore tensors) {
    this.tensors = tensors;
  }

  ObjectNode write(Node node) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (node instanceof Node.Read n) {
      site(json.put("kind", "read").put("invoker", n.invoker()), n.site())
          .put("step", n.step())
          .put("call", n.call())
          .put("settled", n.settled());
    } else if (node instanceof Node.Write n) {
      site(json.put("kind", "write").put("invoker", n.invoker()), n.site())
          .put("step", n.step())
          .put("call", n.call())
          .put("value", n.value());
    } else if (node instanceof Node.Skip n) {
      json.put("kind", "skip").put("invoker", n.invoker()).put("module", n.module());
      json.put("step", n.step()).put("value", n.value());
    } else if (node instanceof Node.Stop n) {
      json.put("kind", "stop").put("after", n.after());
    } else if (node instanceof Node.Call n) {
      ArrayNode args = json.put("kind", "call").put("op", n.op()).putArray("args");
      n.args().forEach(arg -> args.add(ArgCodec.write(arg)));
    } else if (node instanceof Node.Apply n) {
      json.put("kind", "apply").put("invoker", n.invoker()).put("module", n.module());
      json.put("argument", n.argument());
    } else if (node instanceof Node.Point n) {
      json.put("kind", "point").put("invoker", n.invoker()).put("name", n.name());
      json.put("value", n.value());
    } else if (node instanceof Node.Constant n) {
      json.put("kind", "constant").put("tensor", tensors.name(n.tensor()));
    } else if (node instanceof Node.Bridge n) {
      json.put("kind", "bridge").put("run", n.run()).put("save", n.save());
      json.put("dtype", n.meta().dtype().name()).set("axes", axes(n.meta()));
    } else if (node instanceof Node.Positions n) {
      json.put("kind", "positions").put("invoker", n.invoker()).put("step", n.step());
      json.put("position", n.position());
    } else if (node instanceof Node.StepIndex) {
      json.put("kind", "step_index");
    } else if (node instanceof Node.Gradient n) {
      json.put("kind", "gradient").put("scalar", n.scalar()).put("target", n.target());
    } else if (node instanceof Node.GradientWrite n) {
      json.put("kind", "gradient_write").put("scalar", n.scalar()).put("target", n.target());
      json.put("value", n.value());
    } else if (node instanceof Node.Merge n) {
      json.put("kind", "merge").put("condition", n.condition());
      json.put("when_true", n.whenTrue()).put("when_false", n.whenFalse());
    } else if (node instanceof Node.Carry n) {
      json.put("kind", "carry").put("initial", n.initial());
    } else if (node instanceof Node.Next n) {
      json.put("kind", "next").put("carry", n.carry()).put("value", n.value());
    } else if (node instanceof Node.LoopResult n) {
      json.put("kind", "loop_result").put("carry", n.carry()).put("initial", n.initial());
    } else if (node instanceof Node.Save n) {
      json.put("kind", "save").put("value", n.value());
    } else {
      throw new SerializationException(
          "the host call at %s is Java of yours and runs only in your own process; a graph that is sent or written must do without it: use operations, or a step of yours between two runs"
              .formatted(node.line()));
    }
    json.set("line", line(node.line()));
    return json;
  }

  private static ObjectNode site(ObjectNode json, SiteKey site) {
    return json.put("module", site.module())
        .put("port", site.port().name().toLowerCase(Locale.ROOT))
        .put("element", site.element());
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
