package org.nnsight4j.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript archive: a module without parameters whose methods are kernels. The format
 * is PyTorch's own ({@code torch.jit.save}): a zip with two pickles, a version and the code.
 */
final class ScriptArchive {
  private static final String ROOT = "kernels/";

  /** Pickle of an empty tuple: there are no constants. */
  private static final byte[] CONSTANTS = bytes("\u0080\u0002).");

  private ScriptArchive() {}

  /**
   * One method; the body's lines are indented from the level of the method. A method that creates
   * an array without an input tensor writes {@code torch.device(place)}, and gets the place as a
   * parameter.
   */
  record Method(String name, String signature, List<String> body) {
    boolean isPlaced() {
      return body.stream().anyMatch(line -> line.contains("torch.device(place)"));
    }

    String parameters() {
      if (!isPlaced()) {
        return signature;
      }
      return signature.isEmpty() ? "place: str" : signature + ", place: str";
    }
  }

  static byte[] of(List<Method> methods) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      store(zip, "data.pkl", module());
      store(zip, "code/__torch__.py", code(methods).getBytes(StandardCharsets.UTF_8));
      store(zip, "constants.pkl", CONSTANTS);
      store(zip, "version", bytes("10\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static String code(List<Method> methods) {
    StringBuilder code = new StringBuilder();
    code.append("class Kernels(Module):\n");
    code.append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
    for (Method method : methods) {
      code.append("  def %s(self: __torch__.Kernels".formatted(method.name()));
      code.append(method.parameters().isEmpty() ? "" : ",\n    " + method.parameters());
      code.append("):\n");
      method.body().forEach(line -> code.append("    ").append(line).append('\n'));
    }
    return code.toString();
  }

  /** Pickle, protocol 2: an object of __torch__.Kernels with the state {"training": False}. */
  private static byte[] module() {
    return bytes(
        "\u0080\u0002c__torch__\nKernels\nq\u0000)\u0081}X\u0008\u0000\u0000\u0000trainingq\u0001\u0089sb.");
  }

  /** PyTorch reads stored entries only. */
  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(ROOT + name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
