package org.nnsight4j.internal.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.hub.HubClient.Metadata;
import org.nnsight4j.internal.hub.HubClient.Unreachable;
import org.nnsight4j.internal.json.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model of a hub as a directory: from the cache if it has the model, without a request to the
 * hub; else downloaded into the cache. Weights are downloaded last, because many uses never need
 * them.
 */
public final class HubSnapshot {
  private static final String CONFIG = "config.json";
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final long MAX_INDEX_BYTES = 256L << 20;

  /** Files whose absence would change how text is tokenized. */
  private static final List<String> DECISIVE = List.of("tokenizer.json", "tokenizer_config.json");

  private static final List<String> OTHERS =
      List.of(
          "generation_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "adapter_config.json");

  private static final Logger LOG = LoggerFactory.getLogger(HubSnapshot.class);

  private final HubName name;
  private final HubSettings settings;
  private final RepoCache cache;
  private final Arrival progress;
  private final Patience.Sleeper sleeper;
  private @Nullable HubClient client;

  HubSnapshot(HubName name, HubSettings settings, Arrival progress, Patience.Sleeper sleeper) {
    this.name = name;
    this.settings = settings;
    this.cache = new RepoCache(name, settings);
    this.progress = progress;
    this.sleeper = sleeper;
  }

  /** Creates a snapshot; nothing is looked up yet. */
  public static HubSnapshot of(HubName name, HubSettings settings, Arrival progress) {
    return new HubSnapshot(name, settings, progress, Patience.Sleeper.REAL);
  }

  /** Whether the cache has any file of this model. */
  public static boolean isCached(HubName name, HubSettings settings) {
    RepoCache cache = new RepoCache(name, settings);
    return cache.commit().filter(commit -> cache.has(commit, CONFIG)).isPresent();
  }

  private HubClient client() {
    if (client == null) {
      client = new HubClient(name, settings, sleeper);
    }
    return client;
  }

  /**
   * The directory, with all files except weights.
   *
   * @throws CheckpointException if neither the cache nor the hub gives the model
   */
  public synchronized Path configuration() {
    Optional<String> known = cache.commit().filter(commit -> cache.has(commit, CONFIG));
    if (known.isPresent()) {
      String commit = known.get();
      if (!settings.offline() && DECISIVE.stream().anyMatch(file -> isOpen(commit, file))) {
        completeIfPossible(commit);
      }
      return cache.snapshot(commit);
    }
    if (settings.offline()) {
      throw offline(CONFIG);
    }
    try {
      return cache.snapshot(begun());
    } catch (Unreachable e) {
      throw unreachable(e);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private boolean isOpen(String commit, String file) {
    return !cache.has(commit, file) && !cache.isAbsent(commit, file);
  }

  private String begun() throws Unreachable, IOException {
    String revision = cache.commit().orElse(name.revision());
    Metadata config =
        client()
            .metadata(revision, CONFIG, Patience.usual(sleeper))
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "%s has no config.json at %s, so it is no model that transformers opens; check the name at %s/%s"
                            .formatted(
                                name.id(), name.revision(), settings.endpoint(), name.id())));
    // A model that is not supported is refused before anything large is downloaded.
    requireSafetensors(config.commit());
    fetch(config);
    cache.remember(config.commit());
    complete(config.commit(), Patience.usual(sleeper));
    return config.commit();
  }

  /** If the model is in the cache, an unreachable hub must not cause a failure. */
  private void completeIfPossible(String commit) {
    try {
      complete(commit, Patience.none(sleeper));
    } catch (Unreachable | IOException | CheckpointException e) {
      LOG.warn(
          "{}; the cache has {} without {}, and whether the model has more is not known. HF_HUB_OFFLINE=1 does not ask",
          e.getMessage(),
          name,
          DECISIVE.stream().filter(file -> isOpen(commit, file)).toList());
    }
  }

  private void complete(String commit, Patience patience) throws Unreachable, IOException {
    List<String> files = new ArrayList<>(DECISIVE);
    files.addAll(OTHERS);
    for (String file : files) {
      if (isOpen(commit, file)) {
        var unused = fetched(commit, file, patience);
      }
    }
  }

  private void requireSafetensors(String commit) throws Unreachable, IOException {
    if (cache.has(commit, SINGLE) || cache.has(commit, INDEX)) {
      return;
    }
    for (String file : List.of(SINGLE, INDEX)) {
      if (!cache.isAbsent(commit, file)) {
        if (client().metadata(commit, file, Patience.usual(sleeper)).isPresent()) {
          return;
        }
        cache.rememberAbsent(commit, file);
      }
    }
    for (String file : List.of("pytorch_model.bin", "pytorch_model.bin.index.json")) {
      if (client().metadata(commit, file, Patience.usual(sleeper)).isPresent()) {
        throw new CheckpointException(
            "%s has its weights only as %s, which is a pickle and may run code: a conversion to safetensors may wait as a pull request at %s/%s/discussions, open it as revision refs/pr/N; or convert once in Python: AutoModelForCausalLM.from_pretrained(\"%s\").save_pretrained(DIR)"
                .formatted(name, file, settings.endpoint(), name.id(), name.id()));
      }
    }
    throw new CheckpointException(
        "%s has neither %s nor %s; look at %s/%s for the repository with the weights in safetensors"
            .formatted(name, SINGLE, INDEX, settings.endpoint(), name.id()));
  }

  private boolean fetched(String commit, String file, Patience patience)
      throws Unreachable, IOException {
    Optional<Metadata> found = client().metadata(commit, file, patience);
    if (found.isEmpty()) {
      cache.rememberAbsent(commit, file);
      return false;
    }
    fetch(found.get());
    return true;
  }

  private void fetch(Metadata file) throws Unreachable {
    new FileDownload(client(), cache, file, progress).run();
  }

  /**
   * Downloads the weights into the directory.
   *
   * @throws CheckpointException if neither the cache nor the hub gives them
   */
  public synchronized void weights() {
    String commit = cache.commit().orElseThrow(() -> offline(CONFIG));
    try {
      bring(commit);
    } catch (Unreachable e) {
      throw unreachable(e);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private void bring(String commit) throws Unreachable, IOException {
    if (cache.has(commit, SINGLE)) {
      return;
    }
    Path index = cache.snapshot(commit).resolve(INDEX);
    if (!cache.has(commit, INDEX)) {
      if (settings.offline()) {
        throw offline(SINGLE);
      }
      requireSafetensors(commit);
      boolean single =
          !cache.isAbsent(commit, SINGLE) && fetched(commit, SINGLE, Patience.usual(sleeper));
      if (single || !fetched(commit, INDEX, Patience.usual(sleeper))) {
        return;
      }
    }
    for (String shard : shards(index)) {
      if (cache.has(commit, shard)) {
        continue;
      }
      if (settings.offline()) {
        throw offline(shard);
      }
      if (!fetched(commit, shard, Patience.usual(sleeper))) {
        throw new CheckpointException(
            "%s: names the shard %s, which %s does not have".formatted(index, shard, name));
      }
    }
  }

  private static TreeSet<String> shards(Path index) {
    ObjectNode root = Json.readObject(index, MAX_INDEX_BYTES);
    TreeSet<String> shards = new TreeSet<>();
    for (JsonNode shard : root.path("weight_map")) {
      String file = shard.asText();
      if (!file.matches("[\\w][\\w.-]*\\.safetensors")) {
        throw new CheckpointException(
            "%s: expected names of .safetensors files in the same directory, found %s"
                .formatted(index, Json.describe(shard)));
      }
      shards.add(file);
    }
    return shards;
  }

  private CheckpointException offline(String file) {
    return new CheckpointException(
        "%s: the cache has no %s (%s), and the hub may not be asked (HF_HUB_OFFLINE or localFilesOnly); download it before, or point HF_HUB_CACHE to where it is"
            .formatted(name, file, cache.folder()));
  }

  private CheckpointException unreachable(Unreachable e) {
    return new CheckpointException(
        "%s; what has come is kept in %s, and the next opening goes on from there"
            .formatted(e.getMessage(), cache.folder()),
        e);
  }

  private CheckpointException unwritable(IOException e) {
    return new CheckpointException(
        "%s: the cache at %s cannot be written: %s; HF_HUB_CACHE says where it is"
            .formatted(name, cache.folder(), e),
        e);
  }
}
