package org.nnsight4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nnsight4j admin}: what the administrator of a running server does. */
@Command(
    name = "admin",
    description =
        "Administers a running server and prints what it answers as JSON; see docs/operating.md.",
    subcommands = {AdminCommand.Models.class, AdminCommand.Keys.class, AdminCommand.Jobs.class},
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AdminCommand implements Runnable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long LOOK_MILLIS = 200;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  AdminCommand() {}

  @Override
  public void run() {
    throw missing(spec, "models, keys, jobs, queue, drain or resume");
  }

  private static ParameterException missing(CommandSpec spec, String commands) {
    return new ParameterException(spec.commandLine(), "a command is missing: " + commands);
  }

  @Command(description = "Counts unfinished jobs by model and state.")
  int queue(@Mixin AdminAccess access) throws IOException, InterruptedException {
    return print(spec, access.send("GET", "/admin/queue", null));
  }

  @Command(description = "Accepts no more jobs; those that there are run to their end.")
  int drain(
      @Mixin AdminAccess access,
      @Option(names = "--wait", description = "Wait until no job runs or waits here.") boolean wait)
      throws IOException, InterruptedException {
    access.send("POST", "/admin/drain", null);
    while (wait && busy(access.send("GET", "/admin/models", null).path("models"))) {
      Thread.sleep(LOOK_MILLIS);
    }
    return 0;
  }

  private static boolean busy(JsonNode models) {
    for (JsonNode model : models) {
      if (model.path("busy").asInt() > 0 || model.path("waiting").asInt() > 0) {
        return true;
      }
    }
    return false;
  }

  @Command(description = "Accepts jobs again.")
  int resume(@Mixin AdminAccess access) throws IOException, InterruptedException {
    access.send("POST", "/admin/resume", null);
    return 0;
  }

  private static int print(CommandSpec spec, JsonNode answer) throws IOException {
    if (!answer.isMissingNode()) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
      out.flush();
    }
    return 0;
  }

  /** The models of a server. */
  @Command(
      name = "models",
      description = "The models of the server: lists, loads, unloads and scales them.",
      mixinStandardHelpOptions = true)
  static final class Models implements Runnable {
    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
    Models() {}

    @Override
    public void run() {
      throw missing(spec, "list, load, unload, scale, pause, drain or resume");
    }

    private static String path(String name) {
      return "/admin/models/" + AdminAccess.encoded(name);
    }

    @Command(description = "Lists the models with their workers and queues.")
    int list(@Mixin AdminAccess access) throws IOException, InterruptedException {
      return print(spec, access.send("GET", "/admin/models", null));
    }

    @Command(description = "Loads a model from a folder of the server's --model-store.")
    int load(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "NAME", description = "The name for users.") String name,
        @Parameters(paramLabel = "FOLDER", description = "Its folder in the store.") String folder,
        @Option(
                names = "--workers",
                paramLabel = "N",
                defaultValue = "1",
                description = "How many jobs run at a time. Default: ${DEFAULT-VALUE}")
            int workers,
        @Mixin NumberChoice numbers,
        @Option(names = "--wait", description = "Wait until a worker has loaded it.") boolean wait)
        throws IOException, InterruptedException {
      ObjectNode body = MAPPER.createObjectNode().put("folder", folder).put("workers", workers);
      body.put("device", numbers.device()).put("dtype", numbers.type());
      JsonNode model = access.send("PUT", path(name), body);
      while (wait && model.path("state").asText().equals("LOADING")) {
        Thread.sleep(LOOK_MILLIS);
        model = access.send("GET", path(name), null);
      }
      if (model.path("state").asText().equals("FAILED")) {
        throw new IOException(model.path("trouble").asText());
      }
      return print(spec, model);
    }

    @Command(description = "Takes a model away; its running jobs end first.")
    int unload(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "NAME", description = "The model.") String name,
        @Option(names = "--now", description = "Return running jobs to the queue.") boolean now,
        @Option(names = "--wait", description = "Wait until its workers are gone.") boolean wait)
        throws IOException, InterruptedException {
      print(spec, access.send("DELETE", path(name) + (now ? "?now=true" : ""), null));
      while (wait && has(access.send("GET", "/admin/models", null), name)) {
        Thread.sleep(LOOK_MILLIS);
      }
      return 0;
    }

    private static boolean has(JsonNode list, String name) {
      for (JsonNode model : list.path("models")) {
        if (model.path("name").asText().equals(name)) {
          return true;
        }
      }
      return false;
    }

    @Command(description = "Changes the number of a model's workers.")
    int scale(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "NAME", description = "The model.") String name,
        @Parameters(paramLabel = "N", description = "How many workers.") int workers)
        throws IOException, InterruptedException {
      return print(
          spec, access.send("POST", "%s/scale?workers=%s".formatted(path(name), workers), null));
    }

    @Command(description = "Runs no jobs of a model, also after a restart.")
    int pause(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "NAME", description = "The model.") String name)
        throws IOException, InterruptedException {
      return print(spec, access.send("POST", path(name) + "/pause", null));
    }

    @Command(description = "Accepts no more jobs of a model, and runs those that wait.")
    int drain(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "NAME", description = "The model.") String name)
        throws IOException, InterruptedException {
      return print(spec, access.send("POST", path(name) + "/drain", null));
    }

    @Command(description = "Undoes pause and drain.")
    int resume(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "NAME", description = "The model.") String name)
        throws IOException, InterruptedException {
      return print(spec, access.send("POST", path(name) + "/resume", null));
    }
  }

  /** The keys of a server. */
  @Command(
      name = "keys",
      description = "The keys of users: lists, makes and revokes them, and changes their quotas.",
      mixinStandardHelpOptions = true)
  static final class Keys implements Runnable {
    private static final String QUOTA =
        "unfinished, jobsPerDay, storedBytes or secondsPerDay; may be repeated.";

    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
    Keys() {}

    @Override
    public void run() {
      throw missing(spec, "list, create, quota or revoke");
    }

    @Command(description = "Lists the keys, with their quotas and what they have used.")
    int list(@Mixin AdminAccess access) throws IOException, InterruptedException {
      return print(spec, access.send("GET", "/admin/keys", null));
    }

    @Command(description = "Makes a key; only this answer shows it.")
    int create(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "OWNER", description = "The user.") String owner,
        @Option(names = "--label", description = "What it is for.") @Nullable String label,
        @Option(names = "--role", description = "user or admin.") @Nullable String role,
        @Option(names = "--priority", description = "The highest: bulk, normal or interactive.")
            @Nullable String priority,
        @Option(names = "--days", description = "Days until it expires.") @Nullable Integer days,
        @Option(names = "--quota", paramLabel = "NAME=N", description = QUOTA)
            @Nullable List<String> quota)
        throws IOException, InterruptedException {
      ObjectNode body = MAPPER.createObjectNode().put("owner", owner);
      if (label != null) {
        body.put("label", label);
      }
      if (role != null) {
        body.put("role", role);
      }
      if (priority != null) {
        body.put("highestPriority", priority);
      }
      if (days != null) {
        body.put("expiresInDays", days);
      }
      body.set("quota", quota(quota));
      return print(spec, access.send("POST", "/admin/keys", body));
    }

    @Command(description = "Changes the quota of a key; what is left out has no limit.")
    int quota(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "ID", description = "The id of the key.") String id,
        @Parameters(paramLabel = "NAME=N", arity = "0..*", description = QUOTA)
            @Nullable List<String> quota)
        throws IOException, InterruptedException {
      String path = "/admin/keys/%s/quota".formatted(AdminAccess.encoded(id));
      return print(spec, access.send("PUT", path, quota(quota)));
    }

    private ObjectNode quota(@Nullable List<String> given) {
      ObjectNode quota = MAPPER.createObjectNode();
      for (String each : given == null ? List.<String>of() : given) {
        if (!each.matches("[A-Za-z]+=[0-9]{1,18}")) {
          throw new ParameterException(
              spec.commandLine(), "expected a quota as NAME=N, found '%s'".formatted(each));
        }
        int equals = each.indexOf('=');
        quota.put(each.substring(0, equals), Long.parseLong(each, equals + 1, each.length(), 10));
      }
      return quota;
    }

    @Command(description = "Revokes a key, and ends the jobs that it has sent.")
    int revoke(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "ID", description = "The id of the key.") String id)
        throws IOException, InterruptedException {
      return print(spec, access.send("DELETE", "/admin/keys/" + AdminAccess.encoded(id), null));
    }
  }

  /** The jobs of all users. */
  @Command(
      name = "jobs",
      description = "The jobs of all users: lists and ends them.",
      mixinStandardHelpOptions = true)
  static final class Jobs implements Runnable {
    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
    Jobs() {}

    @Override
    public void run() {
      throw missing(spec, "list, cancel or cancel-all");
    }

    @Command(description = "Lists jobs, newest first.")
    int list(
        @Mixin AdminAccess access,
        @Mixin JobChoice which,
        @Option(
                names = "--limit",
                defaultValue = "50",
                description = "How many. Default: ${DEFAULT-VALUE}")
            int limit)
        throws IOException, InterruptedException {
      return print(
          spec, access.send("GET", "/admin/jobs?limit=%s%s".formatted(limit, which.query()), null));
    }

    @Command(description = "Ends a job.")
    int cancel(
        @Mixin AdminAccess access,
        @Parameters(paramLabel = "ID", description = "The id of the job.") String id)
        throws IOException, InterruptedException {
      return print(
          spec,
          access.send("POST", "/admin/jobs/%s/cancel".formatted(AdminAccess.encoded(id)), null));
    }

    @Command(name = "cancel-all", description = "Ends all jobs that have not ended and match.")
    int cancelAll(@Mixin AdminAccess access, @Mixin JobChoice which)
        throws IOException, InterruptedException {
      return print(
          spec,
          access.send("POST", "/admin/jobs/cancel" + which.query().replaceFirst("^&", "?"), null));
    }
  }

  /** Which jobs are meant. */
  static final class JobChoice {
    @Option(names = "--owner", description = "Of this user.")
    private @Nullable String owner;

    @Option(names = "--model", description = "Of this model.")
    private @Nullable String model;

    @Option(names = "--key", description = "Sent with the key that has this id.")
    private @Nullable String key;

    @Option(names = "--state", description = "In this state, such as RUNNING.")
    private @Nullable String state;

    @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
    JobChoice() {}

    private String query() {
      return part("owner", owner) + part("model", model) + part("key", key) + part("state", state);
    }

    private static String part(String name, @Nullable String value) {
      return value == null ? "" : "&%s=%s".formatted(name, AdminAccess.encoded(value));
    }
  }
}
