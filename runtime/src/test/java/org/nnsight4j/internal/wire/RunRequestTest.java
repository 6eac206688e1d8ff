package org.nnsight4j.internal.wire;

import static com.google.common.truth.Truth.assertWithMessage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.tensor.Tensor;

/** A server reads exactly what was sent. */
final class RunRequestTest {
  private final Random random = new Random(11);

  @Test
  void aRequestComesBackUnchanged() {
    for (int i = 0; i < 500; i++) {
      List<RequestedRun> runs = new ArrayList<>();
      for (int run = 0; run <= random.nextInt(3); run++) {
        runs.add(run(run));
      }
      ModelIdentity model =
          new ModelIdentity(
              GraphJson.SCHEMA,
              "é \"",
              Map.of("hidden", 128, "", Integer.MAX_VALUE),
              "0a".repeat(32));
      RunRequest request = new RunRequest(runs, model);
      byte[] written = request.toBytes();
      RunRequest read = RunRequest.read(written);
      assertWithMessage("request %s", i).that(shown(read)).isEqualTo(shown(request));
      assertWithMessage("request %s", i).that(read.toBytes()).isEqualTo(written);
    }
  }

  private static List<Object> shown(RunRequest request) {
    List<Object> shown = new ArrayList<>(List.of(request.model()));
    for (RequestedRun run : request.runs()) {
      shown.addAll(List.of(run.graph(), run.lines(), run.kind()));
      shown.add(String.valueOf(run.when()));
    }
    return shown;
  }

  private RequestedRun run(int place) {
    List<Prompt> prompts =
        List.of(new Prompt.Texts(List.of("", "\ud83d\ude00")), new Prompt.Whole());
    List<Node> nodes =
        List.of(
            new Node.Constant(0, Tensor.of(new boolean[] {true}), line()),
            new Node.Save(1, 0, line()));
    return new RequestedRun(
        new Graph("gpt2", prompts, nodes, List.of(), 0),
        List.of(line(), line()),
        random.nextBoolean()
            ? new RunKind.Generate(options())
            : new RunKind.Trace(random.nextBoolean(), bytes()),
        place == 0 ? null : new RunCondition(random.nextInt(place), 1, line()));
  }

  private long bytes() {
    return random.nextBoolean() ? RunKind.Trace.USUAL_BYTES : 1 + random.nextInt(1 << 20);
  }

  private SourceLine line() {
    return random.nextBoolean()
        ? new SourceLine("com.acme.Größe", "", -1)
        : new SourceLine("A", "A.java", Integer.MAX_VALUE);
  }

  private GenerateOptions options() {
    GenerateOptions options = GenerateOptions.defaults();
    if (random.nextBoolean()) {
      options = options.maxNewTokens(Integer.MAX_VALUE).minNewTokens(0).doSample(true);
    }
    if (random.nextBoolean()) {
      options = options.temperature(1.5e-30).topK(Integer.MAX_VALUE).topP(0.1 + 0.2);
    }
    if (random.nextBoolean()) {
      options = options.repetitionPenalty(1e30).lengthPenalty(-1e30).noRepeatNgramSize(3);
    }
    if (random.nextBoolean()) {
      EarlyStopping[] all = EarlyStopping.values();
      options = options.numBeams(4).numReturnSequences(4);
      options = options.earlyStopping(all[random.nextInt(all.length)]);
    }
    if (random.nextBoolean()) {
      options = options.eosTokenId(0, 50256).padTokenId(7).seed(random.nextLong());
    }
    if (random.nextBoolean()) {
      options = options.stopStrings("\n", "名前\ud83d\ude00", "\u2028\"").useCache(false);
    }
    return options;
  }
}
