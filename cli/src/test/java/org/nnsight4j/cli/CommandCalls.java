package org.nnsight4j.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Many commands in one process with an environment: starting it takes longer than they do. */
final class CommandCalls {
  private CommandCalls() {}

  /** Reads the words of a command from each line, by tabs; answers with its code and its texts. */
  public static void main(String[] none) throws IOException {
    BufferedReader calls =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String call = calls.readLine(); call != null; call = calls.readLine()) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      String[] words = call.split("\t");
      int exit =
          Main.command(words)
              .setOut(new PrintWriter(out, true))
              .setErr(new PrintWriter(err, true))
              .execute(words);
      System.out.println(exit + " " + encoded(out) + " " + encoded(err));
    }
  }

  private static String encoded(StringWriter text) {
    return Base64.getEncoder().encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
