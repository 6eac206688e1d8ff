package org.nnsight4j.internal.host;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.share.MeasuredSharing;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.tensor.Tensor;

/** Runs of a Llama that share a forward pass see their own tokens at their own positions. */
final class SharedLlamaTest {
  private static final Path CHECKPOINT = Path.of("src/test/resources/fixtures/llama/llama3");

  @TempDir private Path folder;

  @Test
  void eachResultEqualsTheRunAlone() {
    try (HostedModel hosted = HostedModel.open(CHECKPOINT);
        LanguageModel<AnyModel> model = LanguageModel.open(CHECKPOINT)) {
      List<RunRequest> requests = new ArrayList<>();
      List<Path> files = new ArrayList<>();
      for (int run = 0; run < 4; run++) {
        requests.add(request(model, run));
        files.add(folder.resolve(run + ".safetensors"));
      }
      assertThat(
              hosted
                  .shared(runner -> new MeasuredSharing(Company.IN_PARTS))
                  .run(requests, files, RunContext.NONE))
          .containsExactly(0, 1, 2, 3);
      for (int run = 0; run < 4; run++) {
        Path alone = folder.resolve(run + "-alone.safetensors");
        hosted.run(requests.get(run), alone, (of, pass, most) -> {});
        close(Safetensors.read(alone), Safetensors.read(files.get(run)));
      }
    }
  }

  /** Tokens of its own; the last two exchange their places. */
  private static RunRequest request(LanguageModel<AnyModel> model, int run) {
    return RunRequest.read(
        model.request(
            TraceOptions.defaults(),
            generator -> {
              try (Invoker<AnyModel> invoker =
                  generator.invoke(new long[] {run, 3, 9 - run, 4, 20})) {
                AnyModel now = invoker.model();
                if (run % 2 == 1) {
                  now.module("model.position_ids")
                      .output()
                      .set(Tensor.of(new long[] {0, 1, 2, 4, 3}, 1, 5));
                }
                now.module("model.layers.1.self_attn.rotK").output().save();
                now.output().save();
              }
            }));
  }

  private static void close(Map<String, Tensor> alone, Map<String, Tensor> together) {
    assertThat(together.keySet()).isEqualTo(alone.keySet());
    alone.forEach(
        (name, expected) -> {
          for (int i = 0; i < expected.size(); i++) {
            assertWithMessage("%s, element %s", name, i)
                .that(together.get(name).at(i))
                .isWithin(1e-5)
                .of(expected.at(i));
          }
        });
  }
}
