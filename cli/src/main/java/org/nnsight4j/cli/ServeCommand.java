package org.nnsight4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.AccessLogOptions;
import org.nnsight4j.server.options.AddressRange;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.options.OperatorOptions;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.options.Tls;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code nnsight4j serve}: runs other users' graphs on models of this machine. */
@Command(
    name = "serve",
    description = "Serves models to other users, who send recorded runs; see docs/remote.md.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ServeCommand implements Callable<Integer> {
  private static final String USER = "NNSIGHT4J_DB_USER";
  private static final String PASSWORD = "NNSIGHT4J_DB_PASSWORD";
  private static final int CONNECTIONS = 10;
  private static final int MOST_WORKERS = 64;
  private static final List<String> USUAL = List.of(Embedded.GPT2.label());

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Options in YAML or JSON, by their names without dashes; the command line goes first. See"
              + " docs/operating.md.")
  private @Nullable Path config;

  @Option(
      names = "--model",
      paramLabel = "NAME=DIR",
      description =
          "A checkpoint directory, or a model on Hugging Face's hub (NAME=ORG/NAME), and its name for"
              + " users; may be repeated. Without it, the small"
              + " model inside nnsight4j as 'gpt2'.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--embedded",
      paramLabel = "NAME",
      completionCandidates = Embedded.Labels.class,
      description =
          "A small model inside nnsight4j, by this name: ${COMPLETION-CANDIDATES}; may be repeated.")
  private List<String> embedded = new ArrayList<>();

  @Option(
      names = "--no-models",
      description =
          "Serve only the HTTP interface; other processes on the same database have the models.")
  private boolean noModels;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Worker processes for each model: jobs that run at the same time. Default: ${DEFAULT-VALUE}")
  private int workers;

  @Mixin private NumberChoice numbers;

  @Option(
      names = "--share",
      paramLabel = "N",
      defaultValue = "" + ServerOptions.USUAL_SHARE,
      description =
          "Up to this many waiting jobs that are alike share a forward pass, where that gives the"
              + " same bits sooner; 1 turns it off. Default: ${DEFAULT-VALUE}")
  private int share;

  @Option(
      names = "--batch-rows",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Up to this many unlike runs of generation share the pass of each token in one worker:"
              + " they come and go between two tokens, and their numbers are those of the run alone"
              + " but for rounding. With 1 each runs alone, with the same bits as always. Default:"
              + " ${DEFAULT-VALUE}")
  private int batchRows;

  @Option(
      names = "--worker-heap",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description =
          "Java heap of each worker; weights are outside the heap. Default: ${DEFAULT-VALUE}")
  private String workerHeap;

  @Option(
      names = "--limit",
      paramLabel = "NAME=N",
      completionCandidates = LimitNames.class,
      description =
          "A limit on what users may ask for; may be repeated. docs/limits.md explains them. Names:"
              + " ${COMPLETION-CANDIDATES}")
  private List<String> limits = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "nnsight4j-data",
      description = "For jobs, results and the audit log. Default: ./${DEFAULT-VALUE}")
  private Path data;

  @Option(
      names = "--postgres",
      paramLabel = "URL",
      description =
          "Keep jobs in this PostgreSQL (jdbc:postgresql://host/database), which several servers"
              + " share, instead of in --data; user and password come from "
              + USER
              + " and "
              + PASSWORD
              + ".")
  private @Nullable String postgres;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "The address to listen on. Default: ${DEFAULT-VALUE}")
  private String host;

  @Option(names = "--port", defaultValue = "8080", description = "Default: ${DEFAULT-VALUE}")
  private int port;

  @Option(
      names = "--admin-host",
      defaultValue = "127.0.0.1",
      description = "The address for metrics and administration. Default: ${DEFAULT-VALUE}")
  private String adminHost;

  @Option(names = "--admin-port", defaultValue = "8081", description = "Default: ${DEFAULT-VALUE}")
  private int adminPort;

  @Option(
      names = "--tls-keystore",
      paramLabel = "FILE",
      description = "A PKCS #12 file with the certificate for https.")
  private @Nullable Path keystore;

  @Option(
      names = "--tls-password-file",
      paramLabel = "FILE",
      description = "Holds the password of the keystore.")
  private @Nullable Path keystorePassword;

  @Option(
      names = "--behind-proxy",
      description =
          "Listen without TLS on an address that other machines can reach, because a proxy in front has TLS.")
  private boolean behindProxy;

  @Option(
      names = "--trusted-proxy",
      paramLabel = "CIDR",
      description =
          "Addresses of proxies, such as 10.0.0.0/8, whose X-Forwarded-For header is believed;"
              + " may be repeated. With --behind-proxy and without this, those on this machine.")
  private List<String> trustedProxies = new ArrayList<>();

  @Option(
      names = "--model-store",
      paramLabel = "DIR",
      description =
          "The folder whose models an administrator may load while the server runs; without it,"
              + " none.")
  private @Nullable Path modelStore;

  @Option(
      names = "--access-log",
      paramLabel = "FILE",
      description = "Log each request here; - for standard output. Without it, none is logged.")
  private @Nullable Path accessLog;

  @Option(
      names = "--access-log-format",
      paramLabel = "FORMAT",
      defaultValue = "json",
      description =
          "json (one object in each line) or combined, as Apache. Default: ${DEFAULT-VALUE}")
  private String accessLogFormat;

  @Option(
      names = "--access-log-days",
      paramLabel = "N",
      defaultValue = "" + AccessLogOptions.USUAL_DAYS,
      description =
          "Keep the log of so many days; a new file begins each day. Default: ${DEFAULT-VALUE}")
  private int accessLogDays;

  @Option(
      names = "--new-admin-key",
      description =
          "Make another key for the administrator and print it, as the first start does, if the"
              + " first one is lost.")
  private boolean newAdminKey;

  @Spec private CommandSpec spec;

  /** What the file says about single models; null without a file. */
  private @Nullable ConfigFile file;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  ServeCommand() {}

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    readConfig();
    ServerOptions options = options();
    NnsightServer server = NnsightServer.start(options);
    Thread stop = new Thread(server::close, "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    out.printf(
        Locale.ROOT,
        "listening on %s://%s:%s, administration on %s://%s:%s%n",
        scheme(options.listen().tls()),
        host,
        server.port(),
        scheme(options.listen().adminTls()),
        adminHost,
        server.adminPort());
    Optional<String> key = server.firstKey();
    if (key.isEmpty() && newAdminKey) {
      key = Optional.of(server.newAdminKey());
    }
    key.ifPresent(
        text ->
            out.printf(
                Locale.ROOT,
                "the key of the administrator, shown this once and stored as a hash:%n  %s%n",
                text));
    out.flush();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Runtime.getRuntime().removeShutdownHook(stop);
      server.close();
    }
    return 0;
  }

  /** Sets the options that the file has and the command line has not. */
  private void readConfig() throws IOException {
    if (config == null) {
      return;
    }
    Path path = config;
    Map<String, OptionSpec> own = new TreeMap<>();
    for (OptionSpec option : spec.options()) {
      own.put(option.longestName().replaceFirst("^--", ""), option);
    }
    List<String> known =
        own.keySet().stream().filter(name -> !ConfigFile.NOT_IN_FILES.contains(name)).toList();
    try {
      file = ConfigFile.read(path, known);
      CommandLine other = new CommandLine(new ServeCommand());
      ParseResult said = other.parseArgs(file.arguments().toArray(String[]::new));
      ParseResult here = spec.commandLine().getParseResult();
      for (OptionSpec option : said.matchedOptions()) {
        if (!here.hasMatchedOption(option.longestName())) {
          setLike(own, option);
        }
      }
    } catch (ParameterException e) {
      throw new ParameterException(
          spec.commandLine(), "%s: %s".formatted(path, CommandLineMistakes.message(e)), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--config: " + e.getMessage(), e);
    }
  }

  private static void setLike(Map<String, OptionSpec> own, OptionSpec option) {
    OptionSpec same = own.get(option.longestName().replaceFirst("^--", ""));
    Objects.requireNonNull(same).setValue(option.getValue());
  }

  private OperatorOptions operator() {
    if (modelStore != null && !Files.isDirectory(modelStore)) {
      throw new IllegalArgumentException(
          "--model-store: expected a folder, found none at %s".formatted(modelStore));
    }
    AccessLogOptions log =
        accessLog == null
            ? null
            : new AccessLogOptions(
                accessLog.toString().equals("-") ? null : accessLog,
                AccessLogOptions.Format.named(accessLogFormat),
                accessLogDays);
    return new OperatorOptions(modelStore, log);
  }

  private static String scheme(@Nullable Tls tls) {
    return tls == null ? "http" : "https";
  }

  private ServerOptions options() throws IOException {
    ServerOptions options = said("--model", () -> ServerOptions.local(data, specs()));
    Tls tls = tls();
    Listen listen =
        said("--host", () -> new Listen(host, port, adminHost, adminPort, tls, behindProxy));
    if (!trustedProxies.isEmpty()) {
      Listen behind = listen;
      listen =
          said(
              "--trusted-proxy",
              () ->
                  behind.withTrustedProxies(
                      trustedProxies.stream().map(AddressRange::of).toList()));
    }
    options = options.withListen(listen).withDatabase(database());
    ServerOptions listening = options;
    options = said("--limit", () -> listening.withLimits(Limits.of(limits)));
    ServerOptions limited = options;
    options = said("--worker-heap", () -> limited.withWorkerHeap(workerHeap));
    ServerOptions sized = options;
    ServerOptions shared = said("--share", () -> sized.withShare(share));
    ServerOptions batched = said("--batch-rows", () -> shared.withBatchRows(batchRows));
    return said("--access-log", () -> batched.withOperator(operator()));
  }

  /** The reason why an option is refused, with its name if the message lacks it. */
  private <T> T said(String option, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      String message = Objects.toString(e.getMessage());
      throw new ParameterException(
          spec.commandLine(), message.contains("--") ? message : option + ": " + message, e);
    }
  }

  /** For the help. */
  static final class LimitNames extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    LimitNames() {
      super(Stream.of(Limit.values()).map(Limit::label).toList());
    }
  }

  private List<ModelSpec> specs() {
    if (noModels && !(models.isEmpty() && embedded.isEmpty())) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --no-models or %s, found both; leave one out"
              .formatted(models.isEmpty() ? "--embedded" : "--model"));
    }
    if (workers < 1 || workers > MOST_WORKERS) {
      throw new ParameterException(
          spec.commandLine(),
          "--workers: expected 1 to %s, found %s".formatted(MOST_WORKERS, workers));
    }
    PrintWriter err = spec.commandLine().getErr();
    List<ModelSpec> specs = new ArrayList<>();
    for (String model : models) {
      int equals = model.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "expected a model as NAME=DIR, found '%s'".formatted(model));
      }
      String name = model.substring(0, equals);
      ModelPlace place = ModelPlace.of(model.substring(equals + 1), "--model", err);
      // The name is checked before anything is fetched for it.
      ModelSpec named = served(name, place.toString());
      specs.add(served(named.name(), place.download(err).toString()));
    }
    for (String name : specs.isEmpty() && embedded.isEmpty() && !noModels ? USUAL : embedded) {
      String directory = Embedded.of(name).directory().toString();
      specs.add(served(name, directory));
    }
    return specs;
  }

  private ModelSpec served(String name, String directory) {
    ConfigFile.ModelSettings own =
        file == null ? ConfigFile.ModelSettings.USUAL : file.choice(name);
    NumberChoice chosen = numbers.with(own.dtype(), own.device());
    chosen.requireDevice();
    return new ModelSpec(
        name,
        GraphKind.NAME,
        directory,
        own.workers() == null ? workers : own.workers(),
        chosen.settings());
  }

  private @Nullable Tls tls() throws IOException {
    if (keystore == null) {
      if (keystorePassword != null) {
        throw new ParameterException(
            spec.commandLine(), "expected --tls-keystore with --tls-password-file, found none");
      }
      return null;
    }
    if (keystorePassword == null) {
      throw new ParameterException(
          spec.commandLine(), "expected --tls-password-file with --tls-keystore, found none");
    }
    Tls tls = new Tls(keystore, Files.readString(keystorePassword).strip());
    try (InputStream in = Files.newInputStream(keystore)) {
      KeyStore.getInstance("PKCS12").load(in, tls.password().toCharArray());
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException | GeneralSecurityException e) {
      throw new IOException(
          "--tls-keystore: %s cannot be opened with the password in %s: %s"
              .formatted(
                  keystore,
                  keystorePassword,
                  Objects.requireNonNullElse(e.getMessage(), "it is no PKCS #12 file")),
          e);
    }
    return tls;
  }

  private DatabaseOptions database() {
    if (postgres == null) {
      return new DatabaseOptions.Sqlite();
    }
    String url = postgres;
    // Checked before variables that may be missing in the environment.
    var unused = said("--postgres", () -> new DatabaseOptions.Postgres(url, "", "", CONNECTIONS));
    String user = System.getenv(USER);
    String password = System.getenv(PASSWORD);
    if (user == null || password == null) {
      throw new ParameterException(
          spec.commandLine(),
          "expected the user and password of PostgreSQL in the environment as %s and %s"
              .formatted(USER, PASSWORD));
    }
    return new DatabaseOptions.Postgres(url, user, password, CONNECTIONS);
  }
}
