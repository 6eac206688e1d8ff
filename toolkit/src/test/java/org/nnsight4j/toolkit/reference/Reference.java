package org.nnsight4j.toolkit.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;

/** What Python computes ({@code tools/reference/toolkit_fixtures.py}), and small models. */
public final class Reference {
  private static final Path FIXTURES = Path.of("../model-stubs/src/test/resources/fixtures");
  private static final JsonNode JSON = read("/analyses.json");
  private static final JsonNode CIRCUITS = read("/circuits.json");
  private static final JsonNode LENSES = read("/lenses.json");

  /** One model of each family, and each way in which the halves of a block add up. */
  public static final List<String> FAMILIES =
      List.of(
          "two-heads",
          "llama/usual",
          "gpt_neox/parallel",
          "gemma2/caps",
          "bloom/untied",
          "falcon",
          "gemma",
          "gemma3",
          "gpt_neo/window",
          "gpt_oss",
          "gptj",
          "mistral",
          "mixtral",
          "olmo",
          "olmo2",
          "olmo3",
          "opt/before",
          "phi",
          "phi3",
          "qwen2",
          "qwen3",
          "qwen3_moe",
          "smollm3");

  private Reference() {}

  private static JsonNode read(String name) {
    try (InputStream in = Reference.class.getResourceAsStream(name)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@code tools/reference/circuit_fixtures.py} computes. */
  public static JsonNode circuits() {
    return CIRCUITS;
  }

  public static JsonNode json() {
    return JSON;
  }

  /** What {@code lens_fixtures.py} computes. */
  public static JsonNode lenses() {
    return LENSES;
  }

  /** The texts of its trainings. */
  public static List<long[]> texts() {
    return StreamSupport.stream(LENSES.get("texts").spliterator(), false)
        .map(Reference::ids)
        .toList();
  }

  /** The models with numbers of Python's. */
  public static Stream<String> models() {
    return JSON.get("models").properties().stream().map(entry -> entry.getKey());
  }

  public static JsonNode of(String model, String analysis) {
    return JSON.get("models").get(model).get(analysis);
  }

  public static Path folder(String name) {
    Path folder = FIXTURES.resolve(name);
    if (Files.exists(folder.resolve("config.json"))) {
      return folder;
    }
    try (Stream<Path> folders = Files.list(folder)) {
      return folders.sorted().findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static LanguageModel<AnyModel> open(String name) {
    return LanguageModel.open(folder(name));
  }

  public static long[] ids(String field) {
    return ids(JSON.get(field));
  }

  public static long[] ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  public static double[] numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  public static double[][] matrix(JsonNode rows) {
    return StreamSupport.stream(rows.spliterator(), false)
        .map(Reference::numbers)
        .toArray(double[][]::new);
  }
}
