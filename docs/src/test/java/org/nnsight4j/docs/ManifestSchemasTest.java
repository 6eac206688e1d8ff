package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The files for Kubernetes in deploy.md are as the schemas of a cluster have them. */
final class ManifestSchemasTest {
  /** The schemas of Kubernetes 1.30 and of KEDA 2.20. */
  private static final Map<String, String> KINDS =
      Map.of(
          "Secret", "io.k8s.api.core.v1.Secret",
          "Deployment", "io.k8s.api.apps.v1.Deployment",
          "ScaledObject", "keda.sh.v1alpha1.ScaledObject");

  /** What KEDA's scaler for PostgreSQL reads; what else a trigger says it ignores. */
  private static final Set<String> POSTGRESQL_TRIGGER =
      Set.of(
          "connectionFromEnv",
          "host",
          "port",
          "userName",
          "dbName",
          "sslmode",
          "passwordFromEnv",
          "query",
          "targetQueryValue",
          "activationTargetQueryValue");

  private final Manifests manifests = Manifests.read();

  ManifestSchemasTest() throws IOException {}

  /** As kubeconform would say: each field is one of Kubernetes', and has its type. */
  @Test
  void objectsAreAsTheApiHasThem() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (JsonNode object : manifests.objects()) {
      wrong.addAll(wrong(object));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void whatTheApiDoesNotHaveIsFound() throws IOException {
    ObjectNode deployment = manifests.all("Deployment").get(0).deepCopy();
    ObjectNode container = (ObjectNode) Manifests.container(deployment);
    container.put("imagePullPolice", "Always");
    container.remove("name");
    ((ObjectNode) deployment.get("spec")).put("replicas", "two");
    String all = String.join("\n", wrong(deployment));
    assertThat(all).contains("imagePullPolice");
    assertThat(all).contains("'name'");
    assertThat(all).contains("replicas");
  }

  @Test
  void whatKedaDoesNotHaveIsFound() throws IOException {
    ObjectNode scaled = manifests.all("ScaledObject").get(0).deepCopy();
    ObjectNode spec = (ObjectNode) scaled.get("spec");
    spec.put("minReplicas", 0);
    spec.put("maxReplicaCount", "8");
    ((ObjectNode) spec.get("triggers").get(0)).remove("type");
    ((ObjectNode) spec.get("triggers").get(0).get("metadata")).put("targetQueryValue", 4);
    String all = String.join("\n", wrong(scaled));
    assertThat(all).contains("minReplicas'");
    assertThat(all).contains("maxReplicaCount");
    assertThat(all).contains("'type'");
    assertThat(all).contains("targetQueryValue");
  }

  @Test
  void triggersSayOnlyWhatTheScalerReads() {
    for (JsonNode scaled : manifests.all("ScaledObject")) {
      for (JsonNode trigger : scaled.at("/spec/triggers")) {
        assertThat(trigger.path("type").asText()).isEqualTo("postgresql");
        trigger
            .path("metadata")
            .fieldNames()
            .forEachRemaining(name -> assertThat(name).isIn(POSTGRESQL_TRIGGER));
      }
    }
  }

  private static List<String> wrong(JsonNode object) throws IOException {
    try (InputStream in = KubernetesTest.class.getResourceAsStream("/kubernetes-schemas.json")) {
      ObjectNode schema = (ObjectNode) new ObjectMapper().readTree(in);
      schema.put("$ref", "#/definitions/" + KINDS.get(object.path("kind").asText()));
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
          .getSchema(schema)
          .validate(object)
          .stream()
          .map(ValidationMessage::getMessage)
          .toList();
    }
  }
}
