package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.circuit.Circuit;

/** The commands of the toolkit's analyses, on the embedded GPT-2. */
final class AnalysesTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @TempDir private Path folder;

  @Test
  void attentionAndHeads() throws Exception {
    assertThat(json("attention", "--layers", "0,-1", EIFFEL).get("layers")).hasSize(2);
    assertThat(run("attention", "--layers", "0", EIFFEL)).contains("0.3");
    assertThat(json("heads", "--distances", "5,8", "--seed", "3").get("induction")).hasSize(4);
    assertThat(run("heads")).contains("previous token 0");
  }

  @Test
  void directLogitAttribution() throws Exception {
    JsonNode json = json("dla", "--answer", " Paris", "--against", " Rome", EIFFEL);
    assertThat(json.get("sum").asDouble()).isWithin(1e-3).of(json.get("logit").asDouble());
    assertThat(run("dla", "--answer", "#5", "--position", "2", EIFFEL)).contains("all = the logit");
  }

  @Test
  void patching() throws Exception {
    String other = "The Eiffel Tower is in the capital of";
    JsonNode json = json("patch", "--corrupted", other, "--answer", " Paris", EIFFEL);
    assertThat(json.get("effects")).hasSize(32);
    assertThat(
            run(
                "patch",
                "--site",
                "z",
                "--noise",
                "--corrupted",
                other,
                "--answer",
                " Paris",
                "--against",
                " Rome",
                EIFFEL))
        .contains("head 3");
  }

  @Test
  void attributionPatching() throws Exception {
    String other = "The Eiffel Tower is in the capital of";
    String[] line = {
      "attribution-patch", "--site", "mlp_out", "--corrupted", other, "--answer", " Paris", EIFFEL
    };
    assertThat(json(line).get("changes")).hasSize(4);
    assertThat(run(line)).contains("h.3");
    line[1] = "--site=z";
    line[2] = "--noise";
    assertThat(json(line).get("noise").asBoolean()).isTrue();
  }

  @Test
  void circuits() throws Exception {
    Path mib = folder.resolve("mib.json");
    Path graph = folder.resolve("graph.json");
    Path page = folder.resolve("page.html");
    String[] line = {
      "circuit",
      "--corrupted",
      "The Eiffel Tower is in the capital of",
      "--answer",
      " Paris",
      "--against",
      " Rome",
      "--steps",
      "0",
      "--top",
      "12",
      "--out",
      mib.toString(),
      "--neuronpedia",
      graph.toString(),
      EIFFEL
    };
    JsonNode json = json(line);
    Circuit circuit = Circuit.read(mib);
    assertThat(json.get("edges")).hasSize(circuit.edges().size());
    assertThat(circuit.included().size()).isAtMost(12);
    assertThat(circuit.included()).isNotEmpty();
    assertThat(new ObjectMapper().readTree(graph.toFile()).get("links"))
        .hasSize(circuit.included().size());
    assertThat(run(line)).contains("->");
    line[8] = "2";
    line[9] = "--every-position";
    line[10] = "--html=" + page;
    assertThat(run(line)).contains("page.html written");
    assertThat(Files.readString(page)).contains("Circuit of the largest edges");
  }

  @Test
  void causalTracingAndKnockout() throws Exception {
    JsonNode traced =
        json(
            "causal-trace",
            "--answer",
            " Paris",
            "--subject",
            "1,2",
            "--samples",
            "2",
            "--seed",
            "3",
            "--restore",
            "MLP",
            "--window",
            "2",
            "--level",
            "2.5",
            EIFFEL);
    assertThat(traced.get("clean").asDouble()).isGreaterThan(traced.get("corrupted").asDouble());
    JsonNode knocked =
        json("knockout", "--answer", " Paris", "--keys", "1,2", "--window", "2", EIFFEL);
    assertThat(knocked.get("probabilities")).hasSize(4);
    assertThat(run("knockout", "--answer", " Paris", "--keys", "1", "--queries=-2,-1", EIFFEL))
        .contains("from [_city, _of] to [_Eiffel], window 1");
  }

  @Test
  void patchscopes() throws Exception {
    String[] line = {
      "patchscope",
      "--target",
      "The Colosseum is in the city of",
      "--max-new-tokens",
      "1",
      "--target-layer=-1",
      EIFFEL
    };
    assertThat(json(line).get("texts").get(3).asText()).isEqualTo(" Paris");
    assertThat(run(line)).contains("the target goes on");
  }

  @Test
  void steering() throws Exception {
    Path rome = texts("The Colosseum is in the city of", "The capital of Italy is");
    Path paris = texts(EIFFEL, "The capital of France is");
    Path file = folder.resolve("rome.gguf");
    String[] line = {
      "steer",
      "--positive",
      rome.toString(),
      "--negative",
      paris.toString(),
      "--layers",
      "2",
      "--strengths",
      "0,1",
      "--answer",
      " Rome",
      "--against",
      " Paris",
      "--out",
      file.toString(),
      EIFFEL
    };
    JsonNode values = json(line).get("values").get(0);
    assertThat(values.get(0).asDouble()).isLessThan(0);
    assertThat(values.get(1).asDouble()).isGreaterThan(0);
    assertThat(ControlVector.read(file).directions()).hasSize(1);
    line[0] = "steer";
    assertThat(run(List.of(line).toArray(String[]::new))).contains("Dose and response");
    assertThat(
            run(
                "steer",
                "--method",
                "pca",
                "--positive",
                rome.toString(),
                "--negative",
                paris.toString(),
                "--answer",
                " Rome",
                EIFFEL))
        .contains("logit of _Rome");
  }

  @Test
  void probesReadStandardInput() throws Exception {
    Path paris = texts("Paris a", "Paris b", "Paris c", "Paris d");
    InputStream before = System.in;
    try {
      System.setIn(
          new ByteArrayInputStream(
              "Rome a\nRome b\n\nRome c\nRome d\n".getBytes(StandardCharsets.UTF_8)));
      JsonNode json =
          json(
              "probe",
              "--positive",
              "-",
              "--negative",
              paris.toString(),
              "--folds",
              "2",
              "--layers",
              "1",
              "--positions",
              "0,-1",
              "--seed",
              "4");
      assertThat(json.get("texts").asInt()).isEqualTo(8);
      assertThat(json.get("probes").get(0).get("auroc").asDouble()).isEqualTo(1);
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void autoencoders() throws Exception {
    Path file = folder.resolve("sae.safetensors");
    float[] identity = new float[128 * 128];
    for (int i = 0; i < 128; i++) {
      identity[i * 129] = 1;
    }
    Safetensors.write(
        file,
        Map.of(
            "W_enc", Tensor.of(identity, 128, 128),
            "b_enc", Tensor.of(new float[128], 128),
            "W_dec", Tensor.of(identity, 128, 128),
            "b_dec", Tensor.of(new float[128], 128)),
        Map.of());
    String[] line = {
      "sae", "--sae", file.toString(), "--hook", "blocks.2.hook_resid_post", "--top", "3", EIFFEL
    };
    JsonNode json = json(line);
    assertThat(json.get("top").get(0)).hasSize(3);
    assertThat(run(line)).contains("Features at blocks.2.hook_resid_post");
    String strongest = json.get("top").get(7).get(0).get("feature").asText();
    assertThat(
            json(
                    "sae",
                    "--sae",
                    file.toString(),
                    "--hook",
                    "blocks.2.hook_resid_post",
                    "--ablate",
                    strongest,
                    "--answer",
                    " Paris",
                    EIFFEL)
                .get("together")
                .asDouble())
        .isNotEqualTo(0.0);
  }

  @Test
  void picturesAreFiles() throws Exception {
    Path html = folder.resolve("a.html");
    Path svg = folder.resolve("a.svg");
    assertThat(run("attention", "--html", html.toString(), EIFFEL)).contains("a.html written");
    assertThat(run("heads", "--svg", svg.toString())).contains("a.svg written");
    assertThat(Files.readString(html)).startsWith("<!doctype html>");
    assertThat(Files.readString(svg)).startsWith("<svg ");
  }

  private Path texts(String... lines) throws Exception {
    return Files.write(Files.createTempFile(folder, "texts", ".txt"), List.of(lines));
  }

  private static JsonNode json(String... line) throws Exception {
    String[] longer = new String[line.length + 1];
    longer[0] = line[0];
    longer[1] = "--json";
    System.arraycopy(line, 1, longer, 2, line.length - 1);
    return new ObjectMapper().readTree(run(longer));
  }

  private static String run(String... line) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.command(line)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(line);
    assertWithMessage(err.toString()).that(code).isEqualTo(0);
    return out.toString();
  }
}
