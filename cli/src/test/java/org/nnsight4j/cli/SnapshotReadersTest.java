package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.processor.snapshot.BadSnapshotException;
import org.nnsight4j.processor.snapshot.Snapshot;

/**
 * The processor reads snapshots by itself, because javac must not need our libraries; it and the
 * runtime take the same files for snapshots, and read the same in them.
 */
final class SnapshotReadersTest {
  private static final String SMALL =
      """
      {"format": 2, "architecture": "toy", "complete": true,
       "counts": {"n_layer": 2}, "widths": {"hidden": 4},
       "modules": {
         "": {"class": "Toy"},
         "h.*": {"class": "Block", "count": 2, "input": "hidden", "tuple": ["[batch]"]},
         "h.*.mlp": {"output": "hidden", "shape": "[batch, hidden 4]", "weights": {"w": [4, 4]}}}}
      """;

  @Test
  void bothReadTheSnapshotsOfTheShippedFamilies() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("../model-stubs/src/main/resources"))) {
      List<Path> snapshots =
          files.filter(file -> file.toString().endsWith(".layers.json")).toList();
      assertThat(snapshots.size()).isAtLeast(30);
      for (Path file : snapshots) {
        String text = Files.readString(file);
        assertWithMessage(file.toString()).that(byRuntime(text)).isNotNull();
        assertWithMessage(file.toString()).that(byProcessor(text)).isEqualTo(byRuntime(text));
      }
    }
  }

  @Test
  void bothReadASmallOne() {
    assertThat(byProcessor(SMALL)).isEqualTo(byRuntime(SMALL));
    assertThat(byRuntime(SMALL)).contains("h.* Block hidden null null [[batch]] 2");
  }

  /** What is written in place of something else, and is no snapshot then. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"format\": 2 -> \"format\": 1",
        "\"format\": 2 -> \"format\": 2.0",
        "\"format\": 2 -> \"format\": \"2\"",
        "\"format\": 2, -> ",
        "\"toy\" -> 5",
        "\"toy\" -> null",
        "\"architecture\": \"toy\", -> ",
        "true -> \"true\"",
        "true -> null",
        "true -> 1",
        "\"complete\": true, -> ",
        "\"n_layer\": 2 -> \"n_layer\": 0",
        "\"n_layer\": 2 -> \"n_layer\": 2.0",
        "\"n_layer\": 2 -> \"n_layer\": 2e0",
        "\"n_layer\": 2 -> \"n_layer\": 2147483648",
        "\"n_layer\": 2 -> \"n_layer\": null",
        "\"n_layer\": 2 -> \"n_layer\": 2, \"n_layer\": 2",
        "\"counts\": {\"n_layer\": 2}, -> ",
        "\"widths\": {\"hidden\": 4} -> \"widths\": []",
        "{\"class\": \"Toy\"} -> []",
        "{\"class\": \"Toy\"} -> null",
        "\"Toy\" -> null",
        "\"Toy\" -> 1",
        "\"count\": 2 -> \"count\": null",
        "\"count\": 2 -> \"count\": -1",
        "[\"[batch]\"] -> []",
        "[\"[batch]\"] -> null",
        "[\"[batch]\"] -> [1]",
        "[\"[batch]\"] -> \"[batch]\"",
        "}}} -> }}} x",
        "}}} -> }}",
        "\"Toy\" -> 'Toy'",
        "\"hidden\": 4 -> \"hidden\": NaN",
      })
  void bothRefuseTheSame(String change) {
    String[] parts = change.split(" -> ", -1);
    assertThat(SMALL).contains(parts[0]);
    String text = SMALL.replace(parts[0], parts[1]);
    assertWithMessage("the runtime").that(byRuntime(text)).isNull();
    assertWithMessage("the processor").that(byProcessor(text)).isNull();
  }

  private static @Nullable List<String> byRuntime(String text) {
    try {
      LayerSnapshot found =
          LayerSnapshot.parse(Path.of("toy.layers.json"), text.getBytes(StandardCharsets.UTF_8));
      List<String> lines = new ArrayList<>(head(found.architecture(), found.complete()));
      lines.add(sorted(found.counts()));
      lines.add(sorted(found.widths()));
      found
          .modules()
          .forEach(
              (path, layer) ->
                  lines.add(
                      line(
                          path,
                          layer.type(),
                          layer.input(),
                          layer.output(),
                          layer.shape(),
                          layer.tuple(),
                          layer.count())));
      return lines;
    } catch (CheckpointException e) {
      return null;
    }
  }

  private static @Nullable List<String> byProcessor(String text) {
    try {
      Snapshot found = Snapshot.parse("toy.layers.json", text);
      List<String> lines = new ArrayList<>(head(found.architecture(), found.complete()));
      lines.add(sorted(found.counts()));
      lines.add(sorted(found.widths()));
      found
          .modules()
          .forEach(
              (path, module) ->
                  lines.add(
                      line(
                          path,
                          module.type().orElse(null),
                          module.input().orElse(null),
                          module.output().orElse(null),
                          module.shape().orElse(null),
                          module.tuple().orElse(null),
                          module.count().orElse(null))));
      return lines;
    } catch (BadSnapshotException e) {
      return null;
    }
  }

  private static List<String> head(String architecture, boolean complete) {
    return List.of(architecture, Boolean.toString(complete));
  }

  private static String sorted(Map<String, Integer> numbers) {
    return new TreeMap<>(numbers).toString();
  }

  private static String line(@Nullable Object... parts) {
    List<String> texts = new ArrayList<>();
    for (Object part : parts) {
      texts.add(Optional.ofNullable(part).map(Object::toString).orElse("null"));
    }
    return String.join(" ", texts);
  }
}
