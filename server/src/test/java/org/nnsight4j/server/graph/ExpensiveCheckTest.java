package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.server.graph.Requests.LINE;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.tensor.Tensor;

/**
 * The check protects the server, so that it must not be what stops it: of whatever a request of
 * some hundred kilobytes consists, it is looked at in about the time that reading it takes.
 */
final class ExpensiveCheckTest {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

  /** Each of these took 10 seconds to minutes. */
  private static final Duration MOST = Duration.ofSeconds(5);

  private static final RequestCheck CHECK = Requests.check();
  private static final Node READ =
      new Node.Read(
          0,
          0,
          SiteKey.output("transformer.h.1.mlp"),
          AtStep.FIRST,
          SiteScope.OWN_PASS,
          false,
          LINE);

  private static Verdict timed(byte[] bytes) {
    CHECK.check(Requests.bytes(Requests.traced(Requests.graph(List.of(READ)))));
    long begin = CPU.getCurrentThreadCpuTime();
    Verdict verdict = CHECK.check(bytes);
    Duration took = Duration.ofNanos(CPU.getCurrentThreadCpuTime() - begin);
    assertWithMessage("%s bytes: %s", bytes.length, verdict).that(took).isLessThan(MOST);
    return verdict;
  }

  private static Verdict timed(List<? extends Node> nodes, ControlBlock... blocks) {
    return timed(Requests.bytes(Requests.traced(Requests.graph(nodes, blocks))));
  }

  /** What the client refuses to write is written by hand. */
  private static Verdict unwritten(String nodes, String blocks) {
    Map<String, String> metadata =
        new TreeMap<>(
            SafetensorsHeader.parse(
                    Path.of("x"), Requests.bytes(Requests.traced(Requests.graph(List.of(READ)))))
                .metadata());
    metadata.computeIfPresent(
        "nnsight4j.graph",
        (key, json) ->
            json.replaceFirst("\"blocks\":\\[\\]", "\"blocks\":[" + blocks + "]")
                .replaceFirst("\\]\\}\\]\\}$", nodes + "]}]}"));
    return timed(Safetensors.toBytes(Map.of(), metadata));
  }

  private static Node call(int id, String op, Arg... args) {
    return new Node.Call(id, op, List.of(args), LINE);
  }

  @Test
  void anEquationOfManyOperands() {
    int operands = 9000;
    List<Node> nodes =
        List.of(
            new Node.Constant(0, Tensor.of(new float[] {1}, 1), LINE),
            call(
                1,
                "einsum",
                new Arg.Refs(Collections.nCopies(operands, 0)),
                new Arg.Text("a,".repeat(operands - 1) + "a->a")));
    assertThat(timed(nodes).problems()).isEmpty();
    String args =
        "[{\"refs\":[%s]},{\"text\":\"%s\"}]"
            .formatted("0,".repeat(20_000) + "0", "a,".repeat(20_000) + "a->a");
    Verdict refused =
        unwritten(
            ",{\"kind\":\"call\",\"op\":\"einsum\",\"args\":%s,\"line\":{\"class\":\"A\",\"file\":\"A.java\",\"number\":1}}"
                .formatted(args),
            "");
    assertThat(refused.problems().get(0).detail())
        .contains("node 1 (at A.java:1): expected at most 10000 tensors of one list, found 20001");
  }

  @Test
  void axesUponAxes() {
    List<Node> nodes = new ArrayList<>(List.of(READ));
    for (int i = 1; i < 30_000; i++) {
      nodes.add(call(i, "unsqueeze", new Arg.Ref(i - 1), new Arg.Int(0)));
    }
    assertThat(timed(nodes).problems().get(0).detail())
        .contains("a value has at most 64 axes, this one would have 65; reshape it to fewer");
  }

  @Test
  void asManyAxesAsThereMayBe() {
    List<Node> nodes = new ArrayList<>(List.of(READ));
    for (int i = 1; i < 20_000; i++) {
      nodes.add(
          i < 62
              ? call(i, "unsqueeze", new Arg.Ref(i - 1), new Arg.Int(0))
              : call(i, "add", new Arg.Ref(i - 1), new Arg.Ref(61)));
    }
    assertThat(timed(nodes).problems()).isEmpty();
  }

  @Test
  void runsWithoutNodes() {
    RequestedRun empty = Requests.traced(Requests.graph(List.of()));
    byte[] most = Requests.bytes(Collections.nCopies(4096, empty).toArray(RequestedRun[]::new));
    assertThat(timed(most).problems()).isEmpty();
  }

  @Test
  void moreRunsThanASessionHas() {
    byte[] one = Requests.bytes(Requests.traced(Requests.graph(List.of())));
    Map<String, String> metadata =
        new TreeMap<>(SafetensorsHeader.parse(Path.of("x"), one).metadata());
    String graph = metadata.get("nnsight4j.graph");
    String each = graph.substring(graph.indexOf('[') + 1, graph.length() - 2);
    metadata.put(
        "nnsight4j.graph",
        "{\"schema\":2,\"graphs\":[" + each + (',' + each).repeat(29_999) + "]}");
    assertThat(timed(Safetensors.toBytes(Map.of(), metadata)).problems().get(0).detail())
        .contains("expected at most 4096 graphs, found 30000");
  }

  @Test
  void branchesInsideBranches() {
    int depth = 2000;
    String line = "\"line\":{\"class\":\"A\",\"file\":\"A.java\",\"number\":1}";
    StringBuilder nodes = new StringBuilder();
    StringBuilder blocks = new StringBuilder();
    for (int i = 1; i <= depth; i++) {
      nodes.append(
          ",{\"kind\":\"call\",\"op\":\"gt_real\",\"args\":[{\"ref\":%s},{\"real\":0}],%s}"
              .formatted(0, line));
    }
    for (int i = 0; i < depth; i++) {
      blocks
          .append(i == 0 ? "" : ",")
          .append(
              "{\"kind\":\"branch\",\"begin\":%s,\"end\":%s,\"condition\":%s,\"expected\":true,%s}"
                  .formatted(i + 2, depth + 1, i + 1, line));
    }
    assertThat(unwritten(nodes.toString(), blocks.toString()).problems().get(0).detail())
        .contains("expected at most 32 blocks inside one another, found 1999");
  }

  @Test
  void modulesUponModules() {
    List<Node> nodes = new ArrayList<>(List.of(READ));
    for (int i = 1; i < 10_000; i++) {
      nodes.add(new Node.Apply(i, 0, "transformer.h.1.mlp.dropout", i - 1, LINE));
    }
    assertThat(timed(nodes).problems()).isEmpty();
  }

  @Test
  void modulesInsideModules() {
    List<Node> nodes = new ArrayList<>(List.of(READ));
    SiteKey inside = SiteKey.output("transformer.h.1.mlp.dropout");
    for (int i = 1; i < 10_000; i += 2) {
      nodes.add(new Node.Apply(i, 0, "transformer.h.1.mlp", i - 1, LINE));
      nodes.add(new Node.Read(i + 1, 0, inside, AtStep.FIRST, SiteScope.inside(i), false, LINE));
    }
    assertThat(timed(nodes).problems().get(0).detail())
        .contains("modules applied inside one another at most 64 deep");
  }

  @Test
  void stopsAfterStops() {
    List<Node> nodes = new ArrayList<>(List.of(READ));
    for (int i = 1; i < 10_000; i++) {
      nodes.add(new Node.Stop(i, i - 1, LINE));
    }
    assertThat(timed(nodes)).isNotNull();
  }

  @Test
  void readsOfManyRows() {
    List<Prompt> prompts = List.of(new Prompt.Ids(Collections.nCopies(50_000, new long[1])));
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      nodes.add(
          new Node.Read(
              i,
              0,
              SiteKey.output("transformer.h.1.mlp"),
              AtStep.FIRST,
              SiteScope.OWN_PASS,
              false,
              LINE));
    }
    assertThat(timed(Requests.bytes(Requests.traced(Requests.graph(prompts, nodes))))).isNotNull();
  }

  @Test
  void aLoopThatGrowsForLong() {
    List<Node> nodes = new ArrayList<>();
    nodes.add(new Node.Constant(0, Tensor.of(new float[] {1}, 1), LINE));
    nodes.add(
        new Node.Read(
            1,
            0,
            SiteKey.output("transformer.h.1.mlp"),
            AtStep.FIRST,
            SiteScope.OWN_PASS,
            false,
            LINE));
    nodes.add(new Node.Carry(2, 1, LINE));
    int last = 8000;
    for (int i = 3; i < last; i++) {
      nodes.add(call(i, "neg", new Arg.Ref(i - 1)));
    }
    nodes.add(call(last, "concat", new Arg.Refs(List.of(last - 1, 2)), new Arg.Int(1)));
    nodes.add(new Node.Next(last + 1, 2, last, LINE));
    ControlBlock loop = new ControlBlock.Steps(2, last + 2, 0, ControlBlock.Steps.OPEN, LINE);
    List<Prompt> prompts = List.of(new Prompt.Texts(List.of("one")));
    RequestedRun run =
        Requests.run(
            Requests.graph(prompts, nodes, loop),
            new RunKind.Generate(GenerateOptions.defaults().maxNewTokens(100)));
    assertThat(timed(Requests.bytes(run)).budget().bytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void anInterruptEndsIt() {
    Thread.currentThread().interrupt();
    try {
      assertThat(
              CHECK
                  .check(Requests.bytes(Requests.traced(Requests.graph(List.of(READ)))))
                  .problems()
                  .get(0)
                  .detail())
          .contains("the check of the graph was ended");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
