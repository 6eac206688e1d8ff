package org.nnsight4j.models.reference;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Tensor;

/** What the fixtures of one family show of it. */
final class FamilyFacts {
  private final Family family;
  private final List<ReferenceModel> fixtures;
  private final ConfigSwitches switches;
  private final Map<String, ModuleSpec> modules = new LinkedHashMap<>();
  private final Map<String, Integer> tuples = new LinkedHashMap<>();
  private final Set<String> unverified = new LinkedHashSet<>();
  private double worst;

  /**
   * Measures a family.
   *
   * @param reader what the family makes of a configuration, comparable by {@code equals}
   */
  FamilyFacts(Family family, Function<ModelConfig, Object> reader) {
    this.family = family;
    this.fixtures = ReferenceModel.of(family.architecture().replace("gemma3_text", "gemma3"));
    this.switches = new ConfigSwitches(family, reader, fixtures);
    Set<String> compared = new LinkedHashSet<>();
    for (ReferenceModel fixture : fixtures) {
      fixture
          .cases("modules")
          .forEach(
              each -> {
                each.tensors().keySet().forEach(site -> compared.add(inAnyLayer(site)));
                measure(fixture, each, ModuleOutputs::inSteps);
                measure(fixture, each, ModuleOutputs::fused);
              });
      declared(Families.blueprint(family, Checkpoint.open(fixture.folder()).config()));
    }
    unverified.removeAll(compared);
  }

  private void measure(
      ReferenceModel fixture,
      ReferenceModel.Case each,
      BiFunction<ReferenceModel, ReferenceModel.Case, Map<String, Tensor>> outputs) {
    outputs
        .apply(fixture, each)
        .forEach((site, found) -> worst = Math.max(worst, each.error(site, found)));
  }

  /** Every site of a module that gives something has to be compared; inputs are others' outputs. */
  private void declared(Blueprint blueprint) {
    blueprint
        .modules()
        .forEach(
            (path, module) -> {
              if (!module.type().equals(ModuleSpec.KEYWORD_INPUT)) {
                modules.putIfAbsent(inAnyLayer(path), module);
              }
              if (blueprint.tupleSize(path) > 0) {
                tuples.putIfAbsent(inAnyLayer(path), blueprint.tupleSize(path));
              }
            });
    for (SiteSpec site : blueprint.sites()) {
      String path = site.key().module();
      ModuleSpec module = blueprint.modules().get(path);
      if (site.key().port() == Port.OUTPUT
          && module != null
          && !module.type().equals(ModuleSpec.KEYWORD_INPUT)) {
        unverified.add(inAnyLayer(name(blueprint, module, site)));
      }
    }
  }

  /** As fixtures name it. */
  private static String name(Blueprint blueprint, ModuleSpec module, SiteSpec site) {
    if (module.type().equals(ModuleSpec.INNER_VALUE)) {
      return module.path();
    }
    String output = module.path().isEmpty() ? "output" : module.path() + ".output";
    return blueprint.tupleSize(module.path()) > 0 ? output + "." + site.key().element() : output;
  }

  private static String inAnyLayer(String path) {
    return path.replaceAll("\\.\\d+(?=\\.|$)(?<!output\\.\\d)", ".*");
  }

  /** All that the family has and no fixture compares. */
  Set<String> unverified() {
    return unverified;
  }

  double worst() {
    return worst;
  }

  Family family() {
    return family;
  }

  List<ReferenceModel> fixtures() {
    return fixtures;
  }

  ConfigSwitches switches() {
    return switches;
  }

  /** Modules with a class of Hugging Face's. */
  long modules() {
    return modules.values().stream().filter(module -> !isInner(module)).count();
  }

  /** The names of what has no module there. */
  Set<String> innerValues() {
    Set<String> names = new LinkedHashSet<>();
    modules.forEach(
        (path, module) -> {
          if (isInner(module)) {
            names.add(path.substring(path.lastIndexOf('.') + 1));
          }
        });
    return names;
  }

  private static boolean isInner(ModuleSpec module) {
    return module.type().equals(ModuleSpec.INNER_VALUE);
  }

  /** Modules whose outputs are tuples, and how many elements they have. */
  Map<String, Integer> tuples() {
    return tuples;
  }

  /** The classes of transformers, in the order of the forward pass. */
  Set<String> classes() {
    Set<String> classes = new LinkedHashSet<>();
    modules.values().stream()
        .filter(module -> !isInner(module) && Character.isUpperCase(module.type().charAt(0)))
        .forEach(module -> classes.add(module.type()));
    return classes;
  }

  /** The interface that users open it with. */
  Class<?> descriptor() throws ClassNotFoundException {
    String own = family.getClass().getName();
    Class<?> descriptor = Class.forName(own.substring(0, own.length() - "Family".length()));
    Architecture architecture = descriptor.getAnnotation(Architecture.class);
    if (architecture == null || !architecture.value().equals(family.architecture())) {
      throw new IllegalStateException(descriptor + " is no descriptor of " + family.architecture());
    }
    return descriptor;
  }

  /** The ways in which heads are turned by their positions, and the fixtures that turn them so. */
  Map<String, Set<String>> rotations() {
    Map<String, Set<String>> rotations = new TreeMap<>();
    for (ReferenceModel fixture : fixtures) {
      JsonNode config = fixture.config();
      for (JsonNode text : List.of(config, config.path("text_config"))) {
        for (String key : List.of("rope_scaling", "rope_parameters")) {
          for (String name : List.of("rope_type", "type")) {
            for (JsonNode type : text.path(key).findValues(name)) {
              rotations.computeIfAbsent(type.asText(), any -> new TreeSet<>()).add(fixture.name());
            }
          }
        }
      }
    }
    return rotations;
  }

  /** Whether a block of the compared version of transformers gives a tuple or a tensor. */
  Set<String> blocks() {
    Set<String> kinds = new TreeSet<>();
    for (ReferenceModel fixture : fixtures) {
      fixture
          .cases("modules")
          .map(each -> each.node().path("block"))
          .filter(JsonNode::isTextual)
          .forEach(kind -> kinds.add(kind.asText()));
    }
    return kinds;
  }
}
