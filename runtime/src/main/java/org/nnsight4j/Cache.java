package org.nnsight4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.record.InvokerScope;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * The values of many sites, kept by one call; readable after the run through the model's own typed
 * proxies: {@code cache.get(model -> model.transformer().h(2).output(0)).value()}.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class Cache<M> {
  private final Model<M> root;
  private final InvokerScope scope;
  private final Map<SiteKey, Saved<?>> saved = new LinkedHashMap<>();

  Cache(Model<M> root, InvokerScope scope, CacheOptions options) {
    this.root = root;
    this.scope = scope;
    List<SiteKey> sites = sites(options);
    if (options.everyStep()) {
      boolean recorded =
          new StepRange<>(scope.recording(), this, 0, StepRange.OPEN)
              .each(cache -> record(sites, options));
      assert recorded;
    } else {
      record(sites, options);
    }
  }

  private boolean record(List<SiteKey> sites, CacheOptions options) {
    for (SiteKey site : sites) {
      Value<?> kept = filtered(scope.readSettled(site), options);
      saved.put(site, kept.save());
    }
    return true;
  }

  private List<SiteKey> sites(CacheOptions options) {
    Blueprint blueprint = scope.blueprint();
    List<String> paths = new ArrayList<>();
    List<String> patterns = options.patterns();
    if (patterns == null) {
      blueprint.modules().values().stream()
          .filter(module -> !module.isInnerValue())
          .map(ModuleSpec::path)
          .forEach(paths::add);
    } else {
      patterns.forEach(pattern -> paths.addAll(matching(pattern, blueprint)));
    }
    List<SiteKey> sites = new ArrayList<>();
    for (String path : paths) {
      add(sites, options.inputs(), SiteKey.input(path), blueprint);
      for (int element = 0; element < Math.max(1, blueprint.tupleSize(path)); element++) {
        add(sites, options.outputs(), new SiteKey(path, Port.OUTPUT, element), blueprint);
      }
    }
    if (sites.isEmpty()) {
      throw fail("cache: none of %s has the inputs or outputs asked for".formatted(paths));
    }
    return sites;
  }

  private static void add(List<SiteKey> sites, boolean wanted, SiteKey site, Blueprint blueprint) {
    if (wanted && blueprint.site(site) != null && !sites.contains(site)) {
      sites.add(site);
    }
  }

  private List<String> matching(String pattern, Blueprint blueprint) {
    List<String> found =
        blueprint.modules().keySet().stream()
            .filter(path -> CacheOptions.matches(pattern, path))
            .toList();
    if (found.isEmpty()) {
      throw fail(
          "cache: no module matches '%s'; %s"
              .formatted(pattern, CacheOptions.nearest(pattern, blueprint.modules().keySet())));
    }
    return found;
  }

  private static Value<?> filtered(Value<?> whole, CacheOptions options) {
    Value<?> value = whole;
    int axis = value.shape().find(Dim.POSITION);
    int[] tokens = options.tokens();
    if (tokens != null && axis > 0) {
      value = atPositions(value, axis, tokens);
    }
    DType type = options.type();
    return type != null && value.dtype().isFloating() ? value.toType(type) : value;
  }

  private static Value<?> atPositions(Value<?> value, int axis, int[] tokens) {
    Value<?> joined = null;
    for (int token : tokens) {
      Value<?> one = value.at(token).expandDims(axis);
      joined = joined == null ? one : joined.concat(one, axis);
    }
    return joined == null ? value : joined;
  }

  /**
   * One of the values, by the path that would read it.
   *
   * @param site reads one site, such as {@code model -> model.lmHead().output()}
   * @throws RecordingException if the cache does not hold that site
   */
  public <A> Saved<A> get(Function<M, Value<A>> site) {
    SiteKey key = SiteOf.reading(scope.blueprint(), root, site);
    return found(key);
  }

  @SuppressWarnings("unchecked")
  private <A> Saved<A> found(SiteKey key) {
    Saved<?> found = saved.get(key);
    if (found == null) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "the cache does not hold %s; it holds %s".formatted(key, saved.keySet()));
    }
    return (Saved<A>) found;
  }

  /**
   * One of the values, by the path of its module and its side; for a tuple, the first element. Null
   * if the cache does not have it.
   */
  public @Nullable Saved<?> get(String module, Port side) {
    return saved.get(new SiteKey(module, side, 0));
  }

  /**
   * One of the values, for example a later element of a tuple; null if the cache does not have it.
   */
  public @Nullable Saved<?> get(SiteKey site) {
    return saved.get(site);
  }

  /** The sites in the cache, in the order of the forward pass. */
  public List<SiteKey> sites() {
    return List.copyOf(saved.keySet());
  }

  private RecordingException fail(String message) {
    return scope.recording().fail(message, UserFrames.here());
  }
}
