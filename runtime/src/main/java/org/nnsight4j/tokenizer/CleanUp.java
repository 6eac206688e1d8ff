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
}
