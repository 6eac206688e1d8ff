package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.Options.maxNewTokens;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.Value;

/** The computed cost of a request is at least its real cost, and not many times as much. */
final class PriceTest {
  /** Eight tokens; the price of a text is that of its bytes, two for each and more. */
  private static final String TEXT = "The Eiffel Tower is in the city of";

  private static final int TOKENS = 8;
  private static final int BOUND = TEXT.length() + 3;
  private static final int HIDDEN = 128;
  private static final long MB = 1 << 20;

  private static LanguageModel<Gpt2> gpt2;
  private static RequestCheck check;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    check = Requests.check();
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static Budget price(byte[] request) {
    Verdict verdict = check.check(request);
    assertThat(verdict.problems()).isEmpty();
    return verdict.budget();
  }

  private static Budget traced(Consumer<Generator<Gpt2>> body) {
    return price(gpt2.request(TraceOptions.defaults(), body));
  }

  private static Budget ofHidden(Consumer<Value<Hidden>> body) {
    return traced(
        generator ->
            generator.invoke(
                TEXT,
                invoker -> {
                  body.accept(invoker.model().transformer().h(1).output(0));
                  return 0;
                }));
  }

  /** What the value takes that has so many elements of FLOAT32, for text of this many tokens. */
  private static void assertPriced(Budget budget, double elements, double atMost) {
    assertThat(budget.bytes()).isAtLeast((long) (4 * elements));
    assertThat(budget.bytes()).isLessThan((long) (4 * atMost) + 40 * MB);
  }

  @Test
  void repetition() {
    Budget budget = ofHidden(hidden -> hidden.repeat(1, 2000, 1).sum().save());
    double real = 2000.0 * TOKENS * HIDDEN;
    assertPriced(budget, real, 10 * 2000.0 * BOUND * HIDDEN);
  }

  @Test
  void repetitionUntilThereIsNoMemory() {
    Budget budget = ofHidden(hidden -> hidden.repeat(1, 10_000, 1).repeat(1, 1000, 1).sum().save());
    assertThat(budget.over(Limits.USUAL.budget()).get(0)).contains("bytes");
  }

  @Test
  void padding() {
    Budget budget = ofHidden(hidden -> hidden.pad(1, 0, 100_000, 0).sum().save());
    assertPriced(budget, 100_000.0 * HIDDEN, 10 * 100_100.0 * HIDDEN);
  }

  @Test
  void productsOfFlattenedValues() {
    Budget budget =
        ofHidden(
            hidden -> {
              Value<?> flat = hidden.flatten(0, 2);
              flat.outer(flat).sum().save();
            });
    double real = (double) TOKENS * HIDDEN * TOKENS * HIDDEN;
    double bound = (double) BOUND * HIDDEN * BOUND * HIDDEN;
    assertPriced(budget, real, 10 * bound);
  }

  @Test
  void matricesOfEachOther() {
    Budget budget =
        ofHidden(
            hidden -> {
              Value<?> column = hidden.flatten(0, 2).expandDims(1);
              column.matMul(column.transpose(1, 0)).sum().save();
            });
    assertThat(budget.bytes()).isAtLeast(4L * TOKENS * HIDDEN * TOKENS * HIDDEN);
  }

  @Test
  void aSweepCostsWhatItComputes() {
    long[][] clean = {{1, 2, 3, 4, 5, 6, 7, 8}};
    long[][] corrupted = {{1, 2, 3, 4, 5, 9, 7, 8}};
    SweepPlan plan =
        gpt2.sweep(clean, corrupted)
            .at(SweepSite.RESID_PRE)
            .metric("difference", Metrics.logitDifference(1, 2))
            .plan();
    Budget budget = price(plan.request());
    Budget once =
        traced(
            generator ->
                generator.invoke(
                    clean[0], invoker -> invoker.model().output().at(-1).get(":, 1").save()));
    double passes = (double) budget.flops() / once.flops();
    assertThat(passes).isAtLeast(Math.floor(plan.report().forwards()));
    assertThat(passes).isLessThan(plan.report().forwards() + 2);
    assertThat(budget.bytes()).isAtLeast(plan.report().bytes());
  }

  @Test
  void truthValuesOfOneByteEach() {
    Budget budget =
        traced(
            generator ->
                generator.invoke(
                    TEXT,
                    invoker -> invoker.create().full(1, DType.BOOL, 1000, 1000).any().save()));
    assertThat(budget.bytes()).isAtLeast(1_000_000);
    assertThat(budget.bytes()).isLessThan(60_000_000);
  }

  @Test
  void aLoopThatDoublesWhatItCarries() {
    GenerateOptions options = maxNewTokens(20);
    Budget budget =
        price(
            gpt2.request(
                options,
                generator ->
                    generator.invoke(
                        TEXT,
                        invoker ->
                            invoker
                                .steps(0, 20)
                                .fold(
                                    invoker.model().transformer().h(1).output(0),
                                    (model, carried) -> carried.concat(carried, 1).as(Hidden.class))
                                .save())));
    // 8 tokens, doubled 20 times.
    assertThat(budget.bytes()).isAtLeast(4L * HIDDEN * TOKENS << 20);
    assertThat(budget.over(Limits.USUAL.budget())).isNotEmpty();
  }

  /** Numbers of torch's own counter, tools/reference/flops.py: of products of matrices alone. */
  @ParameterizedTest
  @CsvSource({"true, 106801152, 12", "false, 1274316800, 12"})
  void generationWithAndWithoutACache(boolean cache, long counted, int most) {
    long[][] rows = new long[2][10];
    Budget budget =
        price(
            gpt2.request(
                maxNewTokens(20).useCache(cache),
                generator -> generator.invoke(rows, invoker -> invoker.model().output().save())));
    assertThat(budget.flops()).isAtLeast(counted);
    assertThat(budget.flops()).isLessThan(most * counted);
  }

  @Test
  void attentionOverAllPositions() {
    long[][] rows = new long[1][128];
    Budget budget =
        traced(generator -> generator.invoke(rows, invoker -> invoker.model().output().save()));
    assertThat(budget.flops()).isAtLeast(278_429_696);
    assertThat(budget.flops()).isLessThan(4 * 278_429_696L);
  }

  @Test
  void theBackwardPass() {
    long[][] rows = new long[2][10];
    Budget budget =
        traced(
            generator ->
                generator.invoke(
                    rows,
                    invoker -> {
                      Value<Hidden> hidden = invoker.model().transformer().h(0).input();
                      return hidden.gradient(invoker.model().output().sum()).save();
                    }));
    assertThat(budget.flops()).isAtLeast(116_014_080);
    assertThat(budget.flops()).isLessThan(6 * 116_014_080L);
  }

  @Test
  void eachOfManyGradientsIsPaidFor() {
    Budget one = gradients(1);
    Budget many = gradients(200);
    assertThat(many.flops()).isAtLeast(60 * one.flops());
  }

  private static Budget gradients(int count) {
    return ofHidden(
        hidden -> {
          Value<?> number = hidden.square().sum();
          for (int i = 0; i < count; i++) {
            hidden.gradient(number).save();
          }
        });
  }

  @Test
  void gradientsOfGradientsOfGradients() {
    Budget two = deep(2);
    Budget eight = deep(8);
    assertThat(two.over(Limits.USUAL.budget())).isEmpty();
    // Each goes over what the one before made: nine gigabytes were measured.
    assertThat(eight.bytes()).isAtLeast(9L << 30);
    assertWithMessage("%s", eight).that(eight.over(Limits.USUAL.budget())).isNotEmpty();
  }

  private static Budget deep(int depth) {
    return traced(
        generator ->
            generator.invoke(
                TEXT,
                invoker -> {
                  Value<Hidden> hidden = invoker.model().transformer().h(0).output(0);
                  Value<?> number = invoker.model().output().square().sum();
                  for (int i = 0; i < depth; i++) {
                    number = hidden.gradient(number).square().sum();
                  }
                  return number.save();
                }));
  }

  @Test
  void usualRunsAreFarFromTheLimit() {
    List<Budget> usual =
        List.of(
            ofHidden(hidden -> hidden.save()),
            ofHidden(hidden -> hidden.matMul(hidden.transpose(0, 2, 1)).softmax(-1).save()),
            gradients(3),
            deep(1));
    for (Budget budget : usual) {
      assertThat(budget.bytes()).isLessThan(200 * MB);
      assertThat(budget.flops()).isLessThan(10_000_000_000L);
    }
  }
}
