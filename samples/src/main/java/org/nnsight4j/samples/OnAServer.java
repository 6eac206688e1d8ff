package org.nnsight4j.samples;

import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.remote.RemoteJob;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The same graph at a server; the arguments are its address and a key of its. */
public final class OnAServer {
  private OnAServer() {}

  public static void main(String[] arguments) {
    RemoteServer server = RemoteServer.at(arguments[0], arguments[1]);
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      waiting(gpt2, server);
      later(gpt2, server);
      session(gpt2, server);
      prepared(gpt2, server);
      request(gpt2);
    }
  }

  static void waiting(LanguageModel<Gpt2> gpt2, RemoteServer server) {
    // snippet: waiting
    Saved<Hidden> hidden;
    try (Generator<Gpt2> generator = gpt2.at(remote(server, "gpt2")).generate(maxNewTokens(1))) {
      hidden =
          generator.invoke(
              "The Eiffel Tower is in the city of",
              invoker -> invoker.model().transformer().h(-1).output(0).save());
    }
    System.out.println(hidden.value().header());
    // end
  }

  static void later(LanguageModel<Gpt2> gpt2, RemoteServer server) {
    // snippet: later
    Generator<Gpt2> generator =
        gpt2.at(remote(server, "gpt2").nonBlocking()).generate(maxNewTokens(1));
    generator.invoke("The capital of Japan is").close();
    generator.close(); // sent, and on the server's disk
    RemoteJob job = generator.job();
    System.out.println(job.id() + " is " + job.status());
    job.await();
    System.out.println(generator.output().text(0));
    // end
  }

  static void session(LanguageModel<Gpt2> gpt2, RemoteServer server) {
    // snippet: session
    Saved<Vocab> patched =
        gpt2.at(remote(server, "gpt2"))
            .session(
                session -> {
                  Value<Hidden> paris;
                  try (Generator<Gpt2> first = session.trace()) {
                    paris =
                        first.invoke(
                            "The Eiffel Tower is in the city of",
                            invoker -> invoker.model().transformer().h(1).output(0).at(-1));
                  }
                  try (Generator<Gpt2> second = session.trace()) {
                    return second.invoke(
                        "The Colosseum is in the city of",
                        invoker -> {
                          Gpt2 model = invoker.model();
                          model.transformer().h(1).output(0).at(-1).set(paris);
                          return model.output().at(-1).save();
                        });
                  }
                });
    System.out.println(patched.value().header());
    // end
  }

  static void prepared(LanguageModel<Gpt2> gpt2, RemoteServer server) {
    // snippet: prepared
    Prepared<Saved<Vocab>> logits =
        gpt2.at(remote(server, "gpt2"))
            .prepare(
                TraceOptions.defaults(),
                generator -> {
                  try (Invoker<Gpt2> invoker = generator.input()) {
                    return invoker.model().output().at(-1).save();
                  }
                });
    for (String text : List.of("The capital of Japan is", "The capital of Italy is")) {
      System.out.println(logits.run(text).value(logits.recorded()));
    }
    // end
  }

  static void request(LanguageModel<Gpt2> gpt2) {
    // snippet: request
    byte[] request =
        gpt2.request(
            TraceOptions.defaults(),
            generator ->
                generator.invoke(
                    "The Eiffel Tower is in the city of",
                    invoker -> invoker.model().transformer().h(-1).output(0).save()));
    write(Path.of("target", "request.safetensors"), request);
    // end
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
