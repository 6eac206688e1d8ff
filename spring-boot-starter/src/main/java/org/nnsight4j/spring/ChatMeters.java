package org.nnsight4j.spring;

import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.output.TokenUsage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToDoubleFunction;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.langchain4j.NnsightChatResponseMetadata;
import org.nnsight4j.langchain4j.ProbeScores;

/**
 * What the application's chats take and what probes read in them.
 *
 * <ul>
 *   <li>{@code nnsight4j.chat}: timer of answers; {@code nnsight4j.chat.errors}: counter
 *   <li>{@code nnsight4j.chat.tokens}: counter, by {@code type} ({@code input}, {@code output})
 *   <li>{@code nnsight4j.pass}: timer of passes, as the mean over each answer
 *   <li>{@code nnsight4j.probe.score}: gauge of the last answer's scores, by {@code probe} and
 *       {@code of} ({@code max}, {@code mean}, {@code last})
 *   <li>{@code nnsight4j.model.parameters}: gauge of how many numbers the model has
 * </ul>
 *
 * A probe's score may be negative, so it is a gauge and no distribution.
 */
public final class ChatMeters implements MeterBinder, ChatModelListener {
  private static final Map<String, ToDoubleFunction<ProbeScores>> STATISTICS =
      Map.of("max", ProbeScores::max, "mean", ProbeScores::mean, "last", ProbeScores::last);

  private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
  private final Map<String, ProbeScores> scores = new ConcurrentHashMap<>();
  private final double parameters;

  ChatMeters(LanguageModel<?> model) {
    parameters =
        model.blueprint().parameters().values().stream()
            .mapToDouble(shape -> Arrays.stream(shape).asDoubleStream().reduce(1, (a, b) -> a * b))
            .sum();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    registries.add(registry);
    Gauge.builder("nnsight4j.model.parameters", this, meters -> meters.parameters)
        .description("How many numbers the model consists of")
        .register(registry);
  }

  @Override
  public void onResponse(ChatModelResponseContext context) {
    if (!(context.chatResponse().metadata() instanceof NnsightChatResponseMetadata answer)) {
      return;
    }
    answer.probes().forEach(each -> scores.put(each.probe(), each));
    registries.forEach(registry -> record(registry, answer));
  }

  private void record(MeterRegistry registry, NnsightChatResponseMetadata answer) {
    TokenUsage usage = answer.tokenUsage();
    tokens(registry, "input").increment(usage.inputTokenCount());
    tokens(registry, "output").increment(usage.outputTokenCount());
    Timer.builder("nnsight4j.chat")
        .description("How long an answer takes")
        .register(registry)
        .record(answer.duration());
    int passes = answer.receipt().passes();
    Timer pass =
        Timer.builder("nnsight4j.pass")
            .description("How long a forward pass takes, as the mean over each answer")
            .register(registry);
    for (int i = 0; i < passes; i++) {
      pass.record(answer.duration().dividedBy(passes));
    }
    for (ProbeScores each : answer.probes()) {
      STATISTICS.forEach((name, of) -> gauge(registry, each.probe(), name, of));
    }
  }

  /** The first registration counts; later ones give the same gauge. */
  private void gauge(
      MeterRegistry registry, String probe, String name, ToDoubleFunction<ProbeScores> of) {
    Gauge.builder("nnsight4j.probe.score", scores, all -> of.applyAsDouble(all.get(probe)))
        .description("What a probe read in the last answer")
        .tags(Tags.of("probe", probe, "of", name))
        .register(registry);
  }

  private static Counter tokens(MeterRegistry registry, String type) {
    return Counter.builder("nnsight4j.chat.tokens")
        .description("Tokens of prompts and answers")
        .tag("type", type)
        .register(registry);
  }

  @Override
  public void onError(ChatModelErrorContext context) {
    for (MeterRegistry registry : registries) {
      Counter.builder("nnsight4j.chat.errors")
          .description("Requests that got no answer")
          .register(registry)
          .increment();
    }
  }
}
