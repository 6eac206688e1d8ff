package org.nnsight4j.internal.wire;

import java.util.List;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.op.Arg;

/**
 * The size limits for graphs that are written and read, so that checking a graph costs no more than
 * a few times its bytes. No user's program comes near them.
 */
public final class GraphSize {
  /** Graphs of one document: the runs of a session. */
  public static final int GRAPHS = 4096;

  /** The nesting depth of loops and branches. */
  public static final int DEPTH = 32;

  /** Tensors that one operation takes in a list. */
  public static final int OPERANDS = 10_000;

  /** Integers of one argument: axes, lengths, the steps of an index. */
  public static final int NUMBERS = 1024;

  /** Characters of an argument that is text, such as an equation. */
  public static final int TEXT = 100_000;

  /** Characters of a name: of a module, an operation, a class, a file. */
  public static final int NAME = 1000;

  /** Characters of one row of a prompt. */
  public static final int PROMPT = 1 << 20;

  private GraphSize() {}

  /**
   * Refuses larger graphs.
   *
   * @throws SerializationException that says what is too large, and how large it may be
   */
  static void check(List<Graph> graphs) {
    check("graph", "graphs", graphs.size(), GRAPHS);
    for (int i = 0; i < graphs.size(); i++) {
      check("graph.graphs[%s]".formatted(i), graphs.get(i));
    }
  }

  private static void check(String where, Graph graph) {
    name(where, graph.architecture());
    check(where, "blocks inside one another", new Blocks(graph.blocks()).depth(), DEPTH);
    graph.blocks().forEach(block -> check(where, block.line()));
    for (Prompt prompt : graph.prompts()) {
      if (prompt instanceof Prompt.Texts texts) {
        texts.texts().forEach(text -> check(where, "characters of a row", text.length(), PROMPT));
      } else if (prompt instanceof Prompt.Pairs pairs) {
        for (Prompt.Pairs.Pair pair : pairs.pairs()) {
          int length = pair.first().length() + pair.second().length();
          check(where, "characters of a row", length, PROMPT);
        }
      }
    }
    graph.nodes().forEach(node -> check(where, node));
  }

  private static void check(String where, Node node) {
    check(where, node.line());
    String module = node.modulePath();
    if (module != null) {
      name(where, module);
    } else if (node instanceof Node.Call call) {
      name(where, call.op());
      call.args().forEach(arg -> check(where, node, arg));
    } else if (node instanceof Node.Point point) {
      name(where, point.name());
    } else if (node instanceof Node.Parameter parameter) {
      name(where, parameter.name());
    } else if (node instanceof Node.ParameterWrite write) {
      name(where, write.name());
    }
  }

  private static void check(String where, Node node, Arg arg) {
    if (arg instanceof Arg.Refs refs) {
      check(at(where, node), "tensors of one list", refs.nodes().size(), OPERANDS);
    } else if (arg instanceof Arg.Ints wholes) {
      check(at(where, node), "numbers of one list", wholes.values().size(), NUMBERS);
    } else if (arg instanceof Arg.Text text) {
      check(at(where, node), "characters of one text", text.value().length(), TEXT);
    }
  }

  private static String at(String where, Node node) {
    return "%s: node %s (at %s)".formatted(where, node.id(), node.line());
  }

  private static void check(String where, SourceLine line) {
    name(where, line.className());
    name(where, line.file());
  }

  private static void name(String where, String name) {
    check(where, "characters of a name", name.length(), NAME);
  }

  private static void check(String where, String what, int found, int most) {
    if (found > most) {
      throw new SerializationException(
          "%s: expected at most %s %s, found %s".formatted(where, most, what, found));
    }
  }
}
