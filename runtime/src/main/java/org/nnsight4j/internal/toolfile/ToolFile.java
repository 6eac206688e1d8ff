package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import org.nnsight4j.checkpoint.JsonFile;

/** A JSON file of another tool, which cannot be read without rules for its keys. */
public abstract class ToolFile extends JsonFile {
  /**
   * Reads a file.
   *
   * @param rules what its keys mean here
   * @throws org.nnsight4j.error.CheckpointException if it asks for what is not computed here
   */
  protected ToolFile(Path file, KeyRules rules) {
    super(file);
    rules.check(this);
  }
}
