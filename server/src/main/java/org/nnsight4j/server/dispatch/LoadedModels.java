package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.ModelRegistry;

/**
 * The models of this process, which an administrator changes while it runs. A restart begins again
 * with those of the command line and the configuration file.
 */
public final class LoadedModels {
  private final String server;
  private final Dispatcher dispatcher;
  private final ModelRegistry registry;
  private final ModelCatalog catalog;
  private final Clock clock;
  private final @Nullable Path store;

  /**
   * @param server the name of this server
   * @param store the folder whose models may be loaded; null if none may
   */
  public LoadedModels(
      String server,
      Dispatcher dispatcher,
      ModelRegistry registry,
      ModelCatalog catalog,
      Clock clock,
      @Nullable Path store) {
    this.server = server;
    this.dispatcher = dispatcher;
    this.registry = registry;
    this.catalog = catalog;
    this.clock = clock;
    this.store = store;
  }

  public List<ModelStatus> list() {
    return dispatcher.status();
  }

  /** The state of one model. */
  public ModelStatus get(String name) {
    return list().stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow(() -> noSuchModel(name));
  }

  /** Tells other servers and users which models there are. */
  public void announce() {
    dispatcher.entries().forEach(entry -> registry.announce(server, entry, clock.instant()));
  }

  /**
   * Loads a model; its jobs are accepted when this returns, and run when a worker has loaded it.
   *
   * @param folder a folder of the model store
   * @throws ProblemException if there is none, or the model cannot be opened
   */
  public ModelStatus load(String name, String kind, String folder, int workers, String settings) {
    if (dispatcher.has(name)) {
      throw new ProblemException(
          ProblemKind.MODEL_LOADED.with(
              "expected the name of a model that this process does not run, found '%s'; unload it first, or scale it"
                  .formatted(name)));
    }
    try {
      dispatcher.load(new ModelSpec(name, kind, inStore(folder).toString(), workers, settings));
    } catch (IllegalArgumentException | Nnsight4jException e) {
      throw notLoaded(String.valueOf(e.getMessage()));
    }
    announce();
    catalog.forget();
    return get(name);
  }

  /** Nothing outside the store is read, whoever has the key of an administrator. */
  private Path inStore(String folder) {
    if (store == null) {
      throw notLoaded(
          "expected a model store, found none: start the server with --model-store DIR, whose folders are the models that can be loaded");
    }
    try {
      Path root = store.toRealPath();
      Path found = root.resolve(folder).toRealPath();
      if (found.startsWith(root) && Files.isDirectory(found)) {
        return found;
      }
    } catch (IOException | InvalidPathException e) {
      // Said below; whether something else is there is nobody's business.
    }
    throw notLoaded(
        "expected a folder of the model store, found none under '%s'".formatted(shown(folder)));
  }

  private static String shown(String text) {
    String visible = text.replaceAll("[^\\x20-\\x7e]", "?");
    return visible.length() <= 64 ? visible : visible.substring(0, 64) + "...";
  }

  private static ProblemException notLoaded(String why) {
    return new ProblemException(ProblemKind.NOT_LOADED.with(why));
  }

  /**
   * Takes a model away. Its jobs are refused when this returns; those that run end first, and those
   * that wait remain in the queue, for another server or until it is loaded again.
   *
   * @param now returns running jobs to the queue, too
   */
  public ModelStatus unload(String name, boolean now) {
    boolean leaves =
        dispatcher.unload(
            name,
            now,
            () -> {
              registry.leave(server, name);
              catalog.forget();
            });
    if (!leaves) {
      throw noSuchModel(name);
    }
    registry.leave(server, name);
    catalog.forget();
    return dispatcher.status().stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseGet(() -> ModelStatus.gone(name));
  }

  /** Changes the number of workers. */
  public ModelStatus scale(String name, int workers) {
    if (!dispatcher.scale(name, workers)) {
      throw noSuchModel(name);
    }
    announce();
    catalog.forget();
    return get(name);
  }

  private static ProblemException noSuchModel(String name) {
    return new ProblemException(
        ProblemKind.NO_SUCH_MODEL.with(
            "expected a model that this process runs, found '%s'".formatted(shown(name))));
  }
}
