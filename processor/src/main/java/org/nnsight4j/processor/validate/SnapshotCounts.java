package org.nnsight4j.processor.validate;

import java.util.Map;
import java.util.Optional;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.snapshot.Snapshot;
import org.nnsight4j.processor.snapshot.Snapshot.Module;

/** Compares how often a layer repeats in descriptor and snapshot. */
final class SnapshotCounts {
  private final Snapshot snapshot;

  SnapshotCounts(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** What is wrong with a count, if anything. */
  Optional<String> compare(ChildDeclaration child, Module module) {
    if (module.count().isEmpty()) {
      return Optional.empty();
    }
    int count = module.count().get();
    Optional<Mark> index = child.index();
    Optional<String> key = index.flatMap(Mark::text);
    Optional<Integer> stated = index.flatMap(mark -> mark.number("count"));
    if (stated.isEmpty()) {
      return Optional.of(
          "%s is there %s times in %s, uncounted here; write %s, in an interface of its own if the method is inherited"
              .formatted(module.path(), count, snapshot.file(), written(count)));
    }
    if (stated.get() != count) {
      return Optional.of(
          "%s is there %s times in %s, %s times here; write count = %s"
              .formatted(module.path(), count, snapshot.file(), stated.get(), count));
    }
    Integer byKey = key.map(snapshot.counts()::get).orElse(null);
    if (byKey == null || byKey != count) {
      return Optional.of(
          "'%s' does not count %s in %s; there is %s"
              .formatted(key.orElse(""), child.path(), snapshot.file(), snapshot.counts()));
    }
    return Optional.empty();
  }

  /** A repeated layer needs a parameter, any other must not have one. */
  String wrongParameter(ChildDeclaration child, Module module) {
    return module.count().isPresent()
        ? "%s is there %s times in %s, once here; give its method a parameter: %s int layer"
            .formatted(
                module.path(), module.count().get(), snapshot.file(), written(module.count().get()))
        : "%s is there once in %s, %s here; its method has no parameter"
            .formatted(
                module.path(),
                snapshot.file(),
                child
                    .index()
                    .flatMap(mark -> mark.number("count"))
                    .map(count -> count + " times")
                    .orElse("repeatedly"));
  }

  private String written(int count) {
    String key =
        snapshot.counts().entrySet().stream()
            .filter(entry -> entry.getValue() == count)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse("key of config.json");
    return "@Index(value = \"%s\", count = %s)".formatted(key, count);
  }
}
