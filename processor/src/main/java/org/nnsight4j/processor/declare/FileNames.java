package org.nnsight4j.processor.declare;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Class names become file names, whose length is limited. */
public final class FileNames {
  /** The limit of most file systems, in bytes. */
  public static final int LONGEST = 255;

  private static final String NODE = "Node";
  private static final String REST = "$" + NODE + "999.class";

  private FileNames() {}

  /** The bytes of the file name of a class. */
  public static int length(String className) {
    return bytes(className + ".class");
  }

  /** {@code BlockNode} for {@code Block}, or for a part of a name that is too long. */
  static String node(LayerDeclaration layer, ArchitectureDeclaration descriptor) {
    int room = LONGEST - bytes(descriptor.generatedName() + REST);
    String name = layer.name();
    while (bytes(name) > room && !name.isEmpty()) {
      name = name.substring(0, name.offsetByCodePoints(name.length(), -1));
    }
    return name + NODE;
  }

  private static int bytes(String name) {
    return name.getBytes(UTF_8).length;
  }
}
