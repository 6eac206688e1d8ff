package org.nnsight4j.spring;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.langchain4j.ChatModelBuilder;
import org.nnsight4j.langchain4j.ChatPrompt;
import org.nnsight4j.langchain4j.NnsightChatModel;
import org.nnsight4j.langchain4j.NnsightChatRequestParameters;
import org.nnsight4j.langchain4j.NnsightEmbeddingModel;
import org.nnsight4j.langchain4j.NnsightStreamingChatModel;
import org.nnsight4j.langchain4j.Pooling;
import org.nnsight4j.langchain4j.TokenProbe;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * LangChain4j's models over the model of the application, if nnsight4j-langchain4j is there. Beans
 * of the types {@link TokenProbe}, {@link ChatPrompt} and of LangChain4j's listeners are used. The
 * embedding model is built when it is first asked for, because not every model has layers of a
 * decoder.
 */
@AutoConfiguration(after = NnsightAutoConfiguration.class)
@ConditionalOnClass({ChatModel.class, NnsightChatModel.class})
@ConditionalOnBean(LanguageModel.class)
public final class NnsightChatAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean(ChatModel.class)
  NnsightChatModel nnsightChatModel(
      LanguageModel<?> model,
      NnsightProperties properties,
      ObjectProvider<TokenProbe> probes,
      ObjectProvider<ChatPrompt> prompt,
      ObjectProvider<ChatModelListener> listeners) {
    NnsightChatModel.Builder builder = NnsightChatModel.builder(model);
    prepare(builder, properties, probes, prompt, listeners);
    return OpenedModel.named("probes", builder::build);
  }

  @Bean
  @ConditionalOnMissingBean(StreamingChatModel.class)
  NnsightStreamingChatModel nnsightStreamingChatModel(
      LanguageModel<?> model,
      NnsightProperties properties,
      ObjectProvider<TokenProbe> probes,
      ObjectProvider<ChatPrompt> prompt,
      ObjectProvider<ChatModelListener> listeners) {
    NnsightStreamingChatModel.Builder builder = NnsightStreamingChatModel.builder(model);
    prepare(builder, properties, probes, prompt, listeners);
    return OpenedModel.named("probes", builder::build);
  }

  @Bean
  @Lazy
  @ConditionalOnMissingBean(EmbeddingModel.class)
  NnsightEmbeddingModel<?> nnsightEmbeddingModel(
      LanguageModel<?> model,
      NnsightProperties properties,
      ObjectProvider<EmbeddingModelListener> listeners) {
    NnsightProperties.Embedding chosen = properties.embedding();
    return OpenedModel.named(
        "embedding",
        () ->
            NnsightEmbeddingModel.builder(model)
                .layer(chosen.layer())
                .pooling(Pooling.valueOf(chosen.pooling().name()))
                .normalized(chosen.normalized())
                .batch(chosen.batch())
                .listeners(listeners.orderedStream().toList())
                .build());
  }

  private static void prepare(
      ChatModelBuilder<?> builder,
      NnsightProperties properties,
      ObjectProvider<TokenProbe> beans,
      ObjectProvider<ChatPrompt> prompt,
      ObjectProvider<ChatModelListener> listeners) {
    List<TokenProbe> probes = new ArrayList<>(beans.orderedStream().toList());
    properties.probes().forEach((name, probe) -> probes.add(probe(name, probe)));
    builder.probes(probes);
    prompt.ifUnique(builder::prompt);
    builder.listeners(listeners.orderedStream().toList());
    NnsightProperties.Chat chat = properties.chat();
    String name = chat.modelName();
    if (name != null) {
      builder.modelName(name);
    }
    builder.defaultRequestParameters(parameters(chat));
  }

  private static NnsightChatRequestParameters parameters(NnsightProperties.Chat chat) {
    NnsightChatRequestParameters.Builder parameters =
        NnsightChatRequestParameters.builder()
            .temperature(chat.temperature())
            .topP(chat.topP())
            .topK(chat.topK())
            .maxOutputTokens(chat.maxOutputTokens())
            .stopSequences(chat.stopSequences());
    Long seed = chat.seed();
    return (seed == null ? parameters : parameters.seed(seed)).build();
  }

  private static TokenProbe probe(String name, NnsightProperties.Probe given) {
    String property = "probes." + name;
    LinearProbe linear =
        OpenedModel.named(
            property + ".file", () -> LinearProbe.load(Objects.requireNonNull(given.file())));
    String site = given.site();
    TokenProbe probe =
        site == null
            ? TokenProbe.of(name, Objects.requireNonNull(given.layer()), linear)
            : TokenProbe.of(name, site, linear);
    Double most = given.stopAbove();
    return most == null ? probe : probe.stopAbove(most);
  }
}
