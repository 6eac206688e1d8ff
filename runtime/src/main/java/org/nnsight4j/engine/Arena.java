package org.nnsight4j.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.nio.ByteBuffer;

/**
 * The lifetime of native memory: arrays made in an arena are freed when it closes, unless they were
 * moved to another one. Used by one thread at a time.
 */
public final class Arena implements AutoCloseable {
  private final PtNDManager manager;
  private final TorchDevice device;

  private Arena(PtNDManager manager, TorchDevice device) {
    this.manager = manager;
    this.device = device;
  }

  /** An independent arena on the CPU. */
  public static Arena open() {
    return open(TorchDevice.CPU);
  }

  /**
   * An independent arena, for example for weights or for one run.
   *
   * @param device where what comes from Java, or from numbers alone, is made
   */
  public static Arena open(TorchDevice device) {
    TorchEngine.start();
    // DJL's manager makes arrays over Java's buffers only, so it stays on the host.
    return new Arena((PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch"), device);
  }

  /** An arena on the same device that closes no later than this one. */
  public Arena child() {
    return new Arena((PtNDManager) manager.newSubManager(), device);
  }

  /** Where what comes from Java, or from numbers alone, is made. */
  public TorchDevice device() {
    return device;
  }

  /** Moves an array here, so that it lives as long as this arena. */
  public NDArray keep(NDArray array) {
    array.attach(manager);
    return array;
  }

  /** Integers as an INT64 array. */
  public NDArray longs(long[] values, long... shape) {
    // DJL's array reads a Java buffer in place, and its views would not keep the buffer alive.
    try (NDArray borrowed = manager.create(values, new Shape(shape))) {
      return TorchOps.get().call(this, "placed", borrowed);
    }
  }

  /** An array on the host over a direct buffer, which must outlive the array. */
  NDArray borrow(ByteBuffer direct, DataType type, long... shape) {
    return manager.create(direct, new Shape(shape), type);
  }

  PtNDManager manager() {
    return manager;
  }

  /** How many arrays are alive in this arena, without its children. */
  public int live() {
    return manager.getManagedArrays().size();
  }

  @Override
  public void close() {
    manager.close();
  }
}
