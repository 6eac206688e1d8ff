package org.nnsight4j.spring;

import static org.nnsight4j.Options.remote;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.checkpoint.HubModel;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.llama.EmbeddedLlama;
import org.nnsight4j.remote.RemoteServer;

/** The model that the properties name, with their edits, here or at a server. */
final class OpenedModel implements AutoCloseable {
  private static final String EMBEDDED = "embedded:";
  private static final String HUB = "hub:";
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  private final LanguageModel<AnyModel> opened;
  private final LanguageModel<AnyModel> used;

  OpenedModel(NnsightProperties properties) {
    threads(properties);
    this.opened = named("model", () -> open(properties));
    try {
      this.used = used(properties);
      if (properties.load() == NnsightProperties.Load.AT_START
          && properties.server().url() == null) {
        named("model", () -> pass(used));
      }
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  LanguageModel<AnyModel> model() {
    return used;
  }

  /** One pass over one token. */
  static int pass(LanguageModel<?> model) {
    return passed(model);
  }

  private static <M> int passed(LanguageModel<M> model) {
    return model
        .trace(new TraceOptions(true))
        .run(generator -> generator.invoke(new long[] {0}, invoker -> 1))
        .receipt()
        .passes();
  }

  /** The engine reads it once, when the first model loads. */
  private static void threads(NnsightProperties properties) {
    Integer threads = properties.cpuThreads();
    if (threads == null) {
      return;
    }
    String there = System.getProperty(THREADS);
    if (there != null && !there.equals(threads.toString())) {
      throw new PropertyException(
          "cpu-threads",
          "expected the threads of this JVM's system property %s, %s, found %s"
              .formatted(THREADS, there, threads),
          "Leave one of the two out.");
    }
    System.setProperty(THREADS, threads.toString());
  }

  private static LanguageModel<AnyModel> open(NnsightProperties properties) {
    OpenOptions options =
        OpenOptions.defaults().dtype(properties.dtype()).device(properties.device());
    String name = properties.model();
    if (name == null || name.isBlank()) {
      throw new PropertyException(
          "model",
          "expected a model, found none",
          "Set nnsight4j.model to a directory with a checkpoint, to a model of Hugging Face's hub such as Qwen/Qwen3-0.6B, or to embedded:gpt2; or define a bean of the type LanguageModel, or set nnsight4j.enabled to false.");
    }
    String revision = properties.revision();
    Path directory = directory(name);
    boolean hub =
        name.startsWith(HUB)
            || !name.startsWith(EMBEDDED) && !Files.isDirectory(directory) && HubModel.isName(name);
    if (!hub && revision != null) {
      throw new PropertyException(
          "revision",
          "expected a revision of a model of the hub alone, found %s beside the model %s"
              .formatted(revision, name),
          "Leave nnsight4j.revision out, or write nnsight4j.model=hub:org/name.");
    }
    if (!hub) {
      return LanguageModel.open(directory, options);
    }
    HubModel model = HubModel.of(name.startsWith(HUB) ? name.substring(HUB.length()) : name);
    return LanguageModel.open(revision == null ? model : model.revision(revision), options);
  }

  private static Path directory(String name) {
    if (!name.startsWith(EMBEDDED)) {
      try {
        return Path.of(name);
      } catch (InvalidPathException e) {
        return Path.of("");
      }
    }
    return switch (name.substring(EMBEDDED.length())) {
      case "gpt2" -> EmbeddedGpt2.directory();
      case "llama" -> EmbeddedLlama.directory();
      default ->
          throw new PropertyException(
              "model",
              "expected embedded:gpt2 or embedded:llama, found " + name,
              "Choose one of the two small models inside nnsight4j, or a checkpoint of yours.");
    };
  }

  private LanguageModel<AnyModel> used(NnsightProperties properties) {
    List<Edit> edits = new ArrayList<>();
    for (Path file : properties.edits()) {
      edits.add(named("edits", () -> Edit.load(file)));
    }
    for (Path folder : properties.adapters()) {
      String name = "adapter" + edits.size();
      edits.add(
          named(
              "adapters",
              () -> opened.edit(invoker -> invoker.add(name, LoraAdapter.load(folder)))));
    }
    for (NnsightProperties.Steering each : properties.steering()) {
      Path file = Objects.requireNonNull(each.file());
      edits.add(
          named(
              "steering",
              () ->
                  opened.edit(
                      invoker -> invoker.add(ControlVector.read(file).times(each.strength())))));
    }
    LanguageModel<AnyModel> edited =
        edits.isEmpty() ? opened : named("edits", () -> opened.with(edits.toArray(Edit[]::new)));
    NnsightProperties.Server server = properties.server();
    String url = server.url();
    return url == null
        ? edited
        : named(
            "server",
            () ->
                edited.at(
                    remote(
                        RemoteServer.at(url, Objects.requireNonNull(server.apiKey())).quiet(),
                        Objects.requireNonNull(server.model()))));
  }

  /** Says which property names what cannot be used. */
  static <T> T named(String property, Supplier<T> action) {
    try {
      return action.get();
    } catch (PropertyException e) {
      throw e;
    } catch (Nnsight4jException | IllegalArgumentException e) {
      throw new PropertyException(
          property,
          String.valueOf(e.getMessage()),
          "Correct nnsight4j.%s, or what it names.".formatted(property),
          e);
    }
  }

  @Override
  public void close() {
    opened.close();
  }
}
