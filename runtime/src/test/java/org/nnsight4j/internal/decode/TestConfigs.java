package org.nnsight4j.internal.decode;

import java.nio.file.Path;
import java.util.Optional;
import org.nnsight4j.checkpoint.GenerationConfig;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.generate.GenerateOptions;

/** Configurations without files. */
final class TestConfigs {
  private TestConfigs() {}

  static Optional<GenerationConfig> none() {
    return Optional.empty();
  }

  static ModelConfig empty() {
    return model("{}");
  }

  static ModelConfig model(String json) {
    return ModelConfig.parse(Path.of("config.json"), json);
  }

  static Optional<GenerationConfig> generation(String json) {
    return Optional.of(GenerationConfig.parse(Path.of("generation_config.json"), json));
  }

  static ResolvedOptions resolved(GenerateOptions options, int vocabularySize) {
    return OptionResolver.resolve(options, none(), empty(), vocabularySize);
  }
}
