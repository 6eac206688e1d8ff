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
 * A Hugging Face {@code tokenizer.json}, read as {@code AutoTokenizer} does, together with the
 * files next to it. Texts of any length are encoded whole: DJL's default limit of 512 tokens is
 * off. Thread-safe.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final TokenizerFiles files;
  private final TokenBytes bytes;
  private final ChatTemplate chats;

  /**
   * Uses share the lock and closing waits for them, because using a closed native handle crashes
   * the JVM.
   */
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
   *     they are next to it
   * @throws CheckpointException if the file is not a tokenizer, or if the files next to it ask for
   *     something that is not implemented
   */
  public static Tokenizer open(Path file) {
    // Unless told not to, DJL asks a cloud service where it runs each time a tokenizer opens.
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
   * @throws RunException if the text contains an unpaired surrogate
   */
  public long[] encode(String text) {
    return encode(text, true);
  }

  /**
   * Token ids with or without the special tokens that the tokenizer adds by itself, such as one at
   * the beginning ({@code add_special_tokens}). Special tokens that are written out in the text
   * always become tokens.
   *
   * @throws RunException if the text contains an unpaired surrogate
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
   * special tokens between and around them, and with the text that each token belongs to.
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
   * The id of a text that is exactly one token, without special tokens; this tells {@code " Paris"}
   * from {@code "Paris"}.
   *
   * @throws RunException if the text is not one token
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

  /** Special tokens by name, such as {@code bos_token}; a name without a token is absent. */
  public Map<String, String> specialTokens() {
    return files.specialTokens();
  }

  /** Whether the checkpoint has a chat template, so that {@link #chat} works. */
  public boolean hasChatTemplate() {
    return !files.chatTemplates().isEmpty();
  }

  /**
   * A chat as the text that the model was trained on ({@code apply_chat_template} with {@code
   * tokenize=False}). The text contains its special tokens, so encode it without adding others.
   *
   * @throws RunException if the checkpoint has no template, or the template rejects the messages
   */
  public String applyChatTemplate(List<Message> messages, ChatOptions options) {
    return chats.render(messages, options);
  }

  /**
   * The token ids of a chat: those of {@link #applyChatTemplate}, with no special tokens added.
   *
   * @throws RunException if the checkpoint has no template, or the template rejects the messages
   */
  public long[] chat(List<Message> messages, ChatOptions options) {
    return encode(applyChatTemplate(messages, options), false);
  }

  /** Turns tokens into text as they come, without splitting characters. */
  public TextStream stream() {
    return new TextStream(this);
  }

  /**
   * The text of token ids; special tokens are left out.
   *
   * @throws RunException if neither tokenizer nor model has an id
   */
  public String decode(long[] ids) {
    String text = text(ids, true);
    return files.cleansUp() ? CleanUp.of(text) : text;
  }

  /** The text of token ids, without an ending that the next token may change. */
  String settled(long[] ids) {
    String text = text(ids, true);
    return files.cleansUp() ? CleanUp.of(CleanUp.settled(text)) : text;
  }

  /**
   * The text of one token, special tokens included; empty if the model has the id but the tokenizer
   * does not.
   *
   * @throws RunException if neither tokenizer nor model has the id
   */
  public String token(long id) {
    return text(new long[] {id}, false);
  }

  /**
   * What one token adds to a text, in UTF-8: a token may be a part of a character.
   *
   * @throws RunException if neither tokenizer nor model has the id
   */
  public byte[] bytes(long id) {
    checkIds(id);
    return use(() -> bytes.of(id));
  }

  private String text(long[] ids, boolean skipSpecial) {
    checkIds(ids);
    return use(() -> tokenizer.decode(ids, skipSpecial));
  }

  /** The native tokenizer would cut an id to 32 bits, and return nothing for an unknown one. */
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
