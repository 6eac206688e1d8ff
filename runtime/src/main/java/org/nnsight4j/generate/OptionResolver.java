package org.nnsight4j.generate;

import java.util.List;
import java.util.OptionalLong;
import org.nnsight4j.checkpoint.JsonFile;

/** Decides every option: the user's value, else the file's, else the default. */
final class OptionResolver {
  private final GenerateOptions user;
  private final JsonFile file;
  private final int vocabularySize;

  OptionResolver(GenerateOptions user, JsonFile file, int vocabularySize) {
    this.user = user;
    this.file = file;
    this.vocabularySize = vocabularySize;
  }

  ResolvedOptions resolve() {
    throw new UnsupportedOperationException("" + user + file + vocabularySize);
  }

  static List<Long> none(OptionalLong unused) {
    return List.of(unused.orElse(0));
  }
}
