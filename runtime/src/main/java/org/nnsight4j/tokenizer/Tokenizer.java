package org.nnsight4j.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.checkpoint.TokenizerFiles;
import org.nnsight4j.internal.spelling.HalfCharacters;

/**
 * A Hugging Face {@code tokenizer.json}, read as {@code AutoTokenizer} reads it together with the
 * files beside it. Texts of any length are read whole: DJL's default of 512 tokens is off.
 * Thread-safe.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final TokenizerFiles files;
  private final TokenBytes bytes;
  private final ChatTemplate chats;

  /** Reading is shared; closing waits, because a closed native handle ends the JVM. */
  private final ReadWriteLock using = new ReentrantReadWriteLock();

  private boolean closed;

  private Tokenizer(HuggingFaceTokenizer tokenizer, TokenizerFiles files, Path file) {
    this.tokenizer = tokenizer;
    this.files = files;
    this.chats = new ChatTemplate(files, String.valueOf(file.toAbsolutePath().getParent()));
    this.bytes = new TokenBytes(files, tokenizer);
  }

  /**
   * Opens a tokenizer.
   *
   * @param file a {@code tokenizer.json}; {@code tokenizer_config.json}, {@code
   *     special_tokens_map.json}, {@code added_tokens.json} and {@code config.json} are read if
   *     they are beside it
   * @throws CheckpointException if the file cannot be read as one, or if the files beside it say
   *     something that is not implemented
   */
  public static Tokenizer open(Path file) {
    // DJL asks a cloud service where it runs each time a tokenizer opens, unless told not to.
    System.setProperty("OPT_OUT_TRACKING", System.getProperty("OPT_OUT_TRACKING", "true"));
    System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
    TokenizerFiles files = TokenizerFiles.read(file);
    Map<String, String> options = Map.of("truncation", "false", "padding", "false");
    Optional<String> rewritten = files.rewritten();
    try {
      return new Tokenizer(
          rewritten.isPresent()
              ? HuggingFaceTokenizer.newInstance(
                  new ByteArrayInputStream(rewritten.get().getBytes(StandardCharsets.UTF_8)),
                  options)
              : HuggingFaceTokenizer.newInstance(file, options),
          files,
          file);
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException(
          "%s cannot be read as a Hugging Face tokenizer: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Token ids, with the special tokens that the tokenizer adds by itself.
   *
   * @throws RunException if the text has half of a surrogate pair
   */
  public long[] encode(String text) {
    return encode(text, true);
  }

  /**
   * Token ids with or without the special tokens that the tokenizer adds by itself, such as one at
   * the beginning ({@code add_special_tokens}). Those that are written in the text are tokens in
   * any case.
   *
   * @throws RunException if the text has half of a surrogate pair
   */
  public long[] encode(String text, boolean addSpecialTokens) {
    HalfCharacters.in(text)
        .ifPresent(
            half -> {
              throw new RunException("the text cannot be encoded: " + half);
            });
    return use(() -> tokenizer.encode(text, addSpecialTokens, false).getIds());
  }

  /**
   * The token ids of a pair of texts, as {@code tokenizer(text, text_pair)} gives them: with the
   * special tokens between and around, and which text each token is of.
   *
   * @throws RunException if a text has half of a surrogate pair
   */
  public TypedIds encode(TextPair pair) {
    for (String text : List.of(pair.text(), pair.pair())) {
      HalfCharacters.in(text)
          .ifPresent(
              half -> {
                throw new RunException("the text cannot be encoded: " + half);
              });
    }
    Encoding encoding = use(() -> tokenizer.encode(pair.text(), pair.pair(), true, false));
    return new TypedIds(encoding.getIds(), encoding.getTypeIds());
  }

  /**
   * The id of a text that is one token, without special tokens around; to be exact about {@code "
   * Paris"} and {@code "Paris"}.
   *
   * @throws RunException if it is none or several
   */
  public long singleToken(String text) {
    long[] ids = encode(text, false);
    if (ids.length != 1) {
      String tokens =
          Arrays.stream(ids)
              .mapToObj(id -> "'%s' (%s)".formatted(token(id), id))
              .collect(Collectors.joining(", "));
      throw new RunException(
          "'%s' is %s tokens and not one: %s%s"
              .formatted(
                  text,
                  ids.length,
                  tokens,
                  text.startsWith(" ") ? "" : "; most words are one token only behind a space"));
    }
    return ids[0];
  }

  /** Special tokens by their names, such as {@code bos_token}; a name without a token is absent. */
  public Map<String, String> specialTokens() {
    return files.specialTokens();
  }

  /** Whether the checkpoint says how a chat is written, so that {@link #chat} works. */
  public boolean hasChatTemplate() {
    return !files.chatTemplates().isEmpty();
  }

  /**
   * A chat as the text that the model was trained on ({@code apply_chat_template} with {@code
   * tokenize=False}). Special tokens are written in it, so it is to be encoded without others.
   *
   * @throws RunException if the checkpoint has no template, or the template refuses the messages
   */
  public String applyChatTemplate(List<Message> messages, ChatOptions options) {
    return chats.render(messages, options);
  }

  /**
   * The token ids of a chat: those of {@link #applyChatTemplate}, with no special tokens added.
   *
   * @throws RunException if the checkpoint has no template, or the template refuses the messages
   */
  public long[] chat(List<Message> messages, ChatOptions options) {
    return encode(applyChatTemplate(messages, options), false);
  }

  /** Text from tokens as they come, in which no character is torn apart. */
  public TextStream stream() {
    return new TextStream(this);
  }

  /**
   * The text of token ids; special tokens are left out.
   *
   * @throws RunException if an id is none of the tokenizer's or the model's
   */
  public String decode(long[] ids) {
    String text = text(ids, true);
    return files.cleansUp() ? CleanUp.of(text) : text;
  }

  /** The text of token ids, without an end that the next token may change. */
  String settled(long[] ids) {
    String text = text(ids, true);
    return files.cleansUp() ? CleanUp.of(CleanUp.settled(text)) : text;
  }

  /**
   * The text of one token, special tokens included; empty if the model has the id and the tokenizer
   * has not.
   *
   * @throws RunException if the id is none of the tokenizer's or the model's
   */
  public String token(long id) {
    return text(new long[] {id}, false);
  }

  /**
   * What one token adds to a text, in UTF-8: a token may be a part of a character.
   *
   * @throws RunException if the id is none of the tokenizer's or the model's
   */
  public byte[] bytes(long id) {
    checkIds(id);
    return use(() -> bytes.of(id));
  }

  private String text(long[] ids, boolean skipSpecial) {
    checkIds(ids);
    return use(() -> tokenizer.decode(ids, skipSpecial));
  }

  /** The engine would cut an id to 32 bits, and give nothing for one that it does not know. */
  private void checkIds(long... ids) {
    for (long id : ids) {
      if (id < 0 || id >= files.size()) {
        throw new RunException(
            "%s is no token id; there are 0 to %s".formatted(id, files.size() - 1));
      }
    }
  }

  private <T> T use(Supplier<T> call) {
    using.readLock().lock();
    try {
      if (closed) {
        throw new RunException(
            "the tokenizer was closed together with its model; open the model again, or take texts before closing it");
      }
      return call.get();
    } finally {
      using.readLock().unlock();
    }
  }

  @Override
  public void close() {
    using.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        tokenizer.close();
      }
    } finally {
      using.writeLock().unlock();
    }
  }
}
