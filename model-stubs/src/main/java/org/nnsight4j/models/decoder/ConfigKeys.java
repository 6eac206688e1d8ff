package org.nnsight4j.models.decoder;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Activation;
import org.nnsight4j.error.CheckpointException;

/**
 * Reads a configuration as the classes of transformers 5 do. A key has three states: absent, which
 * means the class's default; null, which means none, and is refused where there must be a value;
 * and given.
 */
public record ConfigKeys(ModelConfig config) {
  /** Far above any model; a corrupt number must not fill the memory with modules. */
  private static final int MOST_LAYERS = 10_000;

  /** A length of at least 1. */
  public int positive(String key, int whenAbsent) {
    refuseNull(key, "an integer above 0");
    int value = config.integer(key, whenAbsent);
    if (value < 1) {
      throw wrong(key, "must be 1 or more, found " + value);
    }
    return value;
  }

  /** Any integer. */
  public int integer(String key, int whenAbsent) {
    refuseNull(key, "an integer");
    return config.integer(key, whenAbsent);
  }

  /** A length of at least 1; empty if it is null. */
  public OptionalInt positiveOrNone(String key, OptionalInt whenAbsent) {
    if (config.isNull(key)) {
      return OptionalInt.empty();
    }
    return config.has(key) ? OptionalInt.of(positive(key, 1)) : whenAbsent;
  }

  /** A length of at least 1 for which no class has a default; null is refused. */
  public OptionalInt positiveIfGiven(String key) {
    refuseNull(key, "an integer above 0");
    return config.has(key) ? OptionalInt.of(positive(key, 1)) : OptionalInt.empty();
  }

  /** The number of blocks. */
  public int layers(String key, int whenAbsent) {
    return atMost(key, positive(key, whenAbsent), MOST_LAYERS);
  }

  /** A value that must not be too large. */
  public int atMost(String key, int value, int most) {
    if (value > most) {
      throw wrong(key, "must be at most %s, found %s".formatted(most, value));
    }
    return value;
  }

  /** The width of a head where all heads together are as wide as the residual stream. */
  public int headDim(int hidden, String hiddenKey, int heads, String headsKey) {
    checkWidth(hiddenKey, hidden);
    if (hidden % heads != 0) {
      throw wrong(
          hiddenKey,
          "= %s is no multiple of %s = %s".formatted(hidden, config.path(headsKey), heads));
    }
    return hidden / heads;
  }

  /** Refuses a number that transformers uses in one place and ignores in another. */
  public void only(String key, int value, String whatItIs) {
    if (config.has(key) && config.integer(key) != value) {
      throw wrong(
          key,
          "is %s, but is %s = %s in this family".formatted(config.integer(key), whatItIs, value));
    }
  }

  /** Refuses a width that no array could have. */
  public void checkWidth(String keys, long width) {
    if (width > Integer.MAX_VALUE / 4) {
      throw new CheckpointException(
          "%s: %s give a width of %s, which is no model's".formatted(config.file(), keys, width));
    }
  }

  /** Any number. */
  public double number(String key, double whenAbsent) {
    refuseNull(key, "a number");
    return config.decimal(key, whenAbsent);
  }

  /** A number above 0. */
  public double above0(String key, double whenAbsent) {
    refuseNull(key, "a number above 0");
    double value = config.decimal(key, whenAbsent);
    if (!(value > 0)) {
      throw wrong(key, "must be above 0, found " + value);
    }
    return value;
  }

  /** A number above 0 without a default. */
  public double above0(String key) {
    if (!config.has(key)) {
      refuseNull(key, "a number above 0");
      return config.decimal(key);
    }
    return above0(key, 1);
  }

  /** A number above 0; empty if it is null. */
  public OptionalDouble above0OrNone(String key, OptionalDouble whenAbsent) {
    if (config.isNull(key)) {
      return OptionalDouble.empty();
    }
    return config.has(key) ? OptionalDouble.of(above0(key, 1)) : whenAbsent;
  }

  /** A number, if there is one: null is the same as absent. */
  public OptionalDouble optional(String key) {
    return config.optionalDecimal(key);
  }

  /** The epsilon that is added to a variance. */
  public double epsilon(String key, double whenAbsent) {
    refuseNull(key, "a number of 0 or more");
    double value = config.decimal(key, whenAbsent);
    if (value < 0) {
      throw wrong(key, "must be 0 or more, found " + value);
    }
    return value;
  }

  public boolean flag(String key, boolean whenAbsent) {
    refuseNull(key, "true or false");
    return config.flag(key, whenAbsent);
  }

  /** True or false, where null is the same as false. */
  public boolean flagOrOff(String key, boolean whenAbsent) {
    return !config.isNull(key) && config.flag(key, whenAbsent);
  }

  /** The name of an activation function that the engine has. */
  public String activation(String key, String whenAbsent) {
    refuseNull(key, "the name of an activation function");
    String name = config.string(key, whenAbsent);
    try {
      Activation.check(name);
    } catch (CheckpointException e) {
      throw new CheckpointException(config.file() + ": " + e.getMessage(), e);
    }
    return name;
  }

  /** An error about the value of a key. */
  public CheckpointException wrong(String key, String what) {
    return new CheckpointException("%s: %s %s".formatted(config.file(), config.path(key), what));
  }

  private void refuseNull(String key, String expected) {
    if (config.isNull(key)) {
      throw wrong(
          key, "is null, expected %s; leave it out for the usual value".formatted(expected));
    }
  }
}
