package org.nnsight4j.tokenizer;

/** Hugging Face's {@code clean_up_tokenization}, for tokenizers that split off punctuation. */
final class CleanUp {
  private static final String[][] REPLACED = {
    {" .", "."},
    {" ?", "?"},
    {" !", "!"},
    {" ,", ","},
    {" ' ", "'"},
    {" n't", "n't"},
    {" 'm", "'m"},
    {" 's", "'s"},
    {" 've", "'ve"},
    {" 're", "'re"}
  };

  private CleanUp() {}

  static String of(String text) {
    String clean = text;
    for (String[] each : REPLACED) {
      clean = clean.replace(each[0], each[1]);
    }
    return clean;
  }

  /** The text without an end that could be the beginning of something that is replaced. */
  static String settled(String text) {
    for (int start = Math.max(0, text.length() - 3); start < text.length(); start++) {
      String end = text.substring(start);
      for (String[] each : REPLACED) {
        if (each[0].startsWith(end) && !each[0].equals(end)) {
          // What comes before it may be such a beginning, too.
          return settled(text.substring(0, start));
        }
      }
    }
    return text;
  }
}
