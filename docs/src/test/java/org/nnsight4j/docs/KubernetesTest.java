package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.nnsight4j.cli.Main;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.http.HttpServer;
import org.nnsight4j.server.options.Listen;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The files for Kubernetes in deploy.md say what the server has: options, ports, tables. */
final class KubernetesTest {
  private static final Map<String, String> VERSIONS =
      Map.of("Secret", "v1", "Deployment", "apps/v1", "ScaledObject", "keda.sh/v1alpha1");

  private static final Map<String, String> PROBES =
      Map.of("readinessProbe", "/readyz", "livenessProbe", "/livez");
  private static final Pattern VARIABLE = Pattern.compile("NNSIGHT4J_\\w+");
  private static final Pattern MODEL = Pattern.compile("model = '([^']+)'");

  private final Manifests manifests = Manifests.read();

  KubernetesTest() throws IOException {}

  @Test
  void namesAndVersions() {
    assertThat(manifests.objects().stream().map(object -> object.path("kind").asText()).toList())
        .containsAtLeastElementsIn(VERSIONS.keySet());
    Set<String> names = new HashSet<>();
    for (JsonNode object : manifests.objects()) {
      String kind = object.path("kind").asText();
      assertWithMessage(kind)
          .that(object.path("apiVersion").asText())
          .isEqualTo(VERSIONS.get(kind));
      assertThat(Manifests.name(object)).matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
      assertWithMessage(kind + " twice")
          .that(names.add(kind + " " + Manifests.name(object)))
          .isTrue();
    }
  }

  @Test
  void aKeyTwiceIsRefused() {
    assertThrows(JsonParseException.class, () -> Manifests.YAML.readTree("a: {b: 1, b: 2}"));
  }

  @Test
  void selectorsFindTheirPods() {
    for (JsonNode deployment : manifests.all("Deployment")) {
      JsonNode wanted = deployment.at("/spec/selector/matchLabels");
      assertThat(wanted.size()).isAtLeast(1);
      JsonNode labels = deployment.at("/spec/template/metadata/labels");
      for (Map.Entry<String, JsonNode> label : wanted.properties()) {
        assertWithMessage("label of %s", Manifests.name(deployment))
            .that(labels.path(label.getKey()))
            .isEqualTo(label.getValue());
      }
    }
  }

  /** The server would start: it knows the options and accepts where it listens. */
  @Test
  void portsAreThoseOfTheArguments() {
    for (JsonNode deployment : manifests.all("Deployment")) {
      JsonNode container = Manifests.container(deployment);
      Listen listen = listen(serve(container));
      Set<Integer> reached = new HashSet<>();
      if (!listen.host().equals(Listen.LOOPBACK.host())) {
        reached.add(listen.port());
      }
      if (!listen.adminHost().equals(Listen.LOOPBACK.adminHost())) {
        reached.add(listen.adminPort());
      }
      assertWithMessage("ports of %s", Manifests.name(deployment))
          .that(
              Manifests.stream(container.path("ports"))
                  .map(port -> port.path("containerPort").asInt()))
          .containsExactlyElementsIn(reached);
      for (Map.Entry<String, String> probe : PROBES.entrySet()) {
        JsonNode get = container.path(probe.getKey()).path("httpGet");
        assertThat(get.path("path").asText()).isEqualTo(probe.getValue());
        assertThat(reached).contains(get.path("port").asInt());
      }
    }
    assertThat(HttpServer.PROBES).containsAtLeastElementsIn(PROBES.values());
  }

  @Test
  void allProcessesShareADatabase() {
    Set<String> databases = new HashSet<>();
    for (JsonNode deployment : manifests.all("Deployment")) {
      databases.add(value(serve(Manifests.container(deployment)), "--postgres"));
    }
    assertThat(databases).hasSize(1);
  }

  @Test
  void everyVariableIsRead() {
    Set<String> server = new HashSet<>();
    for (OptionSpec option : serve().options()) {
      VARIABLE
          .matcher(String.join("", option.description()))
          .results()
          .map(MatchResult::group)
          .forEach(server::add);
    }
    assertThat(server).isNotEmpty();
    Set<String> read = new HashSet<>(server);
    for (JsonNode scaler : manifests.all("ScaledObject")) {
      String keda = Manifests.trigger(scaler).path("connectionFromEnv").asText();
      assertThat(manifests.variables(Manifests.container(manifests.target(scaler)))).contains(keda);
      read.add(keda);
    }
    for (JsonNode deployment : manifests.all("Deployment")) {
      Set<String> given = manifests.variables(Manifests.container(deployment));
      assertWithMessage(Manifests.name(deployment)).that(given).containsAtLeastElementsIn(server);
      assertWithMessage(Manifests.name(deployment)).that(read).containsAtLeastElementsIn(given);
    }
  }

  @Test
  void directoriesAreMounted() {
    for (JsonNode deployment : manifests.all("Deployment")) {
      Set<String> volumes =
          Manifests.stream(deployment.at("/spec/template/spec/volumes"))
              .map(volume -> volume.path("name").asText())
              .collect(Collectors.toSet());
      JsonNode container = Manifests.container(deployment);
      List<Path> mounted = new ArrayList<>();
      for (JsonNode mount : container.path("volumeMounts")) {
        assertThat(volumes).contains(mount.path("name").asText());
        mounted.add(Path.of(mount.path("mountPath").asText()));
      }
      CommandSpec serve = serve(container);
      List<Path> wanted = new ArrayList<>(models(serve).values());
      wanted.add(value(serve, "--data"));
      for (Path path : wanted) {
        assertWithMessage("%s of %s, mounted %s", path, Manifests.name(deployment), mounted)
            .that(mounted.stream().anyMatch(path::startsWith))
            .isTrue();
      }
    }
  }

  /** The query counts what waits for the model of the Deployment that is scaled. */
  @Test
  void theQueueDecides() throws Exception {
    for (JsonNode scaler : manifests.all("ScaledObject")) {
      JsonNode deployment = manifests.target(scaler);
      assertWithMessage("replicas, which the scaler sets")
          .that(deployment.path("spec").has("replicas"))
          .isFalse();
      JsonNode spec = scaler.path("spec");
      assertThat(spec.path("maxReplicaCount").asInt())
          .isGreaterThan(spec.path("minReplicaCount").asInt());
      JsonNode trigger = Manifests.trigger(scaler);
      trigger.forEach(value -> assertThat(value.isTextual()).isTrue());
      assertThat(Integer.parseInt(trigger.path("targetQueryValue").asText())).isAtLeast(1);
      // KEDA wakes the first one when the query gives more than this.
      assertThat(trigger.path("activationTargetQueryValue").asText()).isEqualTo("0");
      String query = trigger.path("query").asText();
      Set<String> models = models(serve(Manifests.container(deployment))).keySet();
      assertThat(MODEL.matcher(query).results().map(match -> match.group(1)))
          .containsExactlyElementsIn(models);
      assertThat(count(query, models.iterator().next())).isEqualTo(2);
    }
  }

  /** Two jobs of the model have not ended; one has, and one is of another. */
  private static int count(String query, String model) throws IOException, SQLException {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite::memory:");
        Statement statement = database.createStatement();
        InputStream tables = NnsightServer.class.getResourceAsStream("db/sqlite/V1__jobs.sql")) {
      String all =
          new String(Objects.requireNonNull(tables).readAllBytes(), StandardCharsets.UTF_8);
      for (String table : all.split(";", -1)) {
        if (!table.isBlank()) {
          statement.execute(table);
        }
      }
      statement.execute(
          """
          insert into jobs (id, owner, model, priority, state, request_sha256, time_limit_ms,
            accepted_at, finished_at)
          values ('1', 'a', '%1$s', 0, 'RECEIVED', '', 1, 1, null),
            ('2', 'a', '%1$s', 0, 'RUNNING', '', 1, 1, null),
            ('3', 'a', '%1$s', 0, 'COMPLETED', '', 1, 1, 1),
            ('4', 'a', 'other', 0, 'RECEIVED', '', 1, 1, null)
          """
              .formatted(model));
      try (ResultSet rows = statement.executeQuery(query)) {
        assertThat(rows.next()).isTrue();
        return rows.getInt(1);
      }
    }
  }

  private static CommandSpec serve() {
    return Main.command().getSubcommands().get("serve").getCommandSpec();
  }

  /** The command with the arguments; it throws if it does not know one. */
  private static CommandSpec serve(JsonNode container) {
    List<String> arguments = new ArrayList<>();
    for (JsonNode argument : container.path("args")) {
      assertWithMessage("%s is text", argument).that(argument.isTextual()).isTrue();
      arguments.add(argument.asText());
    }
    CommandSpec spec =
        Main.command().parseArgs(arguments.toArray(new String[0])).subcommand().commandSpec();
    assertThat(spec.name()).isEqualTo("serve");
    return spec;
  }

  private static Listen listen(CommandSpec serve) {
    return new Listen(
        value(serve, "--host"),
        KubernetesTest.<Integer>value(serve, "--port"),
        value(serve, "--admin-host"),
        KubernetesTest.<Integer>value(serve, "--admin-port"),
        null,
        KubernetesTest.<Boolean>value(serve, "--behind-proxy"));
  }

  private static Map<String, Path> models(CommandSpec serve) {
    return KubernetesTest.<List<String>>value(serve, "--model").stream()
        .map(model -> model.split("=", 2))
        .collect(Collectors.toMap(parts -> parts[0], parts -> Path.of(parts[1])));
  }

  private static <T> T value(CommandSpec serve, String option) {
    T value = serve.findOption(option).getValue();
    return Objects.requireNonNull(value, option);
  }
}
