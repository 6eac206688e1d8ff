package org.nnsight4j.internal.wire;

import static java.util.stream.Collectors.toList;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Owner;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;

/** A graph whose parts fit together, and that is otherwise as strange as the types allow. */
final class RandomGraph {
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "transformer.h.0",
          "é",
          "名前",
          "\ud83d\ude00",
          "\"\\/\b\f\n\r\t",
          "\u0000\u007f",
          "\u2028\u2029",
          "null",
          "{}",
          "-1",
          "a".repeat(300));

  /** Names stand in messages, so they have no control characters. */
  private static final List<String> NAMES =
      TEXTS.stream().filter(text -> text.chars().noneMatch(Character::isISOControl)).toList();

  private static final List<Op> OPS = List.copyOf(OpTable.all());

  private final Random random;
  private final List<Prompt> prompts = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<ControlBlock> blocks = new ArrayList<>();

  /** The values that can be seen, of the whole graph and of each open block. */
  private final Deque<List<Integer>> visible = new ArrayDeque<>();

  private boolean inLoop;
  private int nextOp;

  RandomGraph(long seed) {
    random = new Random(seed);
    nextOp = random.nextInt(OPS.size());
  }

  Graph make() {
    for (int i = random.nextInt(4); i >= 0; i--) {
      prompts.add(prompt());
    }
    visible.push(new ArrayList<>());
    constant();
    some(20, /* depth= */ 2);
    int edits = random.nextInt(nodes.size() + 1);
    return new Graph(name(), prompts, nodes, blocks, random.nextBoolean() ? 0 : edits);
  }

  private void some(int count, int depth) {
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(depth > 0 ? 26 : 22)) {
        case 0 -> constant();
        case 1 -> value(new Node.Read(id(), invoker(), site(), step(), inner(), flip(), line()));
        case 2 -> add(new Node.Write(id(), invoker(), site(), step(), inner(), any(), line()));
        case 3 -> add(new Node.Skip(id(), invoker(), name(), step(), any(), line()));
        case 4 -> add(new Node.Stop(id(), random.nextInt(id()), line()));
        case 5 -> value(new Node.Apply(id(), invoker(), name(), any(), line()));
        case 6 ->
            value(
                new Node.Point(
                    id(), flip() ? Owner.NOBODY : Owner.of(invoker()), name(), any(), line()));
        case 7 -> value(new Node.Bridge(id(), natural(), natural(), meta(), line()));
        case 8 -> value(new Node.Positions(id(), invoker(), step(), random.nextInt(), line()));
        case 9 ->
            value(
                new Node.Gradient(id(), any(), any(), random.nextBoolean() ? any() : null, line()));
        case 10 -> add(new Node.GradientWrite(id(), any(), any(), any(), line()));
        case 11 -> add(new Node.Save(id(), any(), line()));
        case 12 -> {
          if (inLoop) {
            value(new Node.StepIndex(id(), line()));
          }
        }
        case 13 -> value(new Node.Parameter(id(), name(), line()));
        case 14 -> {
          if (visible.size() == 1) {
            add(new Node.ParameterWrite(id(), name(), any(), line()));
          }
        }
        case 22 -> loop(depth);
        case 23, 24 -> branches(depth);
        default -> call();
      }
    }
  }

  private void loop(int depth) {
    if (inLoop) {
      return;
    }
    inLoop = true;
    int begin = id();
    int initial = any();
    visible.push(new ArrayList<>());
    int carry = value(new Node.Carry(id(), initial, line()));
    some(random.nextInt(4), depth - 1);
    if (flip()) {
      add(new Node.Next(id(), carry, any(), line()));
    }
    visible.pop();
    inLoop = false;
    int from = natural() / 2;
    int to = flip() ? ControlBlock.Steps.OPEN : from + 1 + random.nextInt(9);
    blocks.add(new ControlBlock.Steps(begin, id(), from, to, line()));
    value(new Node.LoopResult(id(), carry, initial, line()));
  }

  private void branches(int depth) {
    int condition = any();
    int[] results = new int[2];
    for (int i = 0; i < 2; i++) {
      int begin = id();
      visible.push(new ArrayList<>());
      results[i] = value(new Node.Constant(id(), tensor(), line()));
      some(random.nextInt(3), depth - 1);
      visible.pop();
      blocks.add(new ControlBlock.Branch(begin, id(), condition, i == 0, line()));
    }
    value(new Node.Merge(id(), condition, results[0], results[1], line()));
  }

  private void call() {
    Op op = OPS.get(nextOp++ % OPS.size());
    List<Arg> args =
        op.signature().isEmpty()
            ? List.of()
            : Arrays.stream(op.signature().split(",\\s*"))
                .map(param -> arg(param.substring(param.indexOf(':') + 1).trim()))
                .toList();
    value(new Node.Call(id(), op.name(), args, line()));
  }

  private Arg arg(String type) {
    return switch (type) {
      case "Tensor" -> new Arg.Ref(any());
      case "List[Tensor]" -> new Arg.Refs(several().map(i -> any()).toList());
      case "int" -> new Arg.Int(whole());
      case "List[int]" -> new Arg.Ints(several().map(i -> whole()).toList());
      case "float" -> new Arg.Real(real());
      case "bool" -> new Arg.Flag(flip());
      default -> new Arg.Text(text());
    };
  }

  private Stream<Integer> several() {
    return IntStream.range(0, random.nextInt(4)).boxed();
  }

  private void constant() {
    value(new Node.Constant(id(), tensor(), line()));
  }

  private Tensor tensor() {
    DType dtype = DType.values()[random.nextInt(DType.values().length)];
    long[] shape = random.ints(random.nextInt(4), 0, 4).asLongStream().toArray();
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    byte[] bytes = new byte[count * dtype.bytes()];
    random.nextBytes(bytes); // of floating types also NaNs and infinities
    if (dtype == DType.BOOL) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 1;
      }
    }
    return Tensor.ofBytes(dtype, ByteBuffer.wrap(bytes), shape);
  }

  private Prompt prompt() {
    return switch (random.nextInt(4)) {
      case 0 -> new Prompt.Whole();
      case 1 -> new Prompt.Open();
      case 2 -> new Prompt.Texts(several1().map(i -> text()).collect(toList()));
      default ->
          new Prompt.Ids(
              several1().map(i -> random.longs(random.nextInt(3)).toArray()).collect(toList()));
    };
  }

  private Stream<Integer> several1() {
    return IntStream.range(0, 1 + random.nextInt(3)).boxed();
  }

  private Meta meta() {
    List<Dim> axes = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      long size = flip() ? Dim.UNKNOWN : Math.max(0, whole());
      String name = name();
      axes.add(new Dim(size, name.isEmpty() ? null : name));
    }
    return new Meta(new Dims(axes), DType.values()[random.nextInt(DType.values().length)]);
  }

  SourceLine line() {
    return switch (random.nextInt(5)) {
      case 0 -> SourceLine.UNKNOWN;
      case 1 -> new SourceLine(name(), name(), -random.nextInt(3)); // as the JVM says "unknown"
      case 2 -> new SourceLine(name(), name(), Integer.MAX_VALUE);
      default -> new SourceLine("com.acme.Probe", "Probe.java", natural());
    };
  }

  private SiteKey site() {
    return new SiteKey(name(), Port.values()[random.nextInt(Port.values().length)], natural());
  }

  private AtStep step() {
    return inLoop && flip() ? AtStep.EACH : AtStep.of(natural());
  }

  /** Of the model's own pass, or of a module that was applied or a value that has a name. */
  private SiteScope inner() {
    List<Integer> calls =
        visible.stream()
            .flatMap(List::stream)
            .filter(
                id -> nodes.get(id) instanceof Node.Apply || nodes.get(id) instanceof Node.Point)
            .toList();
    return calls.isEmpty() || flip()
        ? SiteScope.OWN_PASS
        : SiteScope.inside(calls.get(random.nextInt(calls.size())));
  }

  private int invoker() {
    return random.nextInt(prompts.size());
  }

  private int natural() {
    return flip() ? random.nextInt(3) : random.nextInt() & Integer.MAX_VALUE;
  }

  private long whole() {
    return switch (random.nextInt(4)) {
      case 0 -> Long.MAX_VALUE;
      case 1 -> Long.MIN_VALUE;
      case 2 -> random.nextLong();
      default -> random.nextInt(5) - 2;
    };
  }

  private double real() {
    return switch (random.nextInt(8)) {
      case 0 -> Double.NaN;
      case 1 -> Double.NEGATIVE_INFINITY;
      case 2 -> Double.POSITIVE_INFINITY;
      case 3 -> -0.0;
      case 4 -> Double.MIN_VALUE;
      case 5 -> Double.MAX_VALUE;
      case 6 -> random.nextGaussian();
      default -> 1;
    };
  }

  private String text() {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  private String name() {
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  private boolean flip() {
    return random.nextBoolean();
  }

  private int id() {
    return nodes.size();
  }

  private int any() {
    List<Integer> all = visible.stream().flatMap(List::stream).toList();
    return all.get(random.nextInt(all.size()));
  }

  private int value(Node node) {
    nodes.add(node);
    visible.getFirst().add(node.id());
    return node.id();
  }

  private void add(Node node) {
    nodes.add(node);
  }
}
