package org.nnsight4j.docs;

import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.cli.Main;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.StatusLine;
import org.nnsight4j.samples.Quickstart;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Does what users do, in the locale of its JVM, and keeps all that is said and written. */
final class LocaleTranscript {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  private final StringBuilder transcript = new StringBuilder();
  private final Path folder;

  private LocaleTranscript(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes {@code transcript.txt}.
   *
   * @param arguments an empty folder, and the locale of the server's workers
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    LocaleTranscript here = new LocaleTranscript(folder);
    here.quickstart();
    here.command();
    here.descriptor();
    here.server(Locale.forLanguageTag(arguments[1]));
    Files.writeString(
        folder.resolve("transcript.txt"),
        here.transcript
            .toString()
            .replace(folder.toString(), "FOLDER")
            .replace(EmbeddedGpt2.directory().toString(), "CHECKPOINT"));
    System.exit(0);
  }

  private void quickstart() {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    Quickstart.main(new String[0]);
    System.setOut(console);
    transcript.append(printed.toString(StandardCharsets.UTF_8));
  }

  private void command() throws IOException {
    String checkpoint = EmbeddedGpt2.directory().toString();
    execute("run", "-v", "--max-new-tokens=12", "--num-beams=2", TEXT);
    execute("run", "--num-return-sequences=12", TEXT);
    execute("run", "--repetition-penalty=many", TEXT);
    execute("lens", "--top=2", TEXT);
    execute("lens", "--svg=" + folder.resolve("lens.svg"), TEXT);
    execute("--help");
    execute("describe", checkpoint);
    execute(
        "describe",
        checkpoint,
        "--snapshot",
        "--java",
        "--name=written.in-1-italy",
        "--package=written",
        "--out=" + Files.createDirectory(folder.resolve("written")));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        transcript.append(file).append('\n').append(Files.readString(file));
      }
    }
  }

  private void execute(String... words) {
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said, true);
    int exit = Main.command(words).setOut(writer).setErr(writer).execute(words);
    transcript.append(String.join(" ", words)).append(": ").append(exit).append('\n').append(said);
  }

  /** What was written compiles against what was written. */
  private void descriptor() throws IOException {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "-Xlint:all,-processing,-serial",
              "-sourcepath",
              folder.toString(),
              "-d",
              Files.createDirectory(folder.resolve("classes")).toString());
      boolean compiles =
          javac
              .getTask(
                  said,
                  files,
                  null,
                  options,
                  null,
                  files.getJavaFileObjects(folder.resolve("written/WrittenIn1Italy.java")))
              .call();
      transcript.append("compiles: ").append(compiles).append('\n').append(said);
    }
  }

  private void server(Locale workers) throws Exception {
    ModelSpec spec = new ModelSpec("gpt2", GraphKind.NAME, EmbeddedGpt2.directory().toString(), 1);
    ServerOptions options =
        ServerOptions.local(folder.resolve("server"), List.of(spec))
            .withListen(new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, false))
            .withWorkerJvm(
                List.of(
                    "-Duser.language=" + workers.getLanguage(),
                    "-Duser.country=" + workers.getCountry(),
                    "-Dai.djl.pytorch.num_threads=1",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx512m"));
    try (NnsightServer server = NnsightServer.start(options);
        LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      String address = "http://127.0.0.1:" + server.port();
      String key = server.newAdminKey();
      ByteArrayOutputStream shown = new ByteArrayOutputStream();
      PrintStream status = new PrintStream(shown, true, StandardCharsets.UTF_8);
      RemoteServer client = RemoteServer.at(address, key).watchedBy(new StatusLine(status, false));
      String job;
      try (Generator<Gpt2> generator = gpt2.at(remote(client, "gpt2")).generate(maxNewTokens(12))) {
        Saved<Gpt2.Hidden> hidden;
        try (Invoker<Gpt2> invoker = generator.invoke(TEXT)) {
          Value<Gpt2.Hidden> mlp = invoker.model().transformer().h(1).mlp().output();
          mlp.set(mlp.mul(0.5).add(12));
          hidden = invoker.model().transformer().h(-1).output(0).save();
        }
        generator.run();
        transcript.append(hidden.value()).append('\n').append(generator.output().texts());
        transcript.append(generator.receipt());
        job = client.jobs().get(0).id();
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(address + "/v1/jobs/" + job + "/result"))
              .header("Authorization", "Bearer " + key);
      answer(request.copy().header("Range", "bytes=10-12"), "Content-Range");
      answer(request.copy().header("Range", "bytes=100000000-"), "Content-Range");
      answer(
          HttpRequest.newBuilder(URI.create(address + "/v1/jobs?model=gpt2&timeLimit=1234567"))
              .header("Authorization", "Bearer " + key)
              .POST(HttpRequest.BodyPublishers.ofString("{}")),
          "Content-Type");
      transcript.append(
          shown.toString(StandardCharsets.UTF_8).replace(job, "JOB").replaceAll("\\R", "\n"));
    }
  }

  private void answer(HttpRequest.Builder request, String header) throws Exception {
    HttpResponse<byte[]> response =
        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    transcript
        .append(response.statusCode())
        .append(' ')
        .append(response.headers().allValues(header))
        .append(' ')
        .append(
            new String(response.body(), StandardCharsets.ISO_8859_1)
                .replaceAll("\"requestId\":\"[^\"]+\"", "\"requestId\":\"ID\""))
        .append('\n');
  }
}
