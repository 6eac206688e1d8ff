package org.nnsight4j.models.gpt2.loading;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.hub;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.Output;
import org.nnsight4j.checkpoint.HubModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tokenizer.ChatOptions;
import org.nnsight4j.tokenizer.Message;

/** Models by their names in the cache, and what the template of a chat makes of messages. */
final class HubAndChatTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @TempDir private Path cache;

  private Path snapshot() {
    return cache.resolve("models--org--tiny/snapshots").resolve(COMMIT);
  }

  private HubModel cached(boolean withWeights) throws Exception {
    Files.createDirectories(snapshot());
    Path refs = Files.createDirectories(cache.resolve("models--org--tiny/refs/refs/pr"));
    Files.writeString(refs.resolve("1"), COMMIT);
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      if (withWeights || !file.startsWith("model")) {
        Files.copy(EmbeddedGpt2.directory().resolve(file), snapshot().resolve(file));
      }
    }
    return hub("org/tiny").revision("refs/pr/1").cacheDir(cache).localFilesOnly();
  }

  private static Output answer(LanguageModel<Gpt2> model, Consumer<Generator<Gpt2>> recorded) {
    return model.generate(maxNewTokens(1), recorded);
  }

  @Test
  void opensFromTheCache() throws Exception {
    HubModel name = cached(true);
    assertThat(name.isCached()).isTrue();
    assertThat(name.directory()).isEqualTo(snapshot());
    assertThat(hub("org/tiny").cacheDir(cache).isCached()).isFalse();
    try (LanguageModel<Gpt2> gpt2 = LanguageModel.open(new Gpt2Model(), name)) {
      assertThat(answer(gpt2, g -> g.invoke(EIFFEL).close()).text(0)).isEqualTo(EIFFEL + " Paris");
    }
    assertThat(LanguageModel.open(name).blueprint().architecture()).isEqualTo("gpt2");
  }

  @Test
  void onlyRunsNeedWeights() throws Exception {
    HubModel name = cached(false);
    try (LanguageModel<Gpt2> gpt2 =
        LanguageModel.open(new Gpt2Model(), name, OpenOptions.defaults().strictly())) {
      assertThat(gpt2.tokenizer().encode(EIFFEL)).hasLength(8);
      CheckpointException error =
          assertThrows(
              CheckpointException.class, () -> answer(gpt2, g -> g.invoke(EIFFEL).close()));
      assertThat(error).hasMessageThat().contains("the cache has no model.safetensors");
    }
    CheckpointException absent =
        assertThrows(
            CheckpointException.class,
            () -> LanguageModel.open(hub("org/other").cacheDir(cache).localFilesOnly()));
    assertThat(absent).hasMessageThat().contains("org/other: the cache has no config.json");
    assertThrows(NullPointerException.class, () -> LanguageModel.open((HubModel) null));
  }

  @Test
  void chatsAreWrittenByTheTemplate() throws Exception {
    HubModel name = cached(true);
    Files.writeString(
        snapshot().resolve("chat_template.jinja"),
        "{% for message in messages %}{{ message.content }}{% if not loop.last %} {% endif %}{% endfor %}"
            + "{% if add_generation_prompt %} is in the city of{% endif %}");
    List<Message> question = List.of(Message.system("The"), Message.user("Eiffel Tower"));
    try (LanguageModel<Gpt2> gpt2 = LanguageModel.open(new Gpt2Model(), name)) {
      assertThat(answer(gpt2, g -> g.chat(question).close()).text(0)).isEqualTo(EIFFEL + " Paris");
      List<Message> begun =
          List.of(Message.user("The Eiffel Tower"), Message.assistant("is in the city of"));
      long[] asText;
      try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(1))) {
        generator.chat(begun, invoker -> {});
        generator.run();
        asText = generator.output().ids(0);
      }
      assertThat(asText).isEqualTo(answer(gpt2, g -> g.invoke(EIFFEL).close()).ids(0));
      assertThat(
              answer(gpt2, g -> g.chat(question, ChatOptions.defaults().with("x", 1)).close())
                  .text(0))
          .startsWith("The Eiffel Tower");
      assertThrows(RecordingException.class, () -> answer(gpt2, g -> g.chat(List.of()).close()));
    }
  }

  @Test
  void withoutATemplateTheMessageAsksForText() throws Exception {
    HubModel name = cached(true);
    try (LanguageModel<Gpt2> gpt2 = LanguageModel.open(new Gpt2Model(), name)) {
      RunException error =
          assertThrows(
              RunException.class,
              () -> answer(gpt2, g -> g.chat(List.of(Message.user("Hi"))).close()));
      assertThat(error).hasMessageThat().contains("there is no chat template");
    }
  }
}
