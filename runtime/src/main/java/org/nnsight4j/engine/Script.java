package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes one block of a network as the text of a TorchScript kernel. It calls the same operations
 * in the same order as the modules do one by one, so that both give the same bits; what it saves is
 * the cost of a call from Java for each of them.
 */
public final class Script {
  /**
   * What the text depends on, besides the network.
   *
   * @param tokens how many rows a matrix product of one run has
   * @param parts the number of equal parts into which the rows of a product are split
   * @param one whether the pass computes one position
   * @param masked whether attention has a mask
   * @param padded whether the pass's own positions include padding
   * @param cached whether keys and values go to a cache
   */
  record Facts(
      long tokens, int parts, boolean one, boolean masked, boolean padded, boolean cached) {
    /** Whether a pass has one row of one position, and values are {@code [1, 1, width]}. */
    boolean isOneToken() {
      return tokens == 1 && one && parts == 1;
    }

    Facts with(boolean mask) {
      return new Facts(tokens, parts, one, mask, padded, cached);
    }
  }

  /** A value in the text. */
  public record Value(String name) {}

  /** The block's input. */
  static final Value INPUT = new Value("x");

  private final Facts facts;
  private final boolean plain;
  private final List<String> lines = new ArrayList<>();
  private final Map<String, Value> before = new LinkedHashMap<>();
  private final List<NDArray> parameters = new ArrayList<>();
  private final List<NDArray> views = new ArrayList<>();
  private final List<Held> packed = new ArrayList<>();
  private int values;
  private boolean refused;
  private @Nullable Attended attended;

  /**
   * The attention of the block.
   *
   * @param heads of keys
   * @param width of a head
   */
  record Attended(Attention attention, long heads, long width) {}

  /**
   * An empty text.
   *
   * @param plain whether the network computes in FP32, where some operations have shorter forms
   */
  Script(Facts facts, boolean plain) {
    this.facts = facts;
    this.plain = plain;
  }

  Facts facts() {
    return facts;
  }

  boolean isPlain() {
    return plain;
  }

  /** States that there is no text for this block, which then runs in steps. */
  public Value refuse() {
    refused = true;
    return INPUT;
  }

  boolean isRefused() {
    return refused;
  }

  /** The result of a module. */
  public Value module(Module module, Value input) {
    return module.script(this, input);
  }

  /**
   * The result of attention between heads.
   *
   * @param heads of queries
   * @param keyHeads of keys and values
   * @param width of a head
   */
  public Value attention(
      Attention attention, Value q, Value k, Value v, long heads, long keyHeads, long width) {
    if (attended != null) {
      return refuse();
    }
    attended = new Attended(attention, keyHeads, width);
    return attention.script(this, q, k, v, attended, heads);
  }

  @Nullable Attended attended() {
    return attended;
  }

  /** The result of a kernel; numbers and texts become literals. */
  public Value call(String kernel, Object... operands) {
    return line(
        Arrays.stream(operands)
            .map(operand -> literal(operand) + ", ")
            .collect(Collectors.joining("", "(self)." + kernel + "(", ")")));
  }

  /** The elements of the list that a kernel gives. */
  public List<Value> callMany(int count, String kernel, Object... operands) {
    return each(count, call(kernel, operands));
  }

  private List<Value> each(int count, Value list) {
    List<Value> each = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      each.add(line(list.name() + "[" + i + "]"));
    }
    return each;
  }

  /** The features of heads apart, {@code [batch, head, position, feature]}. */
  public Value apart(Value row, long heads, long width) {
    return facts.isOneToken()
        ? line("torch.reshape(%s, [1, %s, 1, %s])".formatted(row.name(), heads, width))
        : call("apart", row, heads);
  }

  /** Queries, keys and values of heads, from rows that have all of them in this order. */
  public List<Value> thirds(Value fused, long heads, long width) {
    return facts.isOneToken()
        ? each(
            3,
            line(
                "torch.unbind(torch.reshape(%s, [3, 1, %s, 1, %s]), 0)"
                    .formatted(fused.name(), heads, width)))
        : callMany(3, "split_heads", fused, heads);
  }

  /** The features of heads one after the other, {@code [batch, position, head and feature]}. */
  public Value merged(Value apart, long heads, long width) {
    return facts.isOneToken()
        ? line("torch.reshape(%s, [1, 1, %s])".formatted(apart.name(), heads * width))
        : call("merge_heads", apart);
  }

  /** The rows of all positions one after the other, {@code [token, width]}. */
  public Value tokens(Value rows, long width) {
    return line("torch.reshape(%s, [-1, %s])".formatted(rows.name(), width));
  }

  /** Such rows by row and position again. */
  public Value rows(Value tokens, long width) {
    return line("torch.reshape(%s, [rows, length, %s])".formatted(tokens.name(), width));
  }

  /** The value of an expression over the names of values. */
  Value line(String expression) {
    Value value = new Value("v" + values++);
    lines.add(value.name() + " = " + expression);
    return value;
  }

  /** The value of an expression that is the same in all blocks, computed before the first. */
  Value once(String expression) {
    return before.computeIfAbsent(expression, any -> new Value("o" + before.size()));
  }

  /** An array of this block. */
  Value parameter(NDArray array) {
    parameters.add(array);
    return new Value("w" + (parameters.size() - 1));
  }

  /** An array of this block that is a view, and is closed once the block's list holds it. */
  Value view(NDArray array) {
    views.add(array);
    return parameter(array);
  }

  /** A packed matrix of this block. */
  Value packed(Held matrix) {
    packed.add(matrix);
    return new Value("q" + (packed.size() - 1));
  }

  /** Closes the handles of views, which belong to this text alone. */
  void closeViews() {
    views.forEach(NDArray::close);
    views.clear();
  }

  List<NDArray> parameters() {
    return parameters;
  }

  List<Held> packed() {
    return packed;
  }

  static String literal(Object operand) {
    if (operand instanceof Value value) {
      return value.name();
    } else if (operand instanceof Boolean flag) {
      return flag ? "True" : "False";
    } else if (operand instanceof String text) {
      return '"' + text + '"';
    }
    return operand.toString();
  }

  /**
   * The whole kernel. It gives the outputs of the blocks that are to be kept, and that of the last.
   *
   * @param result the block's output
   */
  ScriptArchive.Method method(Value result) {
    StringBuilder signature =
        new StringBuilder(
            "x: Tensor, first: int, count: int, kept: List[int], weights: List[List[Tensor]]");
    if (!packed.isEmpty()) {
      signature.append(", packed: List[List[").append(PackedKernels.PACKED).append("]]");
    }
    if (facts.cached()) {
      signature.append(", keys: List[Tensor], values: List[Tensor], cached: int, begin: int");
    }
    if (attended != null && attended.attention().turns()) {
      signature.append(", cos: Tensor, sin: Tensor");
    }
    signature.append(facts.masked() ? ", mask: Tensor" : "");
    signature.append(facts.padded() ? ", padding: Tensor" : "");
    List<String> body = new ArrayList<>();
    body.add("rows = torch.size(x, 0)");
    body.add("length = torch.size(x, 1)");
    before.forEach((expression, value) -> body.add(value.name() + " = " + expression));
    body.add("shown = annotate(List[Tensor], [])");
    body.add("last = torch.sub(count, 1)");
    body.add("for i in range(count):");
    body.add("  here = torch.add(first, i)");
    unpack(body, "w", parameters.size(), "weights");
    unpack(body, "q", packed.size(), "packed");
    if (facts.cached()) {
      body.add("  layer = torch.add(cached, i)");
    }
    lines.forEach(line -> body.add("  " + line));
    body.add("  x = " + result.name());
    body.add("  if torch.lt(i, last):");
    body.add("    if torch.gt(kept[i], 0):");
    body.add("      shown2 = torch.append(shown, x)");
    body.add("shown3 = torch.append(shown, x)");
    body.add("return shown");
    return new ScriptArchive.Method("blocks", signature.toString(), body);
  }

  private static void unpack(List<String> body, String prefix, int count, String all) {
    if (count > 0) {
      StringBuilder names = new StringBuilder("  ");
      for (int i = 0; i < count; i++) {
        names.append(prefix).append(i).append(", ");
      }
      body.add(names.append("= ").append(all).append("[here]").toString());
    }
  }
}
