package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/**
 * Kernels make arrays where what they are made of lies. The texts of all of them say so; and those
 * that make any are called on a device that every build of PyTorch has: {@code meta}, whose arrays
 * have shapes and no numbers, and meet none of the CPU.
 */
final class KernelPlacesTest {
  private static final TorchDevice META = new TorchDevice("meta");

  /** They make and combine their arrays, and then need an operation that this device lacks. */
  private static final Set<String> UNFINISHED =
      Set.of(
          "byte_packed",
          "mask_of_keys",
          "op_dropout",
          "op_fill_padding",
          "op_mean_tokens",
          "padding_mask",
          "product",
          "product_no_bias",
          "rope_dynamic",
          "rope_llama3",
          "window_mask");

  /** What makes an array out of numbers, and takes the CPU if it is not told where. */
  private static final Pattern CREATION =
      Pattern.compile(
          "torch\\.(zeros|ones|full|empty|empty_strided|arange|range|linspace|logspace|eye|tensor"
              + "|scalar_tensor|as_tensor|rand|randn|randint|randperm|normal|tril_indices"
              + "|triu_indices|from_file|hann_window|complex_)\\(");

  /** What moves an array to the host or maps a file, and nothing else. */
  private static final Set<String> OF_THE_HOST = Set.of("map_file", "to_host");

  @Test
  void eachCreationSaysWhere() {
    int seen = 0;
    for (ScriptArchive.Method kernel : TorchOps.methods()) {
      for (String line : kernel.body()) {
        Matcher creation = CREATION.matcher(line);
        while (creation.find()) {
          seen++;
          assertWithMessage("%s: %s", kernel.name(), line)
              .that(call(line, creation.end()))
              .contains("device=");
        }
      }
    }
    assertThat(seen).isGreaterThan(20);
  }

  /** The arguments of a call, with what is inside. */
  private static String call(String line, int begin) {
    int depth = 1;
    int end = begin;
    while (end < line.length() && depth > 0) {
      char c = line.charAt(end++);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    return line.substring(begin, end);
  }

  /** The kernels that make an array out of numbers, with arguments that are there for each. */
  private static Map<String, Object[]> creating(Arena arena) {
    NDArray wholes = arena.longs(new long[] {2, 4}, 2);
    NDArray attended = arena.longs(new long[] {1, 1, 1, 1, 0, 1, 1, 1}, 2, 4);
    NDArray reals =
        Transfer.toEngine(arena, Tensor.of(new float[] {0.1f, 0.2f, 0.3f, 0.4f}, 1, 1, 1, 4));
    NDArray pairs = Transfer.toEngine(arena, Tensor.of(new float[] {1, 2}, 2));
    NDArray places = arena.longs(new long[] {0, 1, 2, 3}, 1, 4);
    long[] shape = {2, 3};
    Map<String, Object[]> calls = new TreeMap<>();
    NDArray matrix = Transfer.toEngine(arena, Tensor.of(new float[64], 4, 16));
    NDArray factors = Transfer.toEngine(arena, Tensor.of(new float[] {1, 1, 1, 1}, 4));
    NDArray input = Transfer.toEngine(arena, Tensor.of(new float[16], 1, 16));
    NDArray table = TorchOps.get().call(arena, "empty", 0L, new long[] {16, 104});
    NDArray counted = TorchOps.get().call(arena, "counted", 16L);
    calls.put("byte_packed", new Object[] {matrix, factors});
    calls.put("byte_product", new Object[] {input, table, counted, factors, 1L});
    calls.put("counted", new Object[] {3L});
    calls.put("product", new Object[] {input, matrix, factors, 6L});
    calls.put("product_no_bias", new Object[] {input, matrix, 6L});
    calls.put("empty", new Object[] {6L, shape});
    calls.put("padding_mask", new Object[] {wholes, 2L, 4L});
    calls.put("real_keys", new Object[] {wholes, 4L});
    calls.put("mask_of_keys", new Object[] {attended, wholes, 2L});
    calls.put("window_mask", new Object[] {reals, 1L, 4L, 2L});
    calls.put("alibi_slopes", new Object[] {0.5, 2L, 0.25, 1L, false});
    calls.put("some_rows", new Object[] {2L, 3L});
    calls.put("rope_plain", new Object[] {10000.0, 4L});
    calls.put("rope_linear", new Object[] {10000.0, 4L, 2.0});
    calls.put("rope_llama3", new Object[] {10000.0, 4L, 8.0, 1.0, 4.0, 8192.0});
    calls.put("rope_yarn", new Object[] {10000.0, 4L, 2.0, 0.0, 1.0});
    calls.put("rope_stretched", new Object[] {10000.0, 4L, pairs});
    calls.put("rope_proportional", new Object[] {10000.0, 4L, 2.0, 1L});
    calls.put("rope_dynamic", new Object[] {places, pairs, 10000.0, 4L, 2.0, 2L});
    calls.put("op_full", new Object[] {shape, 1.0, "FLOAT32"});
    calls.put("op_arange", new Object[] {0L, 4L, 1L});
    calls.put("op_linspace", new Object[] {0.0, 1.0, 4L, "FLOAT32"});
    calls.put("op_eye", new Object[] {2L, 3L, "FLOAT32"});
    calls.put("op_uniform", new Object[] {1L, shape, "FLOAT32"});
    calls.put("op_normal", new Object[] {1L, shape, "FLOAT32"});
    calls.put("op_randint", new Object[] {1L, 0L, 9L, shape});
    calls.put("op_randperm", new Object[] {1L, 4L});
    calls.put("op_uniform_like", new Object[] {reals, 1L});
    calls.put("op_normal_like", new Object[] {reals, 1L});
    calls.put("op_bernoulli", new Object[] {reals, 1L});
    calls.put("op_dropout", new Object[] {reals, 0.5, 1L});
    NDArray row = Transfer.toEngine(arena, Tensor.of(new float[8], 2, 4));
    calls.put("op_fill_padding", new Object[] {row, wholes, wholes, 1L, 0.5});
    calls.put("op_mean_tokens", new Object[] {row, wholes, wholes, 1L});
    calls.put("op_categorical", new Object[] {reals, -1L, 1L});
    return calls;
  }

  @Test
  void whatIsMadeOnADeviceIsThere() {
    Set<String> makers = new TreeSet<>();
    for (ScriptArchive.Method kernel : TorchOps.methods()) {
      if (CREATION.matcher(String.join("\n", kernel.body())).find()) {
        makers.add(kernel.name());
      }
    }
    makers.remove("map_file");
    try (Arena host = Arena.open();
        Arena arena = Arena.open(META)) {
      Map<String, Object[]> calls = creating(arena);
      assertThat(calls.keySet()).isEqualTo(makers);
      Set<String> unfinished = new TreeSet<>();
      calls.forEach(
          (kernel, args) -> {
            if (!hasNoNumbers(kernel, arena, args)) {
              unfinished.add(kernel);
            }
          });
      assertThat(unfinished).isEqualTo(UNFINISHED);
      // On the CPU the same calls have some.
      creating(host)
          .forEach(
              (kernel, args) ->
                  assertThat(Transfer.toHost(host, TorchOps.get().call(host, kernel, args)).size())
                      .isGreaterThan(0));
    }
  }

  /** Whether a kernel gives an array of the device; false if it ends for want of an operation. */
  private static boolean hasNoNumbers(String kernel, Arena arena, Object[] args) {
    NDArray made;
    try {
      made = TorchOps.get().call(arena, kernel, args);
    } catch (EngineException e) {
      assertWithMessage(kernel).that(e).hasMessageThat().contains("no fake impl or Meta kernel");
      return false;
    }
    EngineException error =
        assertThrows(EngineException.class, () -> Transfer.toHost(arena, made), kernel);
    assertWithMessage(kernel).that(error).hasMessageThat().contains("meta");
    return true;
  }

  @Test
  void whatComesFromJavaGoesToTheDeviceOfItsArena() {
    try (Arena arena = Arena.open(META)) {
      NDArray numbers = Transfer.toEngine(arena.child(), Tensor.of(new float[] {1, 2}, 2));
      NDArray large = Transfer.toEngine(arena, Tensor.of(new float[2 << 20], 2 << 20));
      for (NDArray each : List.of(numbers, large, arena.longs(new long[] {1}, 1))) {
        EngineException error =
            assertThrows(EngineException.class, () -> Transfer.toHost(arena, each));
        assertThat(error).hasMessageThat().contains("meta");
      }
    }
  }

  @Test
  void aDeviceThatIsNotThereIsRefused() {
    TorchDevice.CPU.requireThere();
    RunException error =
        assertThrows(RunException.class, () -> TorchDevice.of("cuda").requireThere());
    assertThat(error)
        .hasMessageThat()
        .matches(
            "there is no device 'cuda' here; there is cpu\\. libtorch says: \\S.{1,150}[^.]\\. A GPU .*");
    assertThat(error).hasMessageThat().contains("docs/memory.md");
  }

  @Test
  void noKernelNamesADevice() {
    Set<String> naming = new TreeSet<>();
    for (ScriptArchive.Method kernel : TorchOps.methods()) {
      String text = String.join("\n", kernel.body());
      if (Pattern.compile("\"(cpu|cuda|mps|xpu)").matcher(text).find()
          || Pattern.compile("torch\\.(cpu|cuda|pin_memory)\\(").matcher(text).find()) {
        naming.add(kernel.name());
      }
    }
    assertThat(naming).isEqualTo(OF_THE_HOST);
  }

  @Test
  void aPlaceIsThatOfATensorOrOfTheArena() {
    List<String> others = new ArrayList<>();
    Pattern device = Pattern.compile("device=([a-z_.]+(\\([a-z\"]*\\))?)");
    for (ScriptArchive.Method kernel : TorchOps.methods()) {
      String text = String.join("\n", kernel.body());
      Matcher places = device.matcher(text);
      while (places.find() && !OF_THE_HOST.contains(kernel.name())) {
        String place = places.group(1);
        boolean known =
            place.equals("torch.device(place)")
                || place.startsWith("ops.prim.device(")
                || (place.equals("here")
                    && (text.contains("here = torch.device(place)")
                        || text.contains("here = ops.prim.device(")));
        if (!known) {
          others.add(kernel.name() + ": " + place);
        }
      }
    }
    assertThat(others).isEmpty();
  }

  @Test
  void namesOfDevicesAreThoseOfPyTorch() {
    assertThat(TorchDevice.of("cpu")).isEqualTo(TorchDevice.CPU);
    assertThat(TorchDevice.of("cpu:0")).isEqualTo(TorchDevice.CPU);
    assertThat(TorchDevice.of("cuda:1").name()).isEqualTo("cuda:1");
    for (String wrong : List.of("", "gpu", "cuda:", "CPU", "cuda:1 ", "meta", "cuda:-1")) {
      try {
        TorchDevice.of(wrong);
      } catch (IllegalArgumentException e) {
        assertThat(e)
            .hasMessageThat()
            .isEqualTo(
                "expected a device as cpu, cuda, cuda:1, mps or xpu, found '%s'".formatted(wrong));
        continue;
      }
      throw new AssertionError(wrong + " was taken for a device");
    }
  }
}
