package org.nnsight4j.engine;

import ai.djl.engine.EngineException;
import java.util.regex.Pattern;
import org.nnsight4j.error.RunException;

/**
 * The device on which arrays are created and computed, by PyTorch's name: {@code cpu}, {@code
 * cuda}, {@code cuda:1}. Only weights, prompts and the user's constants are copied there; all other
 * arrays are created on the device of their inputs.
 *
 * @param name as in PyTorch's {@code torch.device}
 */
public record TorchDevice(String name) {
  /** The processor, which shares its memory with Java. */
  public static final TorchDevice CPU = new TorchDevice("cpu");

  private static final Pattern WORDS = Pattern.compile("(cpu|cuda|mps|xpu)(:[0-9]{1,3})?");

  /**
   * Parses the name of a device, without checking whether the device exists.
   *
   * @throws IllegalArgumentException if PyTorch has no such name
   */
  public static TorchDevice of(String name) {
    if (!WORDS.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "expected a device as cpu, cuda, cuda:1, mps or xpu, found '%s'".formatted(name));
    }
    return name.startsWith("cpu") ? CPU : new TorchDevice(name);
  }

  /** Whether it shares its memory with Java, so that nothing is copied between them. */
  boolean isHost() {
    return name.equals("cpu");
  }

  /**
   * Checks that the device exists by creating an array there; does nothing for the CPU.
   *
   * @throws RunException if this machine, or this build of libtorch, has no such device
   */
  public void requireThere() {
    if (isHost()) {
      return;
    }
    try (Arena arena = Arena.open(this)) {
      TorchOps.get().call(arena, "empty", 6L, new long[] {1}).close();
    } catch (EngineException e) {
      throw new RunException(
          "there is no device '%s' here; there is cpu. libtorch says: %s. A GPU needs its driver, and in place of pytorch-native-cpu the native libraries of libtorch 2.7.1 for it, see docs/memory.md; or leave the device out"
              .formatted(name, firstSentence(e)),
          e);
    }
  }

  /**
   * TorchScript's listing comes before the reason, and libtorch's advice after its first sentence.
   */
  private static String firstSentence(EngineException e) {
    String text = String.valueOf(e.getMessage());
    int begin = text.lastIndexOf("Error: ");
    String reason = begin < 0 ? text : text.substring(begin + "Error: ".length());
    String line = reason.strip().lines().findFirst().orElse("nothing");
    int end = line.indexOf(". ");
    return end < 0 ? line.replaceAll("\\.$", "") : line.substring(0, end);
  }

  @Override
  public String toString() {
    return name;
  }
}
