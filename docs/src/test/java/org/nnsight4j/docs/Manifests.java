package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The objects of the YAML in deploy.md, and what they refer to.
 *
 * @param objects in the order of the page
 */
record Manifests(List<JsonNode> objects) {
  static final ObjectReader YAML =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build()
          .readerFor(JsonNode.class);

  static Manifests read() throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    for (Fence fence : Fence.in(Files.readString(Path.of("deploy.md")))) {
      if (fence.language().equals("yaml")) {
        objects.addAll(YAML.<JsonNode>readValues(fence.text()).readAll());
      }
    }
    return new Manifests(objects);
  }

  List<JsonNode> all(String kind) {
    return objects.stream().filter(object -> object.path("kind").asText().equals(kind)).toList();
  }

  JsonNode one(String kind, String name) {
    List<JsonNode> found = all(kind).stream().filter(object -> name(object).equals(name)).toList();
    assertWithMessage("%s %s", kind, name).that(found).hasSize(1);
    return found.get(0);
  }

  JsonNode target(JsonNode scaler) {
    return one("Deployment", scaler.at("/spec/scaleTargetRef/name").asText());
  }

  static JsonNode trigger(JsonNode scaler) {
    JsonNode triggers = scaler.at("/spec/triggers");
    assertThat(triggers.size()).isEqualTo(1);
    assertThat(triggers.path(0).path("type").asText()).isEqualTo("postgresql");
    return triggers.path(0).path("metadata");
  }

  static JsonNode container(JsonNode deployment) {
    JsonNode containers = deployment.at("/spec/template/spec/containers");
    assertThat(containers.size()).isEqualTo(1);
    return containers.path(0);
  }

  /** Names of what the container has in its environment, all from secrets of this page. */
  Set<String> variables(JsonNode container) {
    Set<String> names = new HashSet<>();
    for (JsonNode from : container.path("envFrom")) {
      JsonNode secret = one("Secret", from.at("/secretRef/name").asText()).path("stringData");
      secret.forEach(value -> assertThat(value.isTextual()).isTrue());
      secret.fieldNames().forEachRemaining(names::add);
    }
    container.path("env").forEach(each -> names.add(each.path("name").asText()));
    return names;
  }

  static String name(JsonNode object) {
    return object.at("/metadata/name").asText();
  }

  static Stream<JsonNode> stream(JsonNode array) {
    List<JsonNode> elements = new ArrayList<>();
    array.forEach(elements::add);
    return elements.stream();
  }
}
