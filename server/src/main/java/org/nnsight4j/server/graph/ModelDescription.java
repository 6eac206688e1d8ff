package org.nnsight4j.server.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.nnsight4j.checkpoint.GenerationConfig;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.tensor.DType;

/**
 * What is known of a model without its weights: enough to check requests in another process, and
 * for clients to see whether they mean the same model.
 */
record ModelDescription(
    Blueprint blueprint,
    ModelConfig config,
    Optional<GenerationConfig> generation,
    WeightBytes weights,
    String text) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path CONFIG = Path.of("config.json");
  private static final Path GENERATION = Path.of("generation_config.json");

  static ModelDescription read(Path directory, LoadSettings settings) {
    ObjectNode json = MAPPER.createObjectNode();
    try {
      String config = Files.readString(directory.resolve(CONFIG));
      Blueprint blueprint =
          HostedModel.blueprint(ModelConfig.parse(CONFIG, config)).withType(settings.run());
      json.set("identity", MAPPER.readTree(ModelIdentity.of(blueprint).toJson()));
      json.set("config", MAPPER.readTree(config));
      json.put("dtype", settings.run().name());
      WeightBytes weights = HostedModel.convertedAtUse(directory, settings);
      json.putObject("convertedAtUse").put("largest", weights.largest()).put("all", weights.all());
      Path generation = directory.resolve(GENERATION);
      if (Files.exists(generation)) {
        json.set("generationConfig", MAPPER.readTree(Files.readString(generation)));
      }
    } catch (IOException e) {
      String found = e instanceof NoSuchFileException ? "none" : e.toString();
      throw new IllegalArgumentException(
          "%s: expected a model directory with config.json, found %s".formatted(directory, found),
          e);
    }
    return fromJson(json.toString());
  }

  static ModelDescription fromJson(String text) {
    try {
      JsonNode json = MAPPER.readTree(text);
      ModelConfig config = ModelConfig.parse(CONFIG, json.path("config").toString());
      JsonNode generation = json.path("generationConfig");
      return new ModelDescription(
          HostedModel.blueprint(config)
              .withType(DType.valueOf(json.path("dtype").asText(DType.FLOAT32.name()))),
          config,
          generation.isObject()
              ? Optional.of(GenerationConfig.parse(GENERATION, generation.toString()))
              : Optional.empty(),
          new WeightBytes(
              json.path("convertedAtUse").path("largest").asLong(),
              json.path("convertedAtUse").path("all").asLong()),
          text);
    } catch (IOException e) {
      throw new IllegalArgumentException("expected the description of a model, found: " + text, e);
    }
  }

  String toJson() {
    return text;
  }

  ModelIdentity identity() {
    return ModelIdentity.of(blueprint);
  }
}
