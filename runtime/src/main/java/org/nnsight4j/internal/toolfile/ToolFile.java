package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import org.nnsight4j.checkpoint.JsonFile;

/** A JSON file of another tool. Reading one requires rules for its keys. */
public abstract class ToolFile extends JsonFile {
  /**
   * Reads a file.
   *
   * @param rules the meaning of its keys
   * @throws org.nnsight4j.error.CheckpointException if it needs something that is not computed here
   */
  protected ToolFile(Path file, KeyRules rules) {
    super(file);
    rules.check(this);
  }
}
