package org.nnsight4j.internal.wire;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.op.OpTable;

/** What the writer writes the reader reads, and it is the same. */
final class WireFormatTest {
  @Test
  void aGraphComesBackUnchanged() {
    Set<String> kinds = new TreeSet<>();
    Set<String> ops = new TreeSet<>();
    for (long seed = 0; seed < 1000; seed++) {
      List<Graph> graphs = new ArrayList<>(List.of(new RandomGraph(seed).make()));
      if (seed % 7 == 0) {
        graphs.add(new RandomGraph(-seed).make());
      }
      for (Node node : graphs.get(0).nodes()) {
        kinds.add(node.getClass().getSimpleName());
        if (node instanceof Node.Call call) {
          ops.add(call.op());
        }
      }
      byte[] written = GraphFile.toBytes(graphs);
      List<Graph> read = GraphFile.read(written);
      assertWithMessage("seed %s", seed).that(read).isEqualTo(graphs);
      assertWithMessage("seed %s", seed).that(GraphFile.toBytes(read)).isEqualTo(written);
    }
    // A host call is Java, and is refused by the writer.
    Set<String> all =
        kinds(Node.class)
            .map(Class::getSimpleName)
            .filter(name -> !name.equals("HostCall"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(kinds).isEqualTo(all);
    assertThat(ops).hasSize(OpTable.all().size());
  }

  private static Stream<Class<?>> kinds(Class<?> type) {
    return type.isRecord()
        ? Stream.of(type)
        : Arrays.stream(type.getPermittedSubclasses()).flatMap(WireFormatTest::kinds);
  }

  /** The JVM gives -1 for a class that was compiled with -g:none. */
  @Test
  void anUnknownLineHasNoNumber() {
    assertThat(new SourceLine("com.acme.Probe", "com.acme.Probe.run", -1).toString())
        .isEqualTo("com.acme.Probe.run, unknown line");
    assertThat(new SourceLine("com.acme.Probe", "Probe.java", 12).toString())
        .isEqualTo("Probe.java:12");
    assertThat(SourceLine.UNKNOWN.toString()).isEqualTo("an unknown line");
  }
}
