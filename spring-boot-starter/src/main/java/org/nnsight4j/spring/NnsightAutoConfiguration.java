package org.nnsight4j.spring;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The model that the properties name, closed when the application ends. */
@AutoConfiguration
@EnableConfigurationProperties(NnsightProperties.class)
@ConditionalOnProperty(name = "nnsight4j.enabled", matchIfMissing = true)
public final class NnsightAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean(LanguageModel.class)
  OpenedModel nnsightOpenedModel(NnsightProperties properties) {
    return new OpenedModel(properties);
  }

  /** With the properties' edits, here or at their server. */
  @Bean(destroyMethod = "")
  @ConditionalOnMissingBean(LanguageModel.class)
  LanguageModel<AnyModel> nnsightLanguageModel(OpenedModel opened) {
    return opened.model();
  }
}
