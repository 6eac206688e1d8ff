package org.nnsight4j.family;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * The parts of one configuration of an architecture: modules and sites in the order of the forward
 * pass, parameters with their shapes, widths and counts. Immutable.
 */
public final class Blueprint {
  /** The {@link #maxPositions()} of models that compute positions, so that there is no last one. */
  public static final int NO_LIMIT = Integer.MAX_VALUE;

  private final String architecture;
  private final int vocabularySize;
  private final int maxPositions;
  private final ModelKind kind;
  private final int tokenTypes;
  private final Map<String, Integer> widths;
  private final Map<String, Integer> counts;
  private final Map<String, ModuleSpec> modules;
  private final Map<SiteKey, SiteSpec> sites;
  private final Map<String, Integer> tuples;
  private final Map<String, long[]> parameters;
  private final Set<String> ignorable;
  private final StoredNames storedNames;
  private final Map<String, String> ties;
  private final Map<String, String> aliases;
  private final Set<String> attending;
  private final @Nullable DecoderPlaces decoder;

  private Blueprint(Builder builder) {
    this.architecture = builder.architecture;
    this.vocabularySize = builder.vocabularySize;
    this.maxPositions = builder.maxPositions;
    this.kind = builder.kind;
    this.tokenTypes = builder.tokenTypes;
    this.widths = Map.copyOf(builder.widths);
    this.counts = Map.copyOf(builder.counts);
    this.modules = Collections.unmodifiableMap(new LinkedHashMap<>(builder.modules));
    this.sites = Collections.unmodifiableMap(new LinkedHashMap<>(builder.sites));
    this.tuples = Map.copyOf(builder.tuples);
    this.parameters = Collections.unmodifiableMap(new LinkedHashMap<>(builder.parameters));
    this.ignorable = Set.copyOf(builder.ignorable);
    this.storedNames = builder.storedNames.withParts(builder.parts);
    this.ties = Map.copyOf(builder.ties);
    this.aliases = Map.of();
    this.attending = Set.copyOf(attending(sites.values()));
    this.decoder = builder.decoder;
  }

  private Blueprint(Blueprint other, Map<String, String> aliases, Map<SiteKey, SiteSpec> sites) {
    this.architecture = other.architecture;
    this.vocabularySize = other.vocabularySize;
    this.maxPositions = other.maxPositions;
    this.kind = other.kind;
    this.tokenTypes = other.tokenTypes;
    this.widths = other.widths;
    this.counts = other.counts;
    this.modules = other.modules;
    this.sites = sites;
    this.tuples = other.tuples;
    this.parameters = other.parameters;
    this.ignorable = other.ignorable;
    this.storedNames = other.storedNames;
    this.ties = other.ties;
    this.aliases = Map.copyOf(aliases);
    this.attending = other.attending;
    this.decoder = other.decoder;
  }

  /** The same blueprint, with additional names for counts. */
  Blueprint withAliases(Map<String, String> names) {
    return new Blueprint(this, names, sites);
  }

  /** The same blueprint for a network that computes in another type than FLOAT32. */
  public Blueprint withType(DType run) {
    Map<SiteKey, SiteSpec> typed = new LinkedHashMap<>();
    sites.forEach(
        (key, site) -> {
          Meta meta = site.meta();
          DType type = meta.dtype() == DType.FLOAT32 ? run : meta.dtype();
          typed.put(key, new SiteSpec(key, new Meta(meta.dims(), type), site.order()));
        });
    return new Blueprint(this, aliases, Collections.unmodifiableMap(typed));
  }

  public static Builder of(String architecture) {
    return new Builder(architecture);
  }

  public String architecture() {
    return architecture;
  }

  /** The number of token ids, which is the width of logits. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** The longest sequence, prompt and new tokens together; or {@link #NO_LIMIT}. */
  public int maxPositions() {
    return maxPositions;
  }

  /** Whether it continues texts, or sees all of a text at once. */
  public ModelKind kind() {
    return kind;
  }

  /** How many types tokens may have, so that it can read pairs of texts; 0 if they have none. */
  public int tokenTypes() {
    return tokenTypes;
  }

  /** The lengths of the descriptor's axes, by name in lower case. */
  public Map<String, Integer> widths() {
    return widths;
  }

  /** How many repeated modules there are, by the key of config.json. */
  public Map<String, Integer> counts() {
    return counts;
  }

  /** How many repeated modules there are, by each name of the key of config.json. */
  public Map<String, Integer> countsByEachName() {
    Map<String, Integer> all = new TreeMap<>(counts);
    aliases.forEach(
        (alias, own) -> {
          Integer count = counts.get(own);
          if (count != null) {
            all.put(alias, count);
          }
        });
    return all;
  }

  /** All modules by path, in the order of the forward pass. */
  public Map<String, ModuleSpec> modules() {
    return modules;
  }

  /** All sites in the order of the forward pass. */
  public List<SiteSpec> sites() {
    return List.copyOf(sites.values());
  }

  public @Nullable SiteSpec site(SiteKey key) {
    return sites.get(key);
  }

  /** How many elements a module's tuple has; 0 if its output is a tensor. */
  public int tupleSize(String module) {
    return tuples.getOrDefault(module, 0);
  }

  /** A site's place in the forward pass, or -1 if there is no such site. */
  public int order(SiteKey key) {
    SiteSpec site = sites.get(key);
    return site == null ? -1 : site.order();
  }

  /** Whether a module has attention inside, so that it needs whole rows of positions. */
  public boolean attends(String module) {
    return attending.contains(module);
  }

  /** The modules around each site that has keys. */
  private static Set<String> attending(Iterable<SiteSpec> sites) {
    Set<String> around = new LinkedHashSet<>();
    for (SiteSpec site : sites) {
      if (site.meta().dims().find(Dim.KEY) >= 0) {
        String module = site.key().module();
        for (int dot = module.lastIndexOf('.'); dot > 0; dot = module.lastIndexOf('.', dot - 1)) {
          around.add(module.substring(0, dot));
        }
      }
    }
    return around;
  }

  /** The parameters of the checkpoint with their shapes. */
  public Map<String, long[]> parameters() {
    return parameters;
  }

  /**
   * Tied parameters: from the one that a checkpoint may leave out to the one in {@link
   * #parameters()}. They are the same unless a checkpoint has both and they differ.
   */
  public Map<String, String> ties() {
    return ties;
  }

  /** The shape of a parameter, by its own name or that of one that is tied to it; or null. */
  public long @Nullable [] parameterShape(String name) {
    long[] shape = parameters.get(ties.getOrDefault(name, name));
    return shape == null ? null : shape.clone();
  }

  /** The names of all parameters, including those that are tied to others. */
  public Set<String> parameterNames() {
    Set<String> names = new LinkedHashSet<>(parameters.keySet());
    names.addAll(ties.keySet());
    return names;
  }

  /** The data type in which the model computes. */
  public DType type() {
    return sites.values().stream()
        .map(site -> site.meta().dtype())
        .filter(DType::isFloating)
        .findFirst()
        .orElse(DType.FLOAT32);
  }

  /** Patterns of names that a checkpoint may contain and that no module needs. */
  public Set<String> ignorable() {
    return ignorable;
  }

  /** Other names that checkpoints may use for parameters. */
  public StoredNames storedNames() {
    return storedNames;
  }

  /**
   * Where it has the places that all decoders share; null if it is not a decoder, or its family
   * does not say.
   */
  public @Nullable DecoderPlaces decoder() {
    return decoder;
  }

  /** Collects a blueprint; sites are added in the order in which the forward pass reaches them. */
  public static final class Builder {
    private final String architecture;
    private int vocabularySize;
    private int maxPositions;
    private ModelKind kind = ModelKind.DECODER;
    private int tokenTypes;
    private final Map<String, Integer> widths = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final Map<String, ModuleSpec> modules = new LinkedHashMap<>();
    private final Map<SiteKey, SiteSpec> sites = new LinkedHashMap<>();
    private final Map<String, Integer> tuples = new LinkedHashMap<>();
    private final Map<String, long[]> parameters = new LinkedHashMap<>();
    private final Set<String> ignorable = new LinkedHashSet<>();
    private final Map<String, String> ties = new LinkedHashMap<>();
    private final Map<String, StoredNames.Part> parts = new LinkedHashMap<>();
    private StoredNames storedNames = StoredNames.OWN;
    private @Nullable DecoderPlaces decoder;

    private Builder(String architecture) {
      this.architecture = architecture;
    }

    public Builder vocabularySize(int size) {
      this.vocabularySize = size;
      return this;
    }

    public Builder maxPositions(int positions) {
      this.maxPositions = positions;
      return this;
    }

    /** Says that it is something else than a decoder. */
    public Builder kind(ModelKind other) {
      this.kind = other;
      return this;
    }

    /** How many types tokens may have. */
    public Builder tokenTypes(int types) {
      this.tokenTypes = types;
      return this;
    }

    public Builder width(String axis, int length) {
      widths.put(axis, length);
      return this;
    }

    public Builder count(String configKey, int count) {
      counts.put(configKey, count);
      return this;
    }

    public Builder module(String path, String type, boolean callable) {
      modules.put(path, new ModuleSpec(path, type, callable));
      return this;
    }

    public Builder input(String module, Dims dims, DType dtype) {
      return site(SiteKey.input(module), dims, dtype);
    }

    public Builder output(String module, Dims dims) {
      return site(SiteKey.output(module), dims, DType.FLOAT32);
    }

    /** An output that is a tuple of tensors, as in Hugging Face's blocks and attention. */
    public Builder tuple(String module, Dims... elements) {
      Meta[] numbers = new Meta[elements.length];
      Arrays.setAll(numbers, element -> new Meta(elements[element], DType.FLOAT32));
      return tuple(module, numbers);
    }

    /** An output that is a tuple of anything, as in a router: each element has its own type. */
    public Builder tuple(String module, Meta... elements) {
      tuples.put(module, elements.length);
      for (int element = 0; element < elements.length; element++) {
        SiteKey key = new SiteKey(module, Port.OUTPUT, element);
        site(key, elements[element].dims(), elements[element].dtype());
      }
      return this;
    }

    /** A named value inside a module, such as the attention pattern. */
    public Builder innerValue(String path, Dims dims) {
      return module(path, ModuleSpec.INNER_VALUE, false).output(path, dims);
    }

    /** An input that is passed by name, such as the attention mask. */
    public Builder keywordInput(String path, Dims dims, DType dtype) {
      return module(path, ModuleSpec.KEYWORD_INPUT, false).site(SiteKey.output(path), dims, dtype);
    }

    /** Adds a site of any kind after all others. */
    public Builder site(SiteKey key, Meta meta) {
      sites.put(key, new SiteSpec(key, meta, sites.size()));
      return this;
    }

    private Builder site(SiteKey key, Dims dims, DType dtype) {
      return site(key, new Meta(dims, dtype));
    }

    public Builder parameter(String name, long... shape) {
      parameters.put(name, shape);
      return this;
    }

    /**
     * Ties a parameter to another of the same shape, as {@code tie_word_embeddings} does. It works
     * in both directions: a checkpoint may have either parameter, or both.
     */
    public Builder tie(String parameter, String to) {
      ties.put(parameter, to);
      return this;
    }

    /** Adds a pattern of names that may be in a checkpoint but are not read. */
    public Builder ignore(String regex) {
      ignorable.add(regex);
      return this;
    }

    /** Checkpoints may store this parameter as a part of a larger tensor. */
    public Builder part(String parameter, StoredNames.Part part) {
      parts.put(parameter, part);
      return this;
    }

    /** Other names that checkpoints may use for parameters. */
    public Builder storedNames(StoredNames names) {
      this.storedNames = names;
      return this;
    }

    /** Where it has the places that all decoders share. */
    public Builder decoder(DecoderPlaces places) {
      this.decoder = places;
      return this;
    }

    public Blueprint build() {
      return new Blueprint(this);
    }
  }
}
