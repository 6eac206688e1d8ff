package org.example.app;

import static org.nnsight4j.Options.remote;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.tensor.Tensor;

/** Runs a model of nnsight4j's and one of its own, here and at a server, and says what came out. */
public final class App {
  public static void main(String[] arguments) throws Exception {
    System.out.println("application: " + App.class.getModule());
    System.out.println("runtime: " + LanguageModel.class.getModule());
    Path bigram = checkpoint(Files.createTempDirectory(Path.of(arguments[0]), "bigram"));
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
        LanguageModel<Bigram> own = LanguageModel.open(new BigramModel(), bigram);
        NnsightServer server = server(Path.of(arguments[0], "data"), bigram)) {
      RemoteServer there =
          RemoteServer.at("http://127.0.0.1:" + server.port(), server.firstKey().orElseThrow())
              .quiet();
      Tensor hidden = hidden(gpt2);
      System.out.println("gpt2: " + List.of(hidden.shape()[0], hidden.shape()[2]));
      System.out.println("gpt2 at the server: " + hidden.equals(hidden(gpt2.at(remote(there, "gpt2")))));
      Tensor next = logits(own);
      System.out.println("bigram: " + next.get(0, 0, 2) + ", " + next.get(0, 1, 0));
      System.out.println("bigram at the server: " + next.equals(logits(own.at(remote(there, "bigram")))));
      harvest(gpt2, Path.of(arguments[0], "harvest"), hidden);
      for (String path : List.of("v1/models", "v1/jobs")) {
        System.out.println(path + ": " + get(server.port(), server, path));
      }
      for (String path : List.of("keys", "queue", "jobs")) {
        System.out.println("admin " + path + ": " + get(server.adminPort(), server, "admin/" + path));
      }
    }
    Internals.tryToReach();
  }

  /** What the server writes as JSON, it reads from its records by reflection. */
  private static int get(int port, NnsightServer server, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + path))
            .header("Authorization", "Bearer " + server.firstKey().orElseThrow())
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
  }

  private static Tensor hidden(LanguageModel<Gpt2> gpt2) {
    return gpt2.trace(
            "The Eiffel Tower is in the city of",
            model -> model.transformer().h(-1).output(0).save())
        .value();
  }

  /** The same numbers again, from files, and no other harvest into their folder. */
  private static void harvest(LanguageModel<Gpt2> gpt2, Path folder, Tensor hidden) throws Exception {
    Path lines = Files.writeString(Path.of(folder + ".txt"), "The Eiffel Tower is in the city of\n\nRome\n");
    DatasetRun run =
        DatasetRun.of(
                gpt2,
                (invoker, columns) ->
                    columns.perToken("hidden", invoker.model().transformer().h(-1).output(0)))
            .over(DatasetRows.lines(lines));
    HarvestResult result = run.run(folder);
    Tensor rows = result.read(0).get("hidden");
    System.out.println(
        "harvest: " + rows.shape()[0] + " tokens, the first text as traced: "
            + rows.get(":" + hidden.shape()[1]).isClose(hidden.get("0"), 1e-5, 1e-5));
    System.out.println("harvest, again: " + run.verify(folder, 2, 1) / 128 + " tokens with the same bits");
    try {
      run.over(DatasetRows.lines(lines, lines)).run(folder);
    } catch (RuntimeException refused) {
      System.out.println("another harvest: " + refused.getMessage().contains("dataset"));
    }
  }

  private static Tensor logits(LanguageModel<Bigram> bigram) {
    return bigram
        .trace()
        .run(generator -> generator.invoke(new long[] {1, 2}, invoker -> invoker.model().output().save()))
        .result()
        .value();
  }

  private static NnsightServer server(Path data, Path bigram) throws Exception {
    return NnsightServer.start(
        ServerOptions.local(
                data,
                List.of(
                    new ModelSpec("gpt2", "graph", EmbeddedGpt2.directory().toString(), 1),
                    new ModelSpec("bigram", "graph", bigram.toString(), 1)))
            .withListen(new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, false)));
  }

  /** After 1 comes 2, and after 2 comes 0. */
  private static Path checkpoint(Path folder) throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"bigram\", \"vocab_size\": 3, \"d_model\": 3, \"n_ctx\": 8}");
    Safetensors.write(
        folder.resolve("model.safetensors"),
        Map.of(
            "embed.weight", Tensor.of(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3),
            "unembed.weight", Tensor.of(new float[] {0, 0, 5, 5, 0, 0, 0, 5, 0}, 3, 3)),
        Map.of("format", "pt"));
    return folder;
  }

  private App() {}
}
