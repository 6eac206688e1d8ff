package org.nnsight4j.models.memory;

import java.io.IOException;
import java.nio.file.Path;

/** Writes a checkpoint of a published size, to be tried with {@link MemoryProbe} or the command. */
public final class WriteShape {
  private WriteShape() {}

  /** Arguments: {@code OF_1B} or {@code OF_8B}, and a directory that is not there yet. */
  public static void main(String[] arguments) throws IOException {
    System.out.println(LlamaShape.valueOf(arguments[0]).write(Path.of(arguments[1])));
  }
}
