package org.nnsight4j.checkpoint;

import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.hub.HubName;
import org.nnsight4j.internal.hub.HubSettings;
import org.nnsight4j.internal.hub.HubSnapshot;
import org.nnsight4j.internal.hub.ProgressBar;

/**
 * A model on Hugging Face's hub, by name. It is read from the cache that Python's {@code
 * huggingface_hub} also uses, and downloaded into the cache if it is not there. These environment
 * variables have the same meaning as in Python: {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code
 * HF_TOKEN}, {@code HF_ENDPOINT}, {@code HF_HUB_OFFLINE} and {@code HF_HUB_DOWNLOAD_TIMEOUT}.
 * Immutable.
 */
public final class HubModel {
  private final HubName name;
  private final HubSettings settings;
  private final @Nullable DownloadProgress progress;

  private HubModel(HubName name, HubSettings settings, @Nullable DownloadProgress progress) {
    this.name = name;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Names a model; nothing is looked up.
   *
   * @param name {@code org/name}, or {@code org/name@revision}
   * @throws CheckpointException if it cannot be a name
   */
  public static HubModel of(String name) {
    Objects.requireNonNull(name, "the name is null; give one such as Qwen/Qwen3-0.6B");
    return new HubModel(HubName.parse(name), HubSettings.ofEnvironment(), null);
  }

  /** Whether a text looks like {@code org/name} or {@code org/name@revision}. */
  public static boolean isName(String text) {
    String id = text.replaceFirst("@.*", "");
    return id.indexOf('/') > 0 && HubName.isId(id);
  }

  /** A branch, a tag, a commit, or {@code refs/pr/N}; without it, {@code main}. */
  public HubModel revision(String revision) {
    Objects.requireNonNull(revision, "the revision is null; the usual one is main");
    return new HubModel(new HubName(name.id(), revision), settings, progress);
  }

  /** Uses a cache other than the environment's. */
  public HubModel cacheDir(Path folder) {
    Objects.requireNonNull(folder, "the folder of the cache is null");
    return new HubModel(name, settings.withCache(folder), progress);
  }

  /** Sets a token for this hub alone, in place of {@code HF_TOKEN}. */
  public HubModel token(String token) {
    Objects.requireNonNull(token, "the token is null");
    return new HubModel(name, settings.withToken(token), progress);
  }

  /**
   * Uses another hub, in place of {@code HF_ENDPOINT}; a token from the environment is not sent
   * there.
   */
  public HubModel endpoint(URI hub) {
    Objects.requireNonNull(hub, "the address of the hub is null");
    return new HubModel(name, settings.withEndpoint(hub), progress);
  }

  /** Uses only what the cache has, and sends no requests. */
  public HubModel localFilesOnly() {
    return new HubModel(name, settings.offlineOnly(), progress);
  }

  /** Reports downloads to a listener, instead of a line on the terminal. */
  public HubModel progress(DownloadProgress listener) {
    Objects.requireNonNull(listener, "the listener is null");
    return new HubModel(name, settings, listener);
  }

  /** {@code org/name}. */
  public String id() {
    return name.id();
  }

  /** The requested revision, {@code main} if none was given. */
  public String revision() {
    return name.revision();
  }

  /** Whether the cache has a configuration of this model, so that it opens without the hub. */
  public boolean isCached() {
    return HubSnapshot.isCached(name, settings);
  }

  /**
   * The directory with all files except the weights, which are there if they were downloaded
   * before.
   *
   * @throws CheckpointException if neither the cache nor the hub has the model
   */
  public Path directory() {
    try (ProgressBar bar = bar()) {
      return snapshot(bar).configuration();
    }
  }

  /**
   * The directory with all files, as {@code snapshot_download} returns it.
   *
   * @throws CheckpointException if neither the cache nor the hub has the model
   */
  public Path download() {
    Path directory = directory();
    downloadWeights();
    return directory;
  }

  void downloadWeights() {
    try (ProgressBar bar = bar()) {
      snapshot(bar).weights();
    }
  }

  private ProgressBar bar() {
    return ProgressBar.of(settings);
  }

  private HubSnapshot snapshot(ProgressBar bar) {
    return HubSnapshot.of(name, settings, progress == null ? bar::at : progress::at);
  }

  /** The name, without anything secret. */
  @Override
  public String toString() {
    return name.toString();
  }
}
