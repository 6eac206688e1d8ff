package org.nnsight4j.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The Python side: one process, which imports and loads once, and waits between its rows. */
final class Python implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  /**
   * What a row gave.
   *
   * @param seconds of each run
   * @param gave something that both sides have computed
   */
  record Answer(List<Double> seconds, JsonNode gave) {}

  Python(String python, Path scripts, Path models, int threads) throws IOException {
    this.process =
        new ProcessBuilder(
                python,
                "-W",
                "ignore",
                scripts.resolve("benchmark_rows.py").toString(),
                models.toString(),
                String.valueOf(threads))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    this.requests =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private JsonNode ask(String row, double seconds, int most) throws IOException {
    requests.write(
        JSON.writeValueAsString(
            JSON.createObjectNode().put("row", row).put("seconds", seconds).put("most", most)));
    requests.newLine();
    requests.flush();
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      // Libraries print what they like.
      if (line.startsWith("{")) {
        return JSON.readTree(line);
      }
    }
    throw new IOException("Python ended in the row " + row + "; run benchmark_rows.py by hand");
  }

  /** The versions of what is measured. */
  JsonNode versions() throws IOException {
    return ask("versions", 0, 0);
  }

  /** Runs a row for some time. */
  Answer measure(String row, double seconds, int most) throws IOException {
    JsonNode answer = ask(row, seconds, most);
    List<Double> samples = new ArrayList<>();
    answer
        .get("samples")
        .forEach(sample -> samples.add(sample.asDouble() * answer.get("times").asDouble()));
    return new Answer(samples, answer.get("gave"));
  }

  @Override
  public void close() throws IOException {
    requests.close();
    process.destroy();
  }
}
