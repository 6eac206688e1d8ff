package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Owner;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Reads nodes from JSON objects; refuses what it does not know, by name. */
final class NodeReader {
  private final TensorStore tensors;

  NodeReader(TensorStore tensors) {
    this.tensors = tensors;
  }

  Node read(int id, String where, JsonNode json) {
    Fields f = Fields.of(where, json);
    Node node = read(id, f.text("kind"), f, f.line());
    f.finish();
    return node;
  }

  private Node read(int id, String kind, Fields f, SourceLine line) {
    return switch (kind) {
      case "read" ->
          new Node.Read(id, invoker(f), site(f), step(f), scope(f), f.flag("settled"), line);
      case "write" ->
          new Node.Write(id, invoker(f), site(f), step(f), scope(f), f.integer("value", 0), line);
      case "skip" ->
          new Node.Skip(id, invoker(f), f.text("module"), step(f), f.integer("value", 0), line);
      case "stop" -> new Node.Stop(id, f.integer("after", 0), line);
      case "call" -> new Node.Call(id, f.text("op"), f.list("args", ArgCodec::read), line);
      case "apply" ->
          new Node.Apply(id, invoker(f), f.text("module"), f.integer("argument", 0), line);
      case "point" -> new Node.Point(id, owner(f), f.text("name"), f.integer("value", 0), line);
      case "constant" -> new Node.Constant(id, tensors.get(f.where(), f.text("tensor")), line);
      case "parameter" -> new Node.Parameter(id, f.text("name"), line);
      case "parameter_write" ->
          new Node.ParameterWrite(id, f.text("name"), f.integer("value", 0), line);
      case "bridge" ->
          new Node.Bridge(id, f.integer("run", 0), f.integer("save", 0), meta(f), line);
      case "positions" -> new Node.Positions(id, invoker(f), step(f), f.integer("position"), line);
      case "step_index" -> new Node.StepIndex(id, line);
      case "gradient" ->
          new Node.Gradient(
              id,
              f.integer("scalar", 0),
              f.integer("target", 0),
              f.has("directions") ? f.integer("directions", 0) : null,
              line);
      case "gradient_write" ->
          new Node.GradientWrite(
              id, f.integer("scalar", 0), f.integer("target", 0), f.integer("value", 0), line);
      case "merge" ->
          new Node.Merge(
              id,
              f.integer("condition", 0),
              f.integer("when_true", 0),
              f.integer("when_false", 0),
              line);
      case "carry" -> new Node.Carry(id, f.integer("initial", 0), line);
      case "next" -> new Node.Next(id, f.integer("carry", 0), f.integer("value", 0), line);
      case "loop_result" ->
          new Node.LoopResult(id, f.integer("carry", 0), f.integer("initial", 0), line);
      case "save" -> new Node.Save(id, f.integer("value", 0), line);
      default ->
          throw new SerializationException(
              "%s: this version of nnsight4j does not know nodes of the kind '%s'"
                  .formatted(f.where(), kind));
    };
  }

  private static int invoker(Fields f) {
    return f.integer("invoker", 0);
  }

  private static Owner owner(Fields f) {
    int invoker = f.integer("invoker", NodeWriter.NONE);
    return invoker == NodeWriter.NONE ? Owner.NOBODY : Owner.of(invoker);
  }

  private static AtStep step(Fields f) {
    int step = f.integer("step", NodeWriter.NONE);
    return step == NodeWriter.NONE ? AtStep.EACH : AtStep.of(step);
  }

  private static SiteScope scope(Fields f) {
    int call = f.integer("call", NodeWriter.NONE);
    return call == NodeWriter.NONE ? SiteScope.OWN_PASS : SiteScope.inside(call);
  }

  private static SiteKey site(Fields f) {
    return new SiteKey(f.text("module"), constant(f, "port", Port.class), f.integer("element", 0));
  }

  private static Meta meta(Fields f) {
    List<Dim> axes = f.list("axes", NodeReader::dim);
    if (axes.size() > Dims.MOST_AXES) {
      throw new SerializationException(
          "%s: expected at most %s axes, found %s"
              .formatted(f.where(), Dims.MOST_AXES, axes.size()));
    }
    return new Meta(new Dims(axes), constant(f, "dtype", DType.class));
  }

  private static Dim dim(String where, JsonNode json) {
    Fields f = Fields.of(where, json);
    String name = f.text("name");
    Dim dim = new Dim(f.whole("size", Dim.UNKNOWN), name.isEmpty() ? null : name);
    f.finish();
    return dim;
  }

  private static <E extends Enum<E>> E constant(Fields f, String field, Class<E> type) {
    String name = f.text(field).toUpperCase(Locale.ROOT);
    return Arrays.stream(type.getEnumConstants())
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new SerializationException(
                    "%s: '%s' must be one of %s, found '%s'"
                        .formatted(
                            f.where(), field, Arrays.toString(type.getEnumConstants()), name)));
  }
}
