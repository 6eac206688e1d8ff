package org.nnsight4j.models.files;

import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/** A folder of files that other tools wrote, and what these tools compute with them. */
final class FieldFixture {
  static final Path FIXTURES = Path.of("src/test/resources/fixtures");

  /** Relative to the largest number of a tensor. */
  private static final double TOLERANCE = 1e-5;

  private final Path folder;
  private final JsonNode cases;
  private final Map<String, Tensor> expected;

  FieldFixture(String name) {
    folder = FIXTURES.resolve(name);
    expected = Safetensors.read(folder.resolve("expected.safetensors"));
    try {
      cases = new ObjectMapper().readTree(folder.resolve("cases.json").toFile()).get("cases");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder() {
    return folder;
  }

  Tensor tensor(String name) {
    Tensor found = expected.get(name);
    assertWithMessage(name).that(found).isNotNull();
    return found;
  }

  Stream<Case> cases() {
    return StreamSupport.stream(cases.spliterator(), false).map(Case::new);
  }

  /** One case. */
  final class Case {
    private final JsonNode node;

    Case(JsonNode node) {
      this.node = node;
    }

    JsonNode get(String field) {
      return node.get(field);
    }

    String text(String field) {
      return node.get(field).asText();
    }

    /** The file or directory that the case is about. */
    Path path() {
      return folder.resolve(text("folder"));
    }

    long[][] rows(String field) {
      return StreamSupport.stream(node.get(field).spliterator(), false)
          .map(
              row ->
                  StreamSupport.stream(row.spliterator(), false)
                      .mapToLong(JsonNode::asLong)
                      .toArray())
          .toArray(long[][]::new);
    }

    void check(String what, Tensor found) {
      Tensor wanted = tensor(node.get("tensors").get(what).asText());
      assertWithMessage("%s %s: shape", this, what).that(found.shape()).isEqualTo(wanted.shape());
      double scale = 1e-3;
      for (int i = 0; i < wanted.size(); i++) {
        scale = Math.max(scale, Math.abs(wanted.at(i)));
      }
      for (int i = 0; i < wanted.size(); i++) {
        if (!(Math.abs(found.at(i) - wanted.at(i)) <= TOLERANCE * scale)) {
          assertWithMessage("%s %s, element %s of %s", this, what, i, wanted.size())
              .that(found.at(i))
              .isWithin(TOLERANCE * scale)
              .of(wanted.at(i));
        }
      }
    }

    @Override
    public String toString() {
      return node.get("name").asText();
    }
  }
}
