package org.nnsight4j.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.WeightFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The data type and the device for a model's computation. */
final class NumberChoice {
  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "float32",
      converter = Words.class,
      description =
          "Compute in float32, which is exact whatever type the file has, or in bfloat16, as Hugging"
              + " Face does with dtype=torch.bfloat16. Weights stay in the file's type. Default:"
              + " ${DEFAULT-VALUE}")
  private DType dtype;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      converter = Devices.class,
      description =
          "Where to compute, in PyTorch's words: cpu, cuda, cuda:1; see docs/memory.md. Default:"
              + " ${DEFAULT-VALUE}")
  private String device;

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      defaultValue = "stored",
      converter = Formats.class,
      description =
          "Keep the matrices of linear layers as stored, or rounded to bfloat16, float16 or int8:"
              + " decoding gets faster, and the numbers change; nnsight4j agreement says how much."
              + " Default: ${DEFAULT-VALUE}")
  private WeightFormat weights;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  NumberChoice() {}

  /** The same, except for what one model has of its own. */
  NumberChoice with(@Nullable String ownType, @Nullable String ownDevice) {
    NumberChoice other = new NumberChoice();
    other.dtype = ownType == null ? dtype : new Words().convert(ownType);
    other.device = ownDevice == null ? device : new Devices().convert(ownDevice);
    other.weights = weights;
    other.spec = spec;
    return other;
  }

  OpenOptions in(OpenOptions options) {
    try {
      return options.dtype(dtype).device(device).weights(weights);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--weights, --dtype, --device: " + e.getMessage(), e);
    }
  }

  /** Whether a model has its exact numbers. */
  boolean isExact() {
    return dtype == DType.FLOAT32 && weights == WeightFormat.AS_STORED;
  }

  /** Checks the device now, before another process opens the model. */
  void requireDevice() {
    TorchDevice.of(device).requireThere();
  }

  String device() {
    return device;
  }

  /** The name of the data type, as in transformers. */
  String type() {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  /** The settings for a process that opens the model. */
  String settings() {
    var unused = in(OpenOptions.defaults());
    String kept = weights == WeightFormat.AS_STORED ? "" : "weights=" + weights;
    boolean usual = dtype == DType.FLOAT32 && device.equals("cpu");
    return usual ? kept : "dtype=%s,device=%s".formatted(dtype, device);
  }

  /** Parses the names of transformers and torch. */
  static final class Words implements ITypeConverter<DType> {
    private static final List<String> FLOAT32 = List.of("float32", "float", "fp32", "f32");
    private static final List<String> BFLOAT16 = List.of("bfloat16", "bf16");

    @Override
    public DType convert(String word) {
      String plain = word.toLowerCase(Locale.ROOT).replaceFirst("^torch\\.", "");
      if (FLOAT32.contains(plain)) {
        return DType.FLOAT32;
      } else if (BFLOAT16.contains(plain)) {
        return DType.BFLOAT16;
      }
      throw new TypeConversionException(
          "expected float32 or bfloat16, found '%s'%s"
              .formatted(
                  word,
                  switch (plain) {
                    case "auto" ->
                        ": auto is the file's type in transformers; say it, or leave the option out: float32 is exact for every file";
                    case "float16", "half", "fp16" ->
                        ": float32 computes with a float16 file exactly, and needs no more memory for it";
                    default -> "";
                  }));
    }
  }

  /** Parses how matrices are kept. */
  static final class Formats implements ITypeConverter<WeightFormat> {
    @Override
    public WeightFormat convert(String word) {
      return switch (word.toLowerCase(Locale.ROOT).replaceFirst("^torch\\.", "")) {
        case "stored" -> WeightFormat.AS_STORED;
        case "bfloat16", "bf16" -> WeightFormat.BFLOAT16;
        case "float16", "half", "fp16" -> WeightFormat.FLOAT16;
        case "int8" -> WeightFormat.INT8;
        default ->
            throw new TypeConversionException(
                "expected stored, bfloat16, float16 or int8, found '%s'".formatted(word));
      };
    }
  }

  /** Parses the names of {@code torch.device}. */
  static final class Devices implements ITypeConverter<String> {
    @Override
    public String convert(String word) {
      try {
        return OpenOptions.defaults().device(word).device();
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
