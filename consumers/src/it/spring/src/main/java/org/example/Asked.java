package org.example;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts the application, asks it over HTTP as its users and its operator do, and ends it. */
public final class Asked {
  private Asked() {}

  public static void main(String[] arguments) throws Exception {
    float[] weights = new float[128];
    weights[3] = 1;
    Safetensors.write(
        Path.of(arguments[0], "waves.safetensors"),
        Map.of("weight", Tensor.of(weights, 1, 128)),
        Map.of());
    try (ConfigurableApplicationContext context = SpringApplication.run(Application.class)) {
      int port = ((WebServerApplicationContext) context).getWebServer().getPort();
      String question = "The Eiffel Tower is in the city of";
      for (String path :
          new String[] {
            "/answer?question=" + URLEncoder.encode(question, StandardCharsets.UTF_8),
            "/actuator/health",
            "/actuator/metrics/nnsight4j.chat.tokens?tag=type:output",
            "/actuator/metrics/nnsight4j.pass",
            "/actuator/metrics/nnsight4j.probe.score?tag=probe:waves&tag=of:last",
            "/actuator/metrics/nnsight4j.model.parameters"
          }) {
        HttpResponse<String> answer =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                    BodyHandlers.ofString());
        System.out.println(
            "said " + path.replaceFirst("\\?.*", "") + ": " + answer.statusCode() + " " + answer.body());
      }
    }
    try {
      SpringApplication.run(Application.class, "--nnsight4j.model=nowhere");
    } catch (RuntimeException e) {
      System.out.println("ended: " + e.getClass().getSimpleName());
    }
  }
}
