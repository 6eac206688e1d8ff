package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.HubModel;
import org.nnsight4j.error.CheckpointException;

/** What a user names as a model: a local directory, or a model on Hugging Face's hub. */
final class ModelPlace {
  private static final String HUB = "hub:";

  private final @Nullable HubModel hub;
  private final Path directory;

  /** Whether the text would have named a directory, if there were one. */
  private final boolean couldBePath;

  private ModelPlace(@Nullable HubModel hub, Path directory, boolean couldBePath) {
    this.hub = hub;
    this.directory = directory;
    this.couldBePath = couldBePath;
  }

  /** A directory. */
  static ModelPlace of(Path directory) {
    return new ModelPlace(null, directory, false);
  }

  /**
   * Decides what a text names, and says which if it could be both.
   *
   * @param option the option that gave the text, for messages
   * @throws IllegalArgumentException if it could be both, and nothing decides which
   */
  static ModelPlace of(String text, String option, PrintWriter err) {
    if (text.startsWith(HUB)) {
      return ofHub(HubModel.of(text.substring(HUB.length())), false);
    }
    if (!HubModel.isName(text)) {
      return of(path(text, option));
    }
    HubModel named = HubModel.of(text);
    if (!exists(text)) {
      return ofHub(named, true);
    }
    Path here = Path.of(text);
    if (named.isCached() || !Files.isRegularFile(here.resolve("config.json"))) {
      throw new IllegalArgumentException(
          "%s: %s is %s here, and a model of the hub could have this name%s; write ./%s or hub:%s"
              .formatted(
                  option,
                  text,
                  Files.isDirectory(here) ? "a directory" : "a file",
                  named.isCached() ? ", which is in the cache" : "",
                  text,
                  text));
    }
    err.println(
        "nnsight4j: %s: the directory %s; hub:%s is the model of the hub"
            .formatted(option, here.toAbsolutePath(), text));
    return of(here);
  }

  private static ModelPlace ofHub(HubModel model, boolean couldBePath) {
    return new ModelPlace(model, Path.of(""), couldBePath);
  }

  private static boolean exists(String text) {
    try {
      return Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Path path(String text, String option) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "%s: '%s' is no path: %s".formatted(option, text, e.getReason()), e);
    }
  }

  /** The model, of any architecture, with its weights on this machine. */
  LanguageModel<AnyModel> open(OpenOptions options, PrintWriter err) {
    if (hub == null) {
      return LanguageModel.open(directory, options);
    }
    boolean cached = hub.isCached();
    // A model that would be refused is refused before its weights are downloaded.
    requireThere(hub);
    LanguageModel<AnyModel> model = LanguageModel.open(hub, options);
    try {
      say(hub.download(), cached, err);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
    return model;
  }

  /** Downloads everything; returns the directory. */
  Path download(PrintWriter err) {
    if (hub == null) {
      return directory;
    }
    open(OpenOptions.defaults(), err).close();
    return hub.localFilesOnly().directory();
  }

  /** The checkpoint alone; with weights only if they are needed. */
  Checkpoint checkpoint(PrintWriter err) {
    if (hub == null) {
      return Checkpoint.open(directory);
    }
    boolean cached = hub.isCached();
    requireThere(hub);
    Checkpoint checkpoint = Checkpoint.open(hub);
    say(checkpoint.directory(), cached, err);
    return checkpoint;
  }

  /** A mistyped path also looks like a name. */
  private void requireThere(HubModel model) {
    try {
      var unused = model.directory();
    } catch (CheckpointException e) {
      throw couldBePath && !model.isCached()
          ? new CheckpointException(
              "there is no directory %s here, and as a model of the hub: %s"
                  .formatted(model, e.getMessage()),
              e)
          : e;
    }
  }

  private void say(Path found, boolean cached, PrintWriter err) {
    err.println(
        "nnsight4j: %s: the hub's model, %s %s"
            .formatted(this, cached ? "from the cache" : "now in the cache", found));
  }

  /** The last part of its name. */
  String shortName() {
    if (hub != null) {
      return hub.id().substring(hub.id().indexOf('/') + 1);
    }
    Path last = directory.toAbsolutePath().normalize().getFileName();
    return last == null ? "model" : last.toString();
  }

  @Override
  public String toString() {
    return hub == null ? directory.toString() : hub.toString();
  }
}
