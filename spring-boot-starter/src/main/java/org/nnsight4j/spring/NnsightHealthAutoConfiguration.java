package org.nnsight4j.spring;

import java.net.URI;
import org.nnsight4j.LanguageModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health of the model, if Spring Boot's health is there. */
@AutoConfiguration(after = NnsightAutoConfiguration.class)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnBean(LanguageModel.class)
public final class NnsightHealthAutoConfiguration {
  @Bean
  @ConditionalOnEnabledHealthIndicator("nnsight4j")
  @ConditionalOnMissingBean(name = "nnsight4jHealthIndicator")
  ModelHealthIndicator nnsight4jHealthIndicator(
      LanguageModel<?> model, NnsightProperties properties) {
    String url = properties.server().url();
    return new ModelHealthIndicator(
        model, url == null ? null : URI.create(url), properties.health().interval());
  }
}
