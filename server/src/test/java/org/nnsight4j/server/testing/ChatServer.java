package org.nnsight4j.server.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;

/** A server with the embedded model as {@code chat}, which has a template for chats there. */
public final class ChatServer {
  /** Where a chat becomes a text that this small model has seen the like of. */
  private static final String TEMPLATE =
      "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
          + "{% if add_generation_prompt %}assistant:{% endif %}";

  private ChatServer() {}

  /** Starts it, with workers in this process. */
  public static TestServer start(Path data) throws Exception {
    Path directory = directory(data.resolve("checkpoint"));
    List<ModelSpec> models =
        List.of(new ModelSpec("chat", GraphKind.NAME, directory.toString(), 1));
    return TestServer.start(
        data,
        options ->
            ServerOptions.local(data, models)
                .withListen(TestServer.ANY_PORT)
                .withInProcess(true)
                .withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000)));
  }

  /** Copies the embedded model and gives it the template. */
  public static Path directory(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(EmbeddedGpt2.directory())) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName().toString()));
      }
    }
    ObjectMapper mapper = new ObjectMapper();
    Path config = directory.resolve("tokenizer_config.json");
    ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
    json.put("chat_template", TEMPLATE);
    mapper.writeValue(config.toFile(), json);
    return directory;
  }
}
