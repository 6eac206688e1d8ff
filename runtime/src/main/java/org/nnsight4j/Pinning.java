package org.nnsight4j;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.internal.checkpoint.WeightMatch;
import org.nnsight4j.internal.pin.DescriptorTree;
import org.nnsight4j.internal.pin.Differences;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;
import org.nnsight4j.internal.pin.WeightTree;

/**
 * Checks pinned descriptors, in one line of a test: {@code Pinning.check(new Gpt2SmallModel());}.
 * javac compares descriptor and snapshot too, but build tools do not recompile when only the
 * snapshot changes.
 */
public final class Pinning {
  private Pinning() {}

  /**
   * Compares a descriptor with its snapshot.
   *
   * @throws CheckpointException listing every difference
   */
  public static void check(Model<?> model) {
    Pin pin = pinOf(model).orElseThrow(() -> notPinned(model));
    refuse(
        Differences.between(
            pin.snapshot(), DescriptorTree.of(pin.descriptor(), pin.snapshot()), pin.name()),
        pin,
        pin.descriptor().getSimpleName(),
        "change the descriptor");
  }

  /**
   * Compares a descriptor with its snapshot, and both with a checkpoint: its config.json and the
   * headers of its weight files.
   *
   * @throws CheckpointException listing every difference
   */
  public static void check(Model<?> model, Path directory) {
    check(model);
    Checkpoint checkpoint = Checkpoint.open(directory);
    Optional<Family> family =
        Families.find(checkpoint.config().modelType(), model.getClass().getClassLoader());
    if (family.isEmpty()) {
      refuse(model, directory, new WeightTree(checkpoint).snapshot());
      return;
    }
    Blueprint blueprint = Families.blueprint(family.get(), checkpoint.config());
    checkOpened(model, directory, blueprint);
    WeightMatch match = WeightMatch.of(blueprint, checkpoint);
    match.requireNothingElse();
  }

  /**
   * The check when a checkpoint opens: a pinned descriptor describes all of it, and what any other
   * descriptor describes is right.
   */
  public static void checkOpened(Model<?> model, Path directory, Blueprint blueprint) {
    LayerSnapshot found = Snapshots.of(blueprint);
    refuse(model, directory, found);
    if (pinOf(model).isEmpty()) {
      descriptorOf(model).ifPresent(descriptor -> refuse(descriptor, directory, found));
    }
  }

  private static void refuse(Class<?> descriptor, Path directory, LayerSnapshot checkpoint) {
    List<String> differences =
        Differences.ofCommonLayers(
            checkpoint, DescriptorTree.of(descriptor, checkpoint), "the checkpoint");
    if (!differences.isEmpty()) {
      throw new CheckpointException(
          "%s does not agree with %s; change the descriptor:\n  %s"
              .formatted(descriptor.getSimpleName(), directory, String.join("\n  ", differences)));
    }
  }

  private static Optional<Class<?>> descriptorOf(Model<?> model) {
    return Arrays.<Class<?>>stream(model.getClass().getInterfaces())
        .filter(type -> type.isAnnotationPresent(Architecture.class))
        .findFirst();
  }

  private static void refuse(Model<?> model, Path directory, LayerSnapshot found) {
    pinOf(model)
        .ifPresent(
            pin ->
                refuse(
                    Differences.between(pin.snapshot(), found, pin.name()),
                    pin,
                    directory.toString(),
                    "open it with a descriptor of its own size"));
  }

  private static void refuse(List<String> differences, Pin pin, String subject, String advice) {
    if (!differences.isEmpty()) {
      throw new CheckpointException(
          "%s does not agree with %s, to which %s is pinned; %s, or write the snapshot anew with 'nnsight4j describe --snapshot':\n  %s"
              .formatted(
                  subject,
                  pin.name(),
                  pin.descriptor().getSimpleName(),
                  advice,
                  String.join("\n  ", differences)));
    }
  }

  private record Pin(Class<?> descriptor, String name, LayerSnapshot snapshot) {}

  private static Optional<Pin> pinOf(Model<?> model) {
    for (Class<?> descriptor : model.getClass().getInterfaces()) {
      @Nullable Pinned pinned = descriptor.getAnnotation(Pinned.class);
      if (pinned != null) {
        return Optional.of(new Pin(descriptor, pinned.value(), read(descriptor, pinned.value())));
      }
    }
    return Optional.empty();
  }

  private static LayerSnapshot read(Class<?> descriptor, String name) {
    try (InputStream file = descriptor.getResourceAsStream(name)) {
      if (file == null) {
        throw new CheckpointException(
            "%s is pinned to %s, which is not beside it on the class path; put it into src/main/resources/%s"
                .formatted(
                    descriptor.getName(), name, descriptor.getPackageName().replace('.', '/')));
      }
      return LayerSnapshot.parse(Path.of(name), file.readAllBytes());
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(name, e), e);
    }
  }

  private static IllegalArgumentException notPinned(Model<?> model) {
    return new IllegalArgumentException(
        "%s implements no descriptor with @Pinned(\"….layers.json\"), so there is nothing to check"
            .formatted(model.getClass().getName()));
  }
}
