package org.nnsight4j.internal.pin;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Axis;

class DifferencesTest {
  private static final String SNAPSHOT =
      """
      {
        "format": 2,
        "architecture": "toy",
        "complete": true,
        "counts": {"n_layer": 2},
        "widths": {"hidden": 8, "inner": 32},
        "modules": {
          "": {"class": "Toy", "output": "hidden"},
          "h.*": {"class": "Block", "count": 2, "input": "hidden", "output": "hidden"},
          "h.*.ln_1": {"input": "hidden", "output": "hidden", "weights": {"weight": [8]}},
          "h.*.act": {"output": "inner"},
          "h.*.mlp.fc": {"input": "hidden", "output": "inner", "weights": {"weight": [32, 8]}}
        }
      }
      """;

  interface Base extends Layer<Base.Hidden> {
    Block h(@Index("n_layer") int layer);

    interface Block extends TupleLayer<Hidden> {
      @At("ln_1")
      Transform<Hidden, Hidden> ln1();

      @At("mlp.fc")
      Transform<Hidden, Inner> fc();

      Site<Inner> act();
    }

    interface Hidden extends Axis {}

    interface Inner extends Axis {}
  }

  @Architecture("toy")
  interface Fits extends Base {
    @Override
    Special h(@Index(value = "n_layer", count = 2) int layer);

    interface Special extends Block {}
  }

  @Architecture("toy")
  interface Wrong extends Layer<Axis> {
    Block h(@Index(value = "n_layer", count = 3) int layer);

    Layer<Axis> other();

    interface Block extends TupleLayer<Inner> {
      @At("ln_11")
      Transform<Hidden, Hidden> ln1();
    }

    interface Hidden extends Axis {}

    interface Inner extends Axis {}
  }

  private static List<String> differences(String snapshot, Class<?> descriptor) {
    LayerSnapshot pinned = parse(snapshot);
    return Differences.between(pinned, DescriptorTree.of(descriptor, pinned), "toy.layers.json");
  }

  private static LayerSnapshot parse(String json) {
    return LayerSnapshot.parse(Path.of("toy.layers.json"), json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aDescriptorThatFitsHasNone() {
    assertThat(differences(SNAPSHOT, Fits.class)).isEmpty();
  }

  @Test
  void everyDifferenceIsReported() {
    assertThat(differences(SNAPSHOT, Wrong.class))
        .containsExactly(
            "[LayerCount] h.* is there 2 times in toy.layers.json, 3 times here",
            "[LayerWidth] h.* takes hidden (8) in toy.layers.json, inner (32) here, and gives hidden"
                + " (8) in toy.layers.json, inner (32) here",
            "[UnknownLayer] h.* has 'ln_11' here, but not in toy.layers.json; did you mean 'ln_1'?",
            "[MissingLayer] h.* has act, fc in toy.layers.json, but not here",
            "[UnknownLayer] toy has 'other' here, but not in toy.layers.json");
  }

  @Test
  void aSnapshotOfWeightsDoesNotKnowLayersWithoutWeights() {
    String weights =
        SNAPSHOT
            .replace("\"complete\": true", "\"complete\": false")
            .replaceFirst("\"h\\.\\*\\.act\".*\n", "");
    assertThat(differences(weights, Fits.class)).isEmpty();
  }

  @Test
  void readsWhatItWrites() {
    LayerSnapshot snapshot = parse(SNAPSHOT);
    assertThat(parse(snapshot.toJson())).isEqualTo(snapshot);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ | expected a JSON object, found text that is not JSON",
        "{} | expected a snapshot of \"format\": 2, found nothing",
        "{'format': 3} | expected a snapshot of \"format\": 2, found 3",
        "{'format': 1} | format 1 knows no tuples; let 'nnsight4j describe --snapshot' write it anew",
        "{'format': 2, 'modules': {'a': {'tuple': []}}} | expected an array of strings as \"tuple\"",
        "{'format': 2, 'modules': {'a': {'tuple': [1]}}} | expected an array of strings as",
        "{'format': 2} | expected an object as \"modules\"",
        "{'format': 2, 'modules': {'a': 1}} | expected an object as module \"a\", found 1",
        "{'format': 2, 'modules': {'a': {'count': 0}}} | expected an integer above 0",
        "{'format': 2, 'modules': {'a': {'class': 5}}} | expected a string as \"class\", found 5",
      },
      quoteCharacter = '`')
  void refusesOtherThanSnapshots(String json, String message) {
    CheckpointException refused =
        assertThrows(CheckpointException.class, () -> parse(json.replace('\'', '"')));
    assertThat(refused).hasMessageThat().startsWith("toy.layers.json: " + message);
  }
}
