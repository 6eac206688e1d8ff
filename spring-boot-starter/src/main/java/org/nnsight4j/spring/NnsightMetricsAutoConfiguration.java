package org.nnsight4j.spring;

import dev.langchain4j.model.chat.ChatModel;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.langchain4j.NnsightChatModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Meters of chats, if Micrometer and nnsight4j-langchain4j are there. */
@AutoConfiguration(
    after = NnsightAutoConfiguration.class,
    before = NnsightChatAutoConfiguration.class)
@ConditionalOnClass({MeterBinder.class, ChatModel.class, NnsightChatModel.class})
@ConditionalOnBean(LanguageModel.class)
public final class NnsightMetricsAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean
  ChatMeters nnsightChatMeters(LanguageModel<?> model) {
    return new ChatMeters(model);
  }
}
