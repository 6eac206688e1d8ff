package org.nnsight4j.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.checkpoint.TokenizerFiles;

/**
 * What each token adds to a text, determined as Hugging Face does it for stop strings: by the
 * letters that stand for bytes, or by decoding the token after a word, because tokenizers treat the
 * beginning of a text specially.
 */
final class TokenBytes {
  private static final String WORD = "abcdef";
  private static final Pattern BYTE = Pattern.compile("<0x[0-9a-fA-F]{2}>");
  private static final Map<Character, Byte> LETTERS = letters();

  private final TokenizerFiles files;
  private final HuggingFaceTokenizer tokenizer;
  private final Map<Long, byte[]> known = new ConcurrentHashMap<>();
  private long @Nullable [] word;

  TokenBytes(TokenizerFiles files, HuggingFaceTokenizer tokenizer) {
    this.files = files;
    this.tokenizer = tokenizer;
  }

  /**
   * GPT-2's letters: printable bytes stand for themselves, the others get the characters from 256
   * on.
   */
  private static Map<Character, Byte> letters() {
    Map<Character, Byte> letters = new HashMap<>();
    char next = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
      letters.put(printable ? (char) value : next++, (byte) value);
    }
    return letters;
  }

  byte[] of(long id) {
    return known.computeIfAbsent(id, this::found).clone();
  }

  private byte[] found(long id) {
    String token = files.vocabulary(id).orElse("");
    if (files.texts() == TokenizerFiles.Texts.BYTE_LEVEL && !token.isEmpty()) {
      byte[] bytes = byLetters(token);
      if (bytes != null) {
        return bytes;
      }
    } else if (files.texts() == TokenizerFiles.Texts.BYTE_FALLBACK
        && BYTE.matcher(token).matches()) {
      return new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)};
    }
    return behindAWord(id).getBytes(StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] byLetters(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      Byte value = LETTERS.get(token.charAt(i));
      if (value == null) {
        return null;
      }
      bytes[i] = value;
    }
    return bytes;
  }

  private synchronized String behindAWord(long id) {
    if (word == null) {
      word = tokenizer.encode(WORD, false, false).getIds();
    }
    long[] ids = Arrays.copyOf(word, word.length + 1);
    ids[word.length] = id;
    String text = tokenizer.decode(ids, false);
    int place = text.indexOf(WORD);
    return place < 0
        ? tokenizer.decode(new long[] {id}, false)
        : text.substring(place + WORD.length());
  }
}
