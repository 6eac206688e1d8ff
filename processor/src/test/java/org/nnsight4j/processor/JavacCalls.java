package org.nnsight4j.processor;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.spi.ToolProvider;

/** Many calls of one JDK's javac in one process: starting it takes longer than they do. */
final class JavacCalls {
  private JavacCalls() {}

  /** Reads the arguments of a call from each line, by tabs; answers with its code and its text. */
  public static void main(String[] none) throws IOException {
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    BufferedReader calls =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String call = calls.readLine(); call != null; call = calls.readLine()) {
      StringWriter text = new StringWriter();
      PrintWriter writer = new PrintWriter(text);
      int exit = javac.run(writer, writer, call.split("\t"));
      System.out.println(
          exit
              + " "
              + Base64.getEncoder()
                  .encodeToString(text.toString().getBytes(StandardCharsets.UTF_8)));
    }
  }
}
