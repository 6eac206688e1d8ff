package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

final class TorchOpsTest {
  @Test
  void aKernelRunsAndItsResultBelongsToTheGivenArena() {
    try (Arena operands = Arena.open();
        Arena results = Arena.open()) {
      NDArray x = Transfer.toEngine(operands, Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
      int before = operands.live();
      NDArray y = TorchOps.get().call(results, "op_add", x, x);
      assertThat(Transfer.toHost(results, y)).isEqualTo(Tensor.of(new float[] {2, 4, 6, 8}, 2, 2));
      assertThat(operands.live()).isEqualTo(before);
    }
  }

  @Test
  void everyDataTypeTravelsToTheEngineAndBack() {
    try (Arena arena = Arena.open()) {
      for (Tensor tensor :
          List.of(
              Tensor.of(new float[] {1.5f, -2}, 2),
              Tensor.of(new double[] {1.5, -2}, 2, 1),
              Tensor.of(new long[] {7, Long.MIN_VALUE}, 2),
              Tensor.of(new boolean[] {true, false}, 2),
              Tensor.scalar(3),
              Tensor.of(new float[0], 0, 3))) {
        assertThat(Transfer.toHost(arena, Transfer.toEngine(arena, tensor))).isEqualTo(tensor);
      }
      NDArray x = Transfer.toEngine(arena, Tensor.of(new float[] {1.5f, -2}, 2));
      NDArray half = TorchOps.get().call(arena, "op_cast", x, "BFLOAT16");
      Tensor back = Transfer.toHost(arena, half);
      assertThat(back.dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(back.toFloatArray()).isEqualTo(new float[] {1.5f, -2});
    }
  }

  @Test
  void aResultBecomesAnArrayOfAnyManagerAndBack() {
    Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray array = NDArrays.of(manager, tensor);
      assertThat(NDArrays.toTensor(array.transpose()))
          .isEqualTo(Tensor.of(new float[] {1, 4, 2, 5, 3, 6}, 3, 2));
      assertThat(array.getManager()).isSameInstanceAs(manager);
    }
  }
}
