package org.nnsight4j.processor.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.annotation.processing.Filer;
import javax.tools.JavaFileManager;
import javax.tools.StandardLocation;

/**
 * Finds snapshots as resources of a package: copied by the build, next to a source, or in a jar.
 */
public final class SnapshotFiles {
  private static final int MAX_BYTES = 16 << 20;
  // Next to its descriptor; javac throws for other paths.
  private static final Pattern PLAIN = Pattern.compile("[^/\\\\:.\\s][^/\\\\:]*");
  private static final List<JavaFileManager.Location> PLACES =
      List.of(
          StandardLocation.CLASS_OUTPUT, StandardLocation.SOURCE_PATH, StandardLocation.CLASS_PATH);

  private final Filer filer;

  public SnapshotFiles(Filer filer) {
    this.filer = filer;
  }

  /**
   * The snapshot with a name, if there is such a file.
   *
   * @throws BadSnapshotException if the file exists but is not a snapshot
   */
  public Optional<Snapshot> find(String packageName, String name) throws BadSnapshotException {
    if (!PLAIN.matcher(name).matches()) {
      throw new BadSnapshotException("expected the name of a file, such as \"gpt2.layers.json\"");
    }
    for (JavaFileManager.Location place : PLACES) {
      try (InputStream file = filer.getResource(place, packageName, name).openInputStream()) {
        return Optional.of(Snapshot.parse(name, decode(read(file))));
      } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
        // It does not exist, or the location was not given to this compiler or, as in Eclipse's, is
        // unknown to it.
        continue;
      }
    }
    return Optional.empty();
  }

  private static byte[] read(InputStream file) throws IOException, BadSnapshotException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(file.readNBytes(MAX_BYTES + 1));
    if (bytes.size() > MAX_BYTES) {
      throw new BadSnapshotException("expected at most " + MAX_BYTES + " bytes");
    }
    return bytes.toByteArray();
  }

  private static String decode(byte[] bytes) throws BadSnapshotException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BadSnapshotException("expected UTF-8, found bytes that are not");
    }
  }
}
