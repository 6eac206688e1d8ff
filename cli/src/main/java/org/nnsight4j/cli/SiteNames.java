package org.nnsight4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;

/** The sites of a model by the names of tensors in files. */
final class SiteNames {
  /** A site and the name of its tensor. */
  record Named(String name, SiteKey site) {}

  private static final int EXAMPLES = 6;

  private final Blueprint blueprint;
  private final List<Named> all = new ArrayList<>();

  SiteNames(Blueprint blueprint) {
    this.blueprint = blueprint;
    blueprint.sites().stream()
        .map(SiteSpec::key)
        .forEach(site -> all.add(new Named(name(site), site)));
  }

  private String name(SiteKey site) {
    if (isInner(site)) {
      return site.module();
    }
    String port = site.port() == Port.INPUT ? "input" : "output";
    String element =
        blueprint.tupleSize(site.module()) > 0 && site.port() == Port.OUTPUT
            ? "." + site.element()
            : "";
    return (site.module().isEmpty() ? "" : site.module() + ".") + port + element;
  }

  private boolean isInner(SiteKey site) {
    ModuleSpec module = Objects.requireNonNull(blueprint.modules().get(site.module()));
    return module.isInnerValue();
  }

  /** The outputs of all modules, without inner values. */
  List<Named> outputs() {
    return all.stream()
        .filter(named -> named.site().port() == Port.OUTPUT && !isInner(named.site()))
        .toList();
  }

  /**
   * The sites that match one of these patterns: a tensor's name, or a module's, which means its
   * output.
   */
  List<Named> matching(List<String> globs) {
    List<Pattern> patterns = globs.stream().map(SiteNames::pattern).toList();
    return all.stream()
        .filter(
            named ->
                patterns.stream()
                    .anyMatch(
                        pattern ->
                            pattern.matcher(named.name()).matches()
                                || named.site().port() == Port.OUTPUT
                                    && pattern.matcher(named.site().module()).matches()))
        .toList();
  }

  private static Pattern pattern(String glob) {
    return Pattern.compile(
        Arrays.stream(glob.strip().split("\\.", -1))
            .map(
                part ->
                    part.equals("**")
                        ? ".*"
                        : Arrays.stream(part.split("\\*", -1))
                            .map(Pattern::quote)
                            .collect(Collectors.joining("[^.]*")))
            .collect(Collectors.joining("\\.")));
  }

  List<String> examples() {
    return all.stream().map(Named::name).limit(EXAMPLES).toList();
  }

  /**
   * The values of one forward pass, by the names of their tensors.
   *
   * @param receipts gets the receipt of the run
   */
  Map<String, Tensor> values(
      LanguageModel<AnyModel> language,
      long[] tokens,
      List<Named> chosen,
      Consumer<Receipt> receipts) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    Generator<AnyModel> generator = language.trace();
    try (generator;
        Invoker<AnyModel> invoker = generator.invoke(tokens)) {
      for (Named named : chosen) {
        SiteKey site = named.site();
        CacheOptions one = CacheOptions.paths(site.module());
        Cache<AnyModel> cache = invoker.cache(site.port() == Port.INPUT ? one.inputsOnly() : one);
        saved.put(named.name(), Objects.requireNonNull(cache.get(site)));
      }
    }
    receipts.accept(generator.receipt());
    Map<String, Tensor> values = new TreeMap<>();
    saved.forEach((name, value) -> values.put(name, value.value()));
    return values;
  }
}
