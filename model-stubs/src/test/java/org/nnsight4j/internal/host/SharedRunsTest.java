package org.nnsight4j.internal.host;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.share.MeasuredSharing;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Value;

/** Requests that share a forward pass write the files that they would write alone. */
final class SharedRunsTest {
  private static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);
  private static final HostedModel HOSTED = HostedModel.open(EmbeddedGpt2.directory());

  @TempDir Path directory;
  private int seed;

  @AfterAll
  static void close() {
    GPT2.close();
    HOSTED.close();
  }

  private long[][] ids(int rows, int tokens) {
    SplittableRandom random = new SplittableRandom(++seed);
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens, 0, 1300).toArray();
    }
    return ids;
  }

  /** A request as a client would send it; nothing runs here. */
  private static RunRequest request(boolean wholePass, Consumer<Generator<Gpt2>> body) {
    return RunRequest.read(GPT2.request(new TraceOptions(wholePass), body));
  }

  private RunRequest of(int tokens, Consumer<Gpt2> body) {
    return request(
        false,
        generator -> {
          try (Invoker<Gpt2> invoker = generator.invoke(ids(1, tokens))) {
            body.accept(invoker.model());
          }
        });
  }

  private List<Path> files(String name, int count) {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(directory.resolve(name + i));
    }
    return files;
  }

  private Set<Integer> share(MeasuredSharing ways, List<RunRequest> requests) throws IOException {
    List<Path> files = files("shared", requests.size());
    Set<Integer> done = HOSTED.shared(runner -> ways).run(requests, files, RunContext.NONE);
    for (int place : done) {
      Path alone = directory.resolve("alone" + place);
      HOSTED.run(requests.get(place), alone, (run, pass, most) -> {});
      assertWithMessage("the file of request %s is that of its run alone", place)
          .that(Files.mismatch(files.get(place), alone))
          .isEqualTo(-1);
    }
    for (int i = 0; i < requests.size(); i++) {
      assertThat(Files.exists(files.get(i))).isEqualTo(done.contains(i));
    }
    return done;
  }

  /** Shares in parts, and expects that all happened. */
  private void all(RunRequest... requests) throws IOException {
    assertThat(share(new MeasuredSharing(Company.IN_PARTS), List.of(requests)))
        .hasSize(requests.length);
  }

  private RunRequest everything(int tokens) {
    return of(
        tokens,
        model -> {
          for (int i = 0; i < 4; i++) {
            var block = model.transformer().h(i);
            block.input().save();
            block.ln1().output().save();
            block.attn().q().output().save();
            block.attn().v().output().save();
            block.attn().z().output().save();
            block.attn().output(0).save();
            block.mlp().act().output().save();
            block.output(0).save();
          }
          model.output().save();
        });
  }

  @Test
  void readsHaveTheBitsOfTheRunAlone() throws IOException {
    for (int tokens : new int[] {1, 2, 3, 5, 8, 13, 31}) {
      all(everything(tokens), everything(tokens), everything(tokens), everything(tokens));
    }
  }

  @Test
  void manyShareAPass() throws IOException {
    List<RunRequest> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.add(everything(7));
    }
    all(requests.toArray(RunRequest[]::new));
  }

  private RunRequest adapted(int tokens, String adapter) {
    LoraAdapter loaded = LoraAdapter.load(Path.of("src/test/resources/fixtures/adapters", adapter));
    return request(
        false,
        generator -> {
          try (Invoker<Gpt2> invoker = generator.invoke(ids(1, tokens))) {
            invoker.add(loaded);
            invoker.model().transformer().h(2).output(0).save();
            invoker.model().output().save();
          }
        });
  }

  @Test
  void anAdapterIsForItsRequestAlone() throws IOException {
    all(everything(5), adapted(5, "plain"), adapted(5, "dora"), everything(5));
    all(adapted(6, "plain"), adapted(6, "some-layers"), adapted(6, "with-bias"), everything(6));
  }

  @Test
  void writesOfOneRunAreNotSeenByOthers() throws IOException {
    all(
        everything(5),
        of(
            5,
            model -> {
              Value<Hidden> mlp = model.transformer().h(1).mlp().output();
              mlp.set(mlp.mul(-3));
              model.output().mul(1).at(-1).save();
            }),
        of(
            5,
            model -> {
              Value<Hidden> mlp = model.transformer().h(1).mlp().output();
              mlp.at(2).set(mlp.at(1));
              model.transformer().h(2).output(0).save();
              model.transformer().h(2).output(0).set(mlp.mul(0));
              model.output().save();
            }),
        everything(5));
  }

  /** Runs that unembed the last position alone share a pass that does the same. */
  @Test
  void ofTheLastLogits() throws IOException {
    for (int tokens : new int[] {1, 4, 9}) {
      RunRequest at = of(tokens, model -> model.output().at(-1).softmax(-1).save());
      RunRequest get = of(tokens, model -> model.lmHead().output().get(":, -1:").save());
      RunRequest patched =
          of(
              tokens,
              model -> {
                model.transformer().h(1).output(0).at(-1).set(0.5);
                model.output().get("0, -1, 3").save();
              });
      all(at, get, patched, at);
    }
  }

  @Test
  void whoNeedsAllLogitsSharesWithItsLike() throws IOException {
    RunRequest at = of(4, model -> model.output().at(-1).save());
    List<RunRequest> mixed = List.of(everything(4), at, everything(4), at, at, at);
    assertThat(share(new MeasuredSharing(Company.IN_PARTS), mixed)).containsExactly(1, 3, 4, 5);
  }

  @Test
  void eachEndsWhereItWouldAlone() throws IOException {
    List<RunRequest> requests = new ArrayList<>();
    requests.add(of(6, model -> model.transformer().wte().output().save()));
    requests.add(of(6, model -> model.transformer().h(0).output(0).save()));
    requests.add(of(6, model -> model.transformer().h(3).ln2().input().save()));
    requests.add(of(6, model -> model.transformer().output().save()));
    requests.add(of(6, model -> model.output().save()));
    requests.add(of(6, model -> {}));
    requests.add(
        request(
            true,
            generator ->
                generator.invoke(ids(1, 6), i -> i.model().transformer().h(0).output(0).save())));
    requests.add(everything(6));
    all(requests.toArray(RunRequest[]::new));
  }

  private RunRequest severalInputs() {
    return request(
        false,
        generator -> {
          try (Invoker<Gpt2> one = generator.invoke(ids(1, 7));
              Invoker<Gpt2> two = generator.invoke(ids(2, 7));
              Invoker<Gpt2> both = generator.invoke()) {
            Value<Hidden> from = one.model().transformer().h(1).output(0).at(-1);
            two.model().transformer().h(1).output(0).at(-1).set(from);
            both.model().transformer().h(2).output(0).save();
            two.model().output().softmax(-1).save();
            Value<Vocab> logits = one.model().output();
            logits.sum().gt(0).save();
            two.model().transformer().h(3).output(0).mul(from).softmax(-1).sum().save();
          }
        });
  }

  @Test
  void severalInputsOfEach() throws IOException {
    all(severalInputs(), severalInputs());
    all(severalInputs(), severalInputs(), severalInputs(), severalInputs());
  }

  @Test
  void modulesOnValuesAndTheLens() throws IOException {
    RunRequest[] requests = new RunRequest[4];
    for (int i = 0; i < 4; i++) {
      requests[i] =
          of(
              5,
              model -> {
                Value<Hidden> hidden = model.transformer().h(1).output(0);
                model.lmHead().apply(model.transformer().lnF().apply(hidden)).softmax(-1).save();
                model.output().save();
              });
    }
    all(requests);
  }

  /** Some kernels add in another order where their operands begin elsewhere in memory. */
  @Test
  void sumsOfRowsThatBeginAnywhere() throws IOException {
    for (int tokens : new int[] {1, 3, 5}) {
      RunRequest[] requests = new RunRequest[8];
      for (int i = 0; i < requests.length; i++) {
        requests[i] =
            of(
                tokens,
                model -> {
                  Value<Vocab> logits = model.output();
                  var last = logits.get("0, -1");
                  last.dot(last).save();
                  logits.einsum("bpv,bqv->bpq", logits).save();
                  logits.sum().save();
                });
      }
      all(requests);
    }
  }

  @Test
  void aFailingRunDoesNotDisturbOthers() throws IOException {
    RunRequest outside =
        request(
            false,
            generator -> {
              try (Invoker<Gpt2> invoker = generator.invoke("one two three")) {
                invoker.model().transformer().h(1).output(0).at(90).save();
              }
            });
    int tokens = GPT2.tokenizer().encode("one two three").length;
    Set<Integer> done =
        share(
            new MeasuredSharing(Company.IN_PARTS),
            List.of(everything(tokens), outside, everything(tokens), everything(tokens)));
    assertThat(done).containsExactly(0, 2, 3);
    assertThrows(
        RunException.class,
        () -> HOSTED.run(outside, directory.resolve("x"), (run, pass, most) -> {}));
  }

  @Test
  void aRunThatNeedsAnotherPassRunsAlone() throws IOException {
    RunRequest plain = everything(5);
    List<RunRequest> others = new ArrayList<>();
    others.add(of(5, model -> model.transformer().h(0).attn().pattern().output().save()));
    others.add(of(5, model -> model.transformer().h(0).attn().scores().output().mul(2).save()));
    others.add(
        of(5, model -> model.transformer().h(0).output(0).gradient(model.output().sum()).save()));
    others.add(everything(6));
    others.add(
        request(
            false,
            generator -> {
              try (Invoker<Gpt2> one = generator.invoke(ids(1, 5));
                  Invoker<Gpt2> two = generator.invoke(ids(1, 4))) {
                two.model().output().save();
                one.model().output().save();
              }
            }));
    for (RunRequest other : others) {
      assertThat(share(new MeasuredSharing(Company.IN_PARTS), List.of(plain, other, everything(5))))
          .containsExactly(0, 2);
    }
  }

  /** Replacing rows of a view would give others' rows another place in memory. */
  @Test
  void aRunThatWritesToAViewRunsAlone() throws IOException {
    RunRequest writer =
        of(
            5,
            model -> {
              var q = model.transformer().h(2).attn().q().output();
              q.set(q.mul(2));
              model.output().save();
            });
    assertThat(
            share(
                new MeasuredSharing(Company.IN_PARTS),
                List.of(everything(5), writer, everything(5), everything(5))))
        .containsExactly(0, 2, 3);
  }

  @Test
  void ifTheNumberOfRunsIsNotAPowerOfTwoTheLastAreLeft() throws IOException {
    assertThat(
            share(
                new MeasuredSharing(Company.IN_PARTS),
                List.of(everything(5), everything(5), everything(5))))
        .containsExactly(0, 1);
  }

  /** Whatever the trials on this machine say. */
  @Test
  void whatTrialsAllowIsExact() throws IOException {
    for (int tokens : new int[] {1, 3, 4, 8, 9}) {
      List<RunRequest> requests = List.of(everything(tokens), everything(tokens));
      List<Path> files = files("tried", 2);
      for (int place : HOSTED.runTogether(requests, files, Long.MAX_VALUE)) {
        Path alone = directory.resolve("alone");
        HOSTED.run(requests.get(place), alone, (run, pass, most) -> {});
        assertThat(Files.mismatch(files.get(place), alone)).isEqualTo(-1);
      }
    }
  }
}
