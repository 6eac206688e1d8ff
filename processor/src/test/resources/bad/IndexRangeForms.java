package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

interface IndexRangeForms extends Layer<IndexRangeForms.Hidden> {
  Layer<Hidden> h(@Index(value = "n_layer", count = 12) int layer);

  interface Hidden extends Axis {}
}

class UseForms {
  static final int COUNT = 12;
  static final int LAST = COUNT - 1;

  static Object initialiser(IndexRangeForms m) {
    return m.h(12);
    //         ^ ERROR[IndexRange] h(12) does not exist: IndexRangeForms has 12 (n_layer), so 0 to 11, or -1 to -12 from the end
  }

  void bad(IndexRangeForms m) {
    m.h(-13);
    //  ^ ERROR[IndexRange] h(-13) does not exist
    m.h((13));
    //  ^ ERROR[IndexRange] h(13)
    m.h(6 + 3 * 2);
    //    ^ ERROR[IndexRange] h(12)
    m.h(COUNT);
    //  ^ ERROR[IndexRange] h(12)
    m.h(UseForms.LAST + 1);
    //                ^ ERROR[IndexRange] h(12)
    m.h('a');
    //  ^ ERROR[IndexRange] h(97)
    m.h((int) 12L);
    //  ^ ERROR[IndexRange] h(12)
    m.h((byte) 200);
    //  ^ ERROR[IndexRange] h(-56)
    m.h(~12);
    //  ^ ERROR[IndexRange] h(-13)
    m.h(Integer.MAX_VALUE + 1);
    //                    ^ ERROR[IndexRange] h(-2147483648)
    final int local = 40;
    m.h(local);
    //  ^ ERROR[IndexRange] h(40)
    Runnable lambda = () -> m.h(99);
    //                          ^ ERROR[IndexRange] h(99)
    Object inner = new Object() { Object h = m.h(25 / 2); };
    //                                              ^ ERROR[IndexRange] h(12)
    java.util.function.IntFunction<Object> reference = m::h;
  }

  void good(IndexRangeForms m, int index) {
    m.h(0); m.h(LAST); m.h(-COUNT); m.h(index); m.h(index + 12); m.h(3 / 2 + 10); m.h((byte) 256);
    int effectively = 40; m.h(effectively); // javac counts this as no constant
    for (int i = 0; i < 100; i++) m.h(i);
  }

  abstract static class Own implements IndexRangeForms {
    public abstract Layer<Hidden> h(int other);

    Object unqualified() {
      return h(-20);
      //       ^ ERROR[IndexRange] h(-20) does not exist: UseForms.Own has 12
    }
  }
}
