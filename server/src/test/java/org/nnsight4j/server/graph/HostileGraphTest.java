package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;

/** Requests that no client writes: all are refused with a reason, none throws. */
final class HostileGraphTest {
  private static final SourceLine LINE = new SourceLine("Mine", "Mine.java", 7);

  private static RequestCheck check;
  private static ModelIdentity identity;
  private static byte[] good;

  @BeforeAll
  static void prepare() {
    GraphKind kind = new GraphKind();
    check =
        kind.check(
            kind.describe(new ModelSpec("m", "graph", EmbeddedGpt2.directory().toString(), 1)));
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      identity = ModelIdentity.of(gpt2.blueprint());
    }
    good = request(2, List.of(new Arg.Ref(0), new Arg.Ref(1)));
  }

  private static byte[] request(int ids, List<Arg> args) {
    Graph graph =
        new Graph(
            "gpt2",
            List.of(new Prompt.Ids(List.of(new long[ids]))),
            List.of(
                new Node.Read(
                    0,
                    0,
                    SiteKey.output("transformer.h.1.mlp"),
                    AtStep.FIRST,
                    SiteScope.OWN_PASS,
                    false,
                    LINE),
                new Node.Constant(1, Tensor.of(new float[] {1, 2}, 1, 2, 1), LINE),
                new Node.Call(2, "add", args, LINE),
                new Node.Save(3, 2, LINE)),
            List.of(),
            0);
    RequestedRun run =
        new RequestedRun(
            graph,
            List.of(LINE),
            new RunKind.Generate(GenerateOptions.defaults().maxNewTokens(3)),
            null);
    return new RunRequest(List.of(run), identity).toBytes();
  }

  private static Verdict verdict(byte[] bytes) {
    return assertTimeout(Duration.ofSeconds(5), () -> check.check(bytes));
  }

  @Test
  void aGoodRequestIsPriced() {
    Verdict verdict = verdict(good);
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.budget().nodes()).isEqualTo(4);
    assertThat(verdict.budget().steps()).isEqualTo(3);
    assertThat(verdict.budget().bytes()).isGreaterThan(2L * 128 * 4);
    // At least the passes over two tokens and three new ones, of more than 0.5 million parameters.
    assertThat(verdict.budget().flops()).isGreaterThan(5L * 500_000);
  }

  @Test
  void workThatLeavesASmallResultIsPriced() {
    int n = 256;
    Graph graph =
        new Graph(
            "gpt2",
            List.of(new Prompt.Ids(List.of(new long[2]))),
            List.of(
                new Node.Constant(0, Tensor.of(new float[n * n], n, n), LINE),
                new Node.Call(1, "svd_s", List.of(new Arg.Ref(0)), LINE),
                new Node.Save(2, 1, LINE)),
            List.of(),
            0);
    RequestedRun run = new RequestedRun(graph, List.of(LINE), new RunKind.Trace(false), null);
    Verdict verdict = verdict(new RunRequest(List.of(run), identity).toBytes());
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.budget().flops()).isGreaterThan(26L * n * n * n);
  }

  @Test
  void shapesThatDoNotFitAreRefusedWithTheLine() {
    var problem = verdict(request(3, List.of(new Arg.Ref(0), new Arg.Ref(1)))).problems().get(0);
    assertThat(problem.details()).containsEntry("line", "Mine.java:7");
    assertThat(problem.status()).isEqualTo(422);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"kind\":\"read\" | \"kind\":\"exec\"",
        "\"op\":\"add\" | \"op\":\"system\"",
        "\"ref\":1 | \"ref\":3",
        "\"ref\":1 | \"ref\":-1",
        "\"ref\":1 | \"ref\":2147483648",
        "\"ref\":1 | \"path\":\"/etc/passwd\"",
        "\"tensor\":\"t0\" | \"tensor\":\"t9\"",
        "\"tensor\":\"t0\" | \"tensor\":\"t0\",\"url\":\"http://x\"",
        "transformer.h.1.mlp | transformer.h.99.mlp",
        "\"invoker\":0 | \"invoker\":5",
        "\"invoker\":0 | \"invoker\":-7",
        "\"step\":0 | \"step\":-9",
        "\"step\":0 | \"step\":1000000",
        "\"rows\":[[0,0]] | \"rows\":[]",
        "\"rows\":[[0,0]] | \"rows\":[[]]",
        "\"rows\":[[0,0]] | \"rows\":[[0,\"a\"]]",
        "\"rows\":[[0,0]] | \"rows\":[[0,-1]]",
        "\"rows\":[[0,0]] | \"rows\":[[0,99999]]",
        "\"rows\":[[0,0]] | \"rows\":[[0,4294967301]]",
        "transformer.h.1.mlp | transformer.h.1.mlp\\ud800",
        "\"edits\":0 | \"edits\":99",
        "\"edits\":0 | \"edits\":-1",
        "\"blocks\":[] | \"blocks\":[{}]",
        "\"schema\":2 | \"schema\":3",
        "\"architecture\":\"gpt2\" | \"architecture\":\"llama\"",
        "\"maxNewTokens\":3 | \"maxNewTokens\":-3",
        "\"maxNewTokens\":3 | \"maxNewTokens\":1e99",
        "\"maxNewTokens\":3 | \"maxNewTokens\":3,\"logitsProcessor\":\"java.lang.Runtime\"",
        "\"kind\":\"generate\" | \"kind\":\"shell\"",
        "\"number\":7 | \"number\":-7",
      })
  void invalidJsonIsRefused(String from, String to) {
    Map<String, String> metadata = new TreeMap<>(metadata());
    metadata.replaceAll((key, json) -> json.replace(from, to));
    assertWithMessage(from + " is there").that(metadata).isNotEqualTo(metadata());
    Verdict verdict = verdict(Safetensors.toBytes(Safetensors.read(good), metadata));
    assertThat(verdict.problems()).hasSize(1);
    assertThat(verdict.problems().get(0).status()).isIn(List.of(400, 422));
    assertThat(verdict.problems().get(0).detail()).doesNotContain("Exception");
  }

  private static Map<String, String> metadata() {
    return SafetensorsHeader.parse(Path.of("x"), good).metadata();
  }

  /** A session: its second run needs a node of a run, as a value of this length. */
  private static Verdict session(int run, int save, int length) {
    List<Prompt> prompts = List.of(new Prompt.Ids(List.of(new long[2])));
    Meta meta = new Meta(Dims.of(length), DType.FLOAT32);
    List<Node> keeps =
        List.of(
            new Node.Constant(0, Tensor.of(new float[] {1, 2}, 2), LINE),
            new Node.Save(1, 0, LINE));
    List<Node> needs =
        List.of(new Node.Bridge(0, run, save, meta, LINE), new Node.Save(1, 0, LINE));
    return session(new Graph("gpt2", prompts, keeps, List.of(), 0), needs, null);
  }

  private static Verdict session(Graph first, List<Node> second, @Nullable RunCondition when) {
    Graph graph = new Graph("gpt2", first.prompts(), second, List.of(), 0);
    GenerateOptions options = GenerateOptions.defaults();
    return verdict(
        new RunRequest(
                List.of(
                    new RequestedRun(first, List.of(LINE), new RunKind.Trace(false), null),
                    new RequestedRun(graph, List.of(LINE), new RunKind.Trace(false), when)),
                identity)
            .toBytes());
  }

  @Test
  void aValueOfAnEarlierRunHasTheShapeThatItHasThere() {
    assertThat(session(0, 1, 2).problems()).isEmpty();
    List<Problem> problems = session(0, 1, 3).problems();
    assertThat(problems).hasSize(1);
    Problem problem = problems.get(0);
    assertThat(problem.detail()).contains("expected of run 0 of the session a value");
    assertThat(problem.details()).containsEntry("line", "Mine.java:7");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "0, 0", "0, 2"})
  void aValueThatNoEarlierRunKeepsIsRefused(int run, int save) {
    Verdict verdict = session(run, save, 2);
    assertThat(verdict.problems()).hasSize(1);
    assertThat(verdict.problems().get(0).detail()).contains("the request: run 1: node 0 needs");
    List<Node> keeps =
        List.of(new Node.Constant(0, Tensor.of(new float[] {1}), LINE), new Node.Save(1, 0, LINE));
    Graph first =
        new Graph("gpt2", List.of(new Prompt.Ids(List.of(new long[2]))), keeps, List.of(), 0);
    Verdict condition = session(first, keeps, new RunCondition(run, save, LINE));
    assertThat(condition.problems()).hasSize(1);
    assertThat(condition.problems().get(0).detail())
        .contains("the request: run 1: its condition needs");
  }

  /** What the worker would refuse is refused before it is accepted. */
  @ParameterizedTest
  @MethodSource("promptsThatCannotRun")
  void promptsThatCannotRunAreRefused(List<Prompt> prompts, String reason) {
    Node constant = new Node.Constant(0, Tensor.of(new float[] {1}), LINE);
    List<Node> nodes = List.of(constant, new Node.Save(1, 0, LINE));
    Verdict verdict = verdict(Requests.bytes(Requests.traced(Requests.graph(prompts, nodes))));
    assertThat(verdict.problems()).hasSize(1);
    Problem problem = verdict.problems().get(0);
    assertThat(problem.status()).isEqualTo(422);
    assertThat(problem.detail()).contains(reason);
    if (!prompts.isEmpty()) {
      assertThat(problem.detail()).doesNotContain("null");
    }
  }

  static Stream<Arguments> promptsThatCannotRun() {
    return Stream.of(
        arguments(List.of(), "expected a prompt with a row at least, found 0 prompts"),
        arguments(List.of(new Prompt.Whole()), "expected a prompt with a row at least, found 1"),
        arguments(List.of(new Prompt.Open()), "input() stands for inputs"),
        arguments(List.of(ids(1329)), "the prompt has the token 1329, outside the vocabulary"),
        arguments(List.of(ids(-1)), "the prompt has the token -1, outside the vocabulary: 0 to"),
        arguments(List.of(ids(1L << 40)), "outside the vocabulary: 0 to 1328 (at Mine.java:7)"),
        arguments(List.of(ids()), "a row of the prompt is empty"),
        arguments(List.of(ids(new long[129])), "a prompt of 129 tokens needs 129"),
        arguments(List.of(new Prompt.Texts(List.of(""))), "a text of the prompt is empty"),
        arguments(
            List.of(new Prompt.Texts(List.of("a".repeat(1_000_000)))),
            "a prompt of 1000000 bytes is more than this model's 128 positions can be"));
  }

  private static Prompt ids(long... row) {
    return new Prompt.Ids(List.of(row));
  }

  /** It would become Infinity, which the text does not say. */
  @Test
  void aNumberThatNoDoubleHoldsIsRefused() {
    Map<String, String> metadata = new TreeMap<>(metadata());
    metadata.replaceAll(
        (key, json) ->
            json.replace(
                "\"args\":[{\"ref\":0},{\"ref\":1}]", "\"args\":[{\"ref\":0},{\"real\":1e400}]"));
    Verdict verdict = verdict(Safetensors.toBytes(Safetensors.read(good), metadata));
    assertThat(verdict.problems().get(0).detail())
        .contains("expected a number that a double can hold");
    metadata = new TreeMap<>(metadata());
    metadata.replaceAll(
        (key, json) ->
            json.replace("\"maxNewTokens\":3", "\"maxNewTokens\":3,\"temperature\":1e400"));
    verdict = verdict(Safetensors.toBytes(Safetensors.read(good), metadata));
    assertThat(verdict.problems().get(0).detail())
        .contains("expected a number that a double can hold as 'temperature'");
  }

  /** The recorder refuses it; so must a reader of graphs from outside. */
  @Test
  void aLoopThatHandsOnAnotherShapeIsRefused() {
    List<Node> nodes =
        List.of(
            new Node.Constant(0, Tensor.of(new float[] {1, 2}, 2), LINE),
            new Node.Carry(1, 0, LINE),
            new Node.Call(2, "concat", List.of(new Arg.Refs(List.of(1, 1)), new Arg.Int(0)), LINE),
            new Node.Next(3, 1, 2, LINE));
    RequestedRun run =
        Requests.run(
            Requests.graph(nodes, new ControlBlock.Steps(1, 4, 0, ControlBlock.Steps.OPEN, LINE)),
            new RunKind.Generate(GenerateOptions.defaults().maxNewTokens(30)));
    assertThat(verdict(Requests.bytes(run)).problems().get(0).detail())
        .contains("the shapes [2] and [4] cannot be combined");
  }

  /** A buffer of Java holds no more; the worker would say so after it had computed it. */
  @Test
  void aValueThatIsTooLargeToBeSavedWholeIsRefused() {
    List<Node> nodes =
        List.of(
            new Node.Constant(0, Tensor.of(new float[] {1}, 1), LINE),
            new Node.Call(1, "repeat", List.of(new Arg.Ref(0), Arg.Ints.of(600_000_000L)), LINE),
            new Node.Save(2, 1, LINE));
    assertThat(
            verdict(Requests.bytes(Requests.traced(Requests.graph(nodes))))
                .problems()
                .get(0)
                .detail())
        .contains("cannot be saved whole; save it in parts (at Mine.java:7)");
  }

  @Test
  void aWriteThatCannotFitIsRefused() {
    SiteKey mlp = SiteKey.output("transformer.h.1.mlp");
    List<Node> nodes =
        List.of(
            new Node.Constant(0, Tensor.of(new float[5], 1, 5, 1), LINE),
            new Node.Write(1, 0, mlp, AtStep.FIRST, SiteScope.OWN_PASS, 0, LINE),
            new Node.Read(2, 0, mlp, AtStep.FIRST, SiteScope.OWN_PASS, false, LINE),
            new Node.Save(3, 2, LINE));
    Problem problem =
        verdict(Requests.bytes(Requests.traced(Requests.graph(nodes)))).problems().get(0);
    assertThat(problem.details()).containsEntry("line", "Mine.java:7");
    assertThat(problem.detail()).contains("cannot be combined");
  }

  @Test
  void depthAndSizeOfTheJsonAreBounded() {
    assertRefused(withGraph("[".repeat(100_000)));
    assertRefused(withGraph("{\"a\":".repeat(1000)));
    assertRefused(withGraph("[" + "[],".repeat(1_500_000) + "[]]"));
    assertRefused(withGraph("{\"schema\":2,\"schema\":2}"));
    assertRefused(withGraph("{\"schema\":" + "9".repeat(10_000) + "}"));
    assertRefused(withGraph("\"" + "x".repeat(2_000_000) + "\""));
    assertRefused(withGraph(""));
    assertRefused(withGraph("null"));
  }

  private static byte[] withGraph(String json) {
    Map<String, String> metadata = new TreeMap<>(metadata());
    metadata.put("nnsight4j.graph", json);
    return Safetensors.toBytes(Safetensors.read(good), metadata);
  }

  private static void assertRefused(byte[] bytes) {
    assertThat(verdict(bytes).problems()).hasSize(1);
  }

  @Test
  void aSafetensorsFileThatLiesIsRefused() {
    assertRefused(new byte[0]);
    assertRefused(new byte[8]);
    assertRefused(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(-1).array());
    assertRefused(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(Long.MAX_VALUE).array());
    assertRefused(
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,4]}}"));
    assertRefused(file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}"));
    assertRefused(file("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}"));
    assertRefused(file("{\"a\":{\"dtype\":\"PICKLE\",\"shape\":[1],\"data_offsets\":[0,4]}}"));
    assertRefused(file("{\"__metadata__\":{\"nnsight4j.graph\":5}}"));
  }

  private static byte[] file(String header) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + 4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  @Test
  void noChangedByteMakesTheCheckThrow() {
    Random random = new Random(5);
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = good.clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      assertThat(check.check(bytes)).isNotNull();
    }
  }
}
