package org.nnsight4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/** Finds chat templates: a separate file has precedence over tokenizer_config.json. */
final class ChatTemplates {
  private static final String KEY = "chat_template";
  private static final String DEFAULT = "default";
  private static final long MAX_BYTES = 4L << 20;

  private ChatTemplates() {}

  static Map<String, String> read(Path directory, Path config, ObjectNode settings) {
    Path file = directory.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      return Map.of(DEFAULT, text(file));
    }
    JsonNode found = settings.path(KEY);
    if (found.isMissingNode() || found.isNull()) {
      return Map.of();
    }
    if (found.isTextual()) {
      return Map.of(DEFAULT, found.textValue());
    }
    Map<String, String> templates = new TreeMap<>();
    for (JsonNode each : found) {
      templates.put(part(config, each.path("name")), part(config, each.path("template")));
    }
    return Collections.unmodifiableMap(templates);
  }

  private static String part(Path config, JsonNode found) {
    if (found.isTextual()) {
      return found.textValue();
    }
    throw new CheckpointException(
        "%s: '%s' must be text, or a list of templates with name and template, found %s"
            .formatted(config, KEY, Json.describe(found)));
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new CheckpointException(
            "%s: expected a template of at most %s bytes, found %s"
                .formatted(file, MAX_BYTES, Files.size(file)));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }
}
